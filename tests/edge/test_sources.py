"""Where events come from: a pipe, a watched folder, a vendor's topic; each line once, whatever breaks in between."""

import io
import json
import threading

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

import contract
from clock import Clock
from edge.agent import Agent
from edge.sources import ABANDONED_S, Folder, VendorTopic, read_stream, wrapped
from edge.spool import CannotWrite
from tests.edge.conftest import SITE, settings
from tests.running import free_port, mosquitto, until

FLOW = b'{"kind": "occupancy.flow", "in": 1, "out": 0}'


@pytest.fixture
def agent(tmp_path):
    made = Agent(settings("mqtt://127.0.0.1:9"), tmp_path / "outbox.db", Clock(), [SITE])
    yield made
    made.spool.close()


def held(agent: Agent) -> list:
    return [
        contract.read_message(body, SITE)[0].event
        for _, body in agent.spool.waiting_after(agent.spool.lane(SITE), 0, 10**5)
    ]


def stream(octets: bytes, at_once: int) -> io.BufferedReader:
    """A pipe that gives a few bytes at a time."""

    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self.rest = octets

        def readable(self) -> bool:
            return True

        def readinto(self, into) -> int:
            part, self.rest = self.rest[:at_once], self.rest[at_once:]
            into[: len(part)] = part
            return len(part)

    return io.BufferedReader(Slow(), 4096)


@pytest.mark.parametrize("at_once", [1, 7, 4096])
def test_a_pipe_gives_whole_lines_however_they_are_cut(agent, at_once):
    said = b"\n".join([FLOW, b"", b"  ", b"broken {", FLOW, FLOW])  # the last one without an end of line
    assert read_stream(agent, SITE, stream(said, at_once), lambda: False) == 1
    assert len(held(agent)) == 3
    assert [payload for _, payload in agent.spool.refusals(SITE)] == [b"broken {"]


def test_a_full_disk_makes_the_pipe_wait_and_drops_nothing(agent, monkeypatch):
    put, failures = agent.spool.put, [CannotWrite("disk full"), CannotWrite("disk full")]

    def failing(*arguments):
        if failures:
            raise failures.pop()
        return put(*arguments)

    monkeypatch.setattr(agent.spool, "put", failing)
    read_stream(agent, SITE, stream(FLOW + b"\n" + FLOW, 4096), lambda: False)
    assert [event.seq for event in held(agent)] == [1, 2]


def drop(folder, name: str, octets: bytes):
    path = folder / name
    path.write_bytes(octets)
    return path


def look(folder: Folder, *moments: float) -> int:
    return sum(folder.look(moment) for moment in moments)


def test_a_file_is_taken_when_it_has_stopped_growing(agent, tmp_path):
    folder = Folder(agent, SITE, tmp_path / "in")
    path = drop(tmp_path / "in", "a.ndjson", FLOW + b"\n")
    assert look(folder, 0.0, 0.25) == 0
    path.write_bytes(FLOW + b"\n" + FLOW + b"\n")
    assert look(folder, 0.5, 0.75) == 0
    assert look(folder, 1.01) == 1
    assert len(held(agent)) == 2
    assert [taken.name.partition("-")[2] for taken in (tmp_path / "in" / "taken").iterdir()] == ["a.ndjson"]


def test_a_file_that_breaks_off_in_a_line_is_waited_for_and_taken_in_the_end(agent, tmp_path):
    folder = Folder(agent, SITE, tmp_path / "in")
    path = drop(tmp_path / "in", "a.ndjson", FLOW + b"\n" + FLOW[:20])
    assert look(folder, 0.0, 1.0, 5.0, ABANDONED_S - 0.1) == 0
    path.write_bytes(FLOW + b"\n" + FLOW)
    assert look(folder, 11.0, 12.0) == 1
    drop(tmp_path / "in", "b.ndjson", FLOW + b"\n" + FLOW[:20])
    assert look(folder, 20.0, 20.0 + ABANDONED_S) == 1
    assert len(held(agent)) == 3
    assert [payload for _, payload in agent.spool.refusals(SITE)] == [FLOW[:20]]


def test_files_of_other_kinds_and_folders_stay_where_they_are(agent, tmp_path):
    folder = Folder(agent, SITE, tmp_path / "in")
    drop(tmp_path / "in", "a.part", FLOW)
    (tmp_path / "in" / "sub.json").mkdir()
    assert look(folder, 0.0, 100.0) == 0
    assert held(agent) == []


