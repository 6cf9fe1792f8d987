"""Beats come while the database answers, and a stream ends when its time, its session or its key does."""

import asyncio
import time
from collections.abc import Callable

import pytest

import dashboard.beats as beats
import dashboard.live as live
from clock import real_now
from dashboard.access import disable_account, revoke_key
from tests.dashboard.streaming import DISTRICT, Stream, always, look
from tests.dashboard.town import SITE, Town, apart


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(beats, "BEAT_S", 0.3)
    monkeypatch.setattr(live, "PULSE_S", 0.1)


def test_beats_come_between_frames_and_stop_when_the_database_does_not_answer(own_town, quick):
    town = own_town()

    async def run() -> tuple[list[str], list[str]]:
        stream = Stream(town.feed.stream("overview", DISTRICT, always))
        heard = [(await stream.next())[0] for _ in range(3)]
        town.feed._reader.good_at = time.monotonic() - live.ALIVE_S - 1
        try:
            await stream.next(1.5)
        except TimeoutError:
            return heard, []
        return heard, ["something"]

    assert apart(run()) == (["snapshot", "beat", "beat"], [])


def test_a_stream_of_many_frames_has_beats_and_is_checked_too(own_town, quick):
    town, asked = own_town(), []

    async def allowed() -> bool:
        asked.append(1)
        return True

    async def run() -> list[str]:
        stream = Stream(town.feed.stream("overview", DISTRICT, allowed))
        heard = []
        for n in range(6):
            town.happens(SITE, "occupancy.count", count=n, method="staff")
            look(town)
            heard.append((await stream.next())[0])
            await asyncio.sleep(0.1)
        return heard

    assert "beat" in apart(run())
    assert asked


def open_stream(town: Town, headers: dict[str, str], then: Callable[[], None]) -> list[str]:
    """Open /live through the gate, do something after the snapshot, and read until the stream ends."""
    texts: list[str] = []

    async def run() -> None:
        done, asked = asyncio.Event(), asyncio.Event()

        async def receive() -> dict:
            if not asked.is_set():
                asked.set()
                return {"type": "http.request", "body": b"", "more_body": False}
            await done.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            texts.append(message.get("body", b"").decode() or str(message.get("status", "")))
            if "event: snapshot" in texts[-1]:
                await asyncio.to_thread(then)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                done.set()

        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http", "method": "GET", "path": "/live", "raw_path": b"/live", "query_string": b"", "headers": named,
            "client": ("127.0.0.1", 1), "scheme": "http", "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        await asyncio.wait_for(town.gate(scope, receive, send), 20)

    town.look()
    apart(run())
    return texts


def cookies(person) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={value}" for name, value in person.cookies.items())}


def signs_out(town: Town, person) -> None:
    person.post("/logout", headers={"x-csrftoken": person.cookies["_csrf_token"]})


def test_a_stream_ends_when_its_session_or_key_does(own_town, quick):
    town = own_town()
    person, other, narrowed = town.person(), town.person("admin"), town.person("auditor")
    ends = [
        (cookies(person), lambda: signs_out(town, person)),
        (
            cookies(other),
            lambda: disable_account(
                town.engine, town.rows("select name from account where role = 'admin'")[0][0], real_now()
            ),
        ),
        (cookies(narrowed), lambda: town.write("update account set scope = 'site:d-002' where role = 'auditor'")),
        (town.bearer("ops"), lambda: revoke_key(town.engine, "ops None", real_now())),
    ]
    for headers, end in ends:
        texts = open_stream(town, headers, end)
        assert texts[0] == "200"
        assert "event: snapshot" in "".join(texts)
        assert "event: beat" not in "".join(texts)


def test_a_stream_ends_after_its_time_and_asks_the_browser_to_come_back(own_town):
    town = own_town(ELDERCARE_WEB_STREAM_MINUTES="0.05")

    async def run() -> list[bytes]:
        return [piece async for piece in town.feed.stream("overview", DISTRICT, always)]

    pieces = apart(run())
    assert pieces[0].startswith(b"retry: ")
    assert town.feed.streams == 0


def test_a_check_that_the_database_does_not_answer_ends_no_stream(own_town, quick):
    town = own_town()

    async def broken() -> bool:
        raise OSError("away")

    async def run() -> list[str]:
        stream = Stream(town.feed.stream("overview", DISTRICT, broken))
        return [(await stream.next())[0] for _ in range(2)]

    assert apart(run()) == ["snapshot", "beat"]
