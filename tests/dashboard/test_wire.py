"""The short way of frames: the bytes of the long one, for just the viewers who may see them, never on top of a slow one."""

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest
import uvicorn

import dashboard.beats as beats
from clock import real_now
from dashboard.access import revoke_key
from dashboard.live import FRAMES
from dashboard.picture import Picture
from dashboard.wire import Wire, chunk
from tests.dashboard.streaming import DISTRICT, Stream, always, codes, look
from tests.dashboard.town import ELSEWHERE, SITE, STREET, Town, apart
from tests.running import until


@contextmanager
def served(town: Town) -> Iterator[int]:
    """The town behind the server that stands before it in a district; its port."""
    server = uvicorn.Server(uvicorn.Config(town.gate, port=0, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)


class Viewer:
    """Reads a stream message by message, as a client that knows chunks does."""

    def __init__(self, port: int, headers: dict[str, str], view: str = "overview") -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self._line.request("GET", f"/live?view={view}", headers=headers)
        self.answer = self._line.getresponse()
        self.before = b""

    def next(self) -> tuple[str, dict]:
        """(event, data), without beats; ('end', {}) when the answer is over as it should be."""
        while True:
            while b"\n\n" not in self.before:
                piece = self.answer.read1()
                if not piece:
                    return "end", {}
                self.before += piece
            said, _, self.before = self.before.partition(b"\n\n")
            lines = dict(line.split(": ", 1) for line in said.decode().split("\n"))
            if "data" in lines and lines.get("event") != "beat":
                return lines.get("event", "message"), json.loads(lines["data"])

    def sees(self, site: str, people: int) -> None:
        """Reads on until the site has so many."""
        while {site: people} != {one["site"]: one["people"] for one in self.next()[1]["sites"] if one["site"] == site}:
            pass

    def close(self) -> None:
        self.answer.close()
        self._line.close()


def follow(town: Town) -> list[tuple[str, str]]:
    return [shown for shown, group in town.feed._followers._groups.items() if group]


def test_a_viewer_gets_what_changes_over_the_short_way_and_leaves_without_a_trace(own_town):
    town = own_town(ELDERCARE_WEB_FEED_EVERY_MS="10")
    with served(town) as port:
        viewer = Viewer(port, town.bearer("district") | {"Accept-Encoding": "gzip"})
        assert viewer.answer.headers["transfer-encoding"] == "chunked"
        assert viewer.answer.headers["content-encoding"] == "identity"
        assert viewer.next()[0] == "snapshot"
        until(lambda: follow(town) == [("overview", "")])
        written: list[int] = []
        wire = next(iter(town.feed._followers._groups["overview", ""])).wire
        write = wire.write
        wire.write = lambda piece: (written.append(len(piece)), write(piece))[1]  # type: ignore[method-assign]
        town.happens(SITE, "occupancy.count", count=31, method="staff")
        viewer.sees(SITE, 31)
        assert written
        viewer.close()
        until(lambda: town.feed.streams == 0)
        assert follow(town) == []


def test_each_scope_hears_of_its_own_sites_alone(own_town):
    town = own_town(ELDERCARE_WEB_FEED_EVERY_MS="10")
    with served(town) as port:
        all_, street = (Viewer(port, town.bearer(role)) for role in ("district", "street"))
        of_street = Viewer(port, town.bearer("district"), f"street:{STREET}")
        known = [{row["site"] for row in viewer.next()[1]["sites"]} for viewer in (all_, street, of_street)]
        assert known[1] == known[2] < known[0]
        until(lambda: len(follow(town)) == 2)
        town.happens(ELSEWHERE, "occupancy.count", count=9, method="staff")
        town.happens(SITE, "occupancy.count", count=8, method="staff")
        all_.sees(ELSEWHERE, 9)
        for viewer in (street, of_street):
            heard: set[str] = set()
            while SITE not in heard:
                heard |= set(codes(viewer.next()[1]))
            assert heard <= known[1]
        for viewer in (all_, street, of_street):
            viewer.close()


def test_a_stream_whose_key_is_revoked_ends_as_an_answer_ends(own_town, monkeypatch):
    monkeypatch.setattr(beats, "BEAT_S", 0.3)
    town = own_town(ELDERCARE_WEB_FEED_EVERY_MS="10")
    with served(town) as port:
        viewer = Viewer(port, town.bearer("ops"))
        assert viewer.next()[0] == "snapshot"
        revoke_key(town.engine, "ops None", real_now())
        while viewer.next()[0] != "end":
            pass
        assert viewer.answer.isclosed()
        viewer.close()


def test_a_client_that_knows_no_chunks_goes_the_long_way(own_town, monkeypatch):
    monkeypatch.setattr(http.client.HTTPConnection, "_http_vsn_str", "HTTP/1.0")
    monkeypatch.setattr(http.client.HTTPConnection, "_http_vsn", 10)
    town = own_town(ELDERCARE_WEB_FEED_EVERY_MS="10")
    with served(town) as port:
        viewer = Viewer(port, town.bearer("district"))
        assert viewer.next()[0] == "snapshot"
        town.happens(SITE, "occupancy.count", count=31, method="staff")
        viewer.sees(SITE, 31)
        assert follow(town) == []
        viewer.close()


class Pipe:
    """A wire that keeps what is written."""

    def __init__(self) -> None:
        self.is_free, self.written = True, b""

    def write(self, piece: bytes) -> None:
        self.written += piece


async def _parked(town: Town) -> None:
    while not follow(town):
        await asyncio.sleep(0.01)


def test_nothing_is_written_on_top_of_a_slow_viewer_and_she_gets_all_of_it_in_one(own_town):
    town, pipe = own_town(), Pipe()

    async def run() -> tuple[str, dict]:
        stream = Stream(town.feed.stream("overview", DISTRICT, always, cast(Wire, pipe)))
        await stream.next()
        waiting = asyncio.create_task(stream.next())
        await _parked(town)
        town.happens(SITE, "occupancy.count", count=1, method="staff")
        look(town)
        assert b'"people":1,' in pipe.written
        pipe.is_free, before = False, pipe.written
        for count in (2, 3):
            town.happens(SITE, "occupancy.count", count=count, method="staff")
            look(town)
        heard = await waiting
        assert pipe.written == before
        return heard

    event, frame = apart(run())
    assert (event, {row["site"]: row["people"] for row in frame["sites"]}) == ("message", {SITE: 3})


def test_a_frame_that_cannot_be_made_ends_its_stream_and_not_the_reader(own_town, monkeypatch):
    town, pipe = own_town(), Pipe()

    def broken(_picture: Picture, _scope: str, _after: int) -> None:
        raise ZeroDivisionError

    async def run() -> None:
        stream = Stream(town.feed.stream("overview", DISTRICT, always, cast(Wire, pipe)))
        await stream.next()
        waiting = asyncio.create_task(stream.next())
        await _parked(town)
        monkeypatch.setitem(FRAMES, "overview", broken)
        town.happens(SITE, "occupancy.count", count=1, method="staff")
        look(town)
        await waiting

    with pytest.raises(ZeroDivisionError):
        apart(run())
    assert town.feed.streams == 0


def test_frames_go_on_while_it_is_asked_whether_a_viewer_still_may(own_town, monkeypatch):
    monkeypatch.setattr(beats, "BEAT_S", 0.05)
    town, pipe, asked, answer = own_town(), Pipe(), asyncio.Event(), asyncio.Event()

    async def slowly() -> bool:
        asked.set()
        await answer.wait()
        return False

    async def run() -> tuple[bool, list[bytes]]:
        stream = town.feed.stream("overview", DISTRICT, slowly, cast(Wire, pipe))
        pieces: list[bytes] = []

        async def read() -> None:
            pieces.extend([piece async for piece in stream])

        reading = asyncio.create_task(read())
        await asked.wait()
        await _parked(town)
        town.happens(SITE, "occupancy.count", count=7, method="staff")
        look(town)
        went_on = b'"people":7,' in pipe.written
        answer.set()
        await asyncio.wait_for(reading, 10)
        return went_on, pieces

    went_on, pieces = apart(run())
    assert went_on
    assert not any(piece.startswith(b"event: beat") for piece in pieces)


def test_a_chunk_is_its_length_in_hexadecimal_and_its_bytes():
    assert chunk(b"data: " + b"x" * 20) == b"1a\r\ndata: xxxxxxxxxxxxxxxxxxxx\r\n"


def test_beats_still_come_and_the_end_too_while_frames_take_the_short_way(own_town, monkeypatch):
    monkeypatch.setattr(beats, "BEAT_S", 0.2)
    town = own_town(ELDERCARE_WEB_STREAM_MINUTES="0.05")
    began = time.monotonic()

    async def run() -> list[bytes]:
        return [piece async for piece in town.feed.stream("overview", DISTRICT, always, cast(Wire, Pipe()))]

    pieces = apart(run())
    assert sum(piece.startswith(b"event: beat") for piece in pieces) >= 3
    assert 3 <= time.monotonic() - began < 20