def test_what_broke_off_in_the_middle_of_a_file_goes_on_there_after_a_restart(tmp_path, monkeypatch):
    lines = b"\n".join(FLOW for _ in range(1800))
    first = Agent(settings("mqtt://127.0.0.1:9"), tmp_path / "outbox.db", Clock(), [SITE])
    folder = Folder(first, SITE, tmp_path / "in")
    drop(tmp_path / "in", "a.ndjson", lines)
    put, left = first.spool.put, [3]

    def power_cut(*arguments):
        left[0] -= 1
        if left[0] == 0:
            raise CannotWrite("no power")
        return put(*arguments)

    monkeypatch.setattr(first.spool, "put", power_cut)
    look(folder, 0.0, 1.0)
    assert len(held(first)) == 1000
    first.spool.close()
    second = Agent(settings("mqtt://127.0.0.1:9"), tmp_path / "outbox.db", Clock(), [SITE])
    assert look(Folder(second, SITE, tmp_path / "in"), 2.0, 3.0) == 1
    assert [event.seq for event in held(second)] == list(range(1, 1801))
    assert len({event.id for event in held(second)}) == 1800
    second.spool.close()


def test_the_same_name_and_content_tomorrow_is_new(agent, tmp_path):
    folder = Folder(agent, SITE, tmp_path / "in")
    for day in range(2):
        drop(tmp_path / "in", "today.ndjson", FLOW + b"\n")
        look(folder, 10.0 * day, 10.0 * day + 1)
    assert len({event.id for event in held(agent)}) == 2


# -- a vendor's topic -----------------------------------------------------------------------------------------------------


def test_bytes_travel_as_text_where_they_are_text_and_as_base64_elsewhere():
    assert wrapped("door-1", "a/b", "人".encode())["text"] == "人"
    assert wrapped("door-1", "a/b", b"\xff\x00")["base64"] == "/wA="


@pytest.fixture
def gear(tmp_path):
    """A local broker with a device at it: (URL, publish)."""
    port = free_port()
    with mosquitto(tmp_path, port):
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="device")
        client.connect("127.0.0.1", port)
        client.loop_start()

        def publish(topic: str, octets: bytes, retain: bool = False) -> None:
            client.publish(topic, octets, qos=1, retain=retain).wait_for_publish(10)

        yield f"mqtt://127.0.0.1:{port}", publish
        client.disconnect()
        client.loop_stop()


def bridge(agent: Agent, url: str) -> VendorTopic:
    made = VendorTopic(agent, SITE, url, "door-1", "milesight/#")
    made.start()
    until(lambda: made.is_subscribed, what="the bridge listens")
    return made


def messages(agent: Agent) -> list[str]:
    return [event.text or event.base64 for event in held(agent)]


def test_a_vendors_bytes_are_kept_once_over_restarts_and_repetitions(agent, gear):
    url, publish = gear
    publish("milesight/state", b"retained before", retain=True)
    listening = bridge(agent, url)
    publish("milesight/up", b'{"in": 3}')
    publish("milesight/up", b"\xff\x00")
    until(lambda: len(held(agent)) == 3, what="three are kept")
    listening.stop()
    publish("milesight/up", b"while away")
    listening = bridge(agent, url)
    until(lambda: len(held(agent)) == 4, what="and the one that waited")
    publish("milesight/up", b'{"in": 3}')
    until(lambda: len(held(agent)) == 5, what="the same bytes again are another message")
    listening.stop()
    assert messages(agent) == ["retained before", '{"in": 3}', "/wA=", "while away", '{"in": 3}']
    first = held(agent)[1]
    assert (contract.kind_of(first), first.device, first.topic) == ("vendor.message", "door-1", "milesight/up")


def test_what_the_local_broker_repeats_after_a_cut_is_not_kept_twice(agent, gear, monkeypatch):
    url, publish = gear
    listening = bridge(agent, url)
    monkeypatch.setattr(listening, "acknowledge", lambda *_: None)
    for n in range(5):
        publish("milesight/up", json.dumps({"n": n}).encode())
    until(lambda: len(held(agent)) == 5, what="five are kept")
    listening.stop()
    listening = bridge(agent, url)
    publish("milesight/up", b"the end")
    until(lambda: "the end" in messages(agent), what="the sixth")
    listening.stop()
    assert len(held(agent)) == 6


def test_a_message_too_large_for_the_contract_is_kept_apart(agent, gear):
    url, publish = gear
    listening = bridge(agent, url)
    publish("milesight/up", b"x" * 70_000)
    publish("milesight/up", b"small")
    until(lambda: messages(agent) == ["small"], what="the small one")
    assert len(agent.spool.refusals(SITE)) == 1
    listening.stop()


def test_a_bridge_waits_for_a_full_disk_and_goes_on(agent, gear, monkeypatch):
    url, publish = gear
    put, full = agent.spool.put, threading.Event()
    full.set()

    def failing(*arguments):
        if full.is_set():
            raise CannotWrite("disk full")
        return put(*arguments)

    listening = bridge(agent, url)
    monkeypatch.setattr(agent.spool, "put", failing)
    publish("milesight/up", b"kept later")
    assert held(agent) == []
    full.clear()
    until(lambda: messages(agent) == ["kept later"], what="kept after all")
    listening.stop()
