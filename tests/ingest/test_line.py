"""Both ways through paho bring the same: the quick one, and the stock one where paho's private names are gone."""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

import config
from clock import Clock
from contract import SUBSCRIPTIONS
from ingest.line import BufferedSocket, Published, QuickClient, is_possible, puback, publish
from ingest.listener import Listener
from ingest.reading import Message
from tests.running import Program, Publisher, free_port, mosquitto, until

PINGRESP, SUBACK = b"\xd0\x00", b"\x90\x05\x00\x01\x01\x01\x01"


class Pieces:
    """A socket that gives what it has in the pieces in which it arrived; then nothing, or its end."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    def recv(self, size: int) -> bytes:
        if not self.pieces:
            raise BlockingIOError
        return self.pieces.pop(0)


def with_mid(topic: str, payload: bytes, mid: int, flags: int = 0x32) -> bytes:
    """A QoS 1 PUBLISH, made from one of QoS 0."""
    name = len(topic).to_bytes(2, "big") + topic.encode()
    body = name + mid.to_bytes(2, "big") + payload
    head, length = bytearray((flags,)), len(body)
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes((*head, length)) + body


def taken_from(line: BufferedSocket) -> tuple[list[Published], list[bytes]]:
    """All that arrives: what is a message, and the other packets as paho would read them from the same buffer."""
    messages, others = [], []
    while True:
        messages += line.publishes()
        found = line.front()
        if found is not None:
            _, start, end = found
            others.append(line.recv(1) + line.recv(1) + line.recv(end - start))
            continue
        try:
            line.fill()
        except BlockingIOError:
            return messages, others


@pytest.mark.parametrize("seed", range(25))
def test_however_the_bytes_are_cut_every_packet_is_read_once_and_in_order(seed: int) -> None:
    dice = random.Random(seed)
    sent = [
        (f"eldercare/v1/s-{n:03d}/events", dice.randbytes(dice.choice((0, 5, 140, 20_000))), n) for n in range(1, 40)
    ]
    stream = b""
    for topic, payload, mid in sent:
        stream += with_mid(topic, payload, mid) if mid % 5 else publish(topic, payload)
        if mid % 7 == 0:
            stream += dice.choice((PINGRESP, SUBACK))
    cuts = sorted(dice.randrange(len(stream)) for _ in range(dice.randrange(60)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) if a < b]
    messages, others = taken_from(BufferedSocket(Pieces(*pieces)))
    assert [(m.topic.decode(), m.payload, m.mid) for m in messages] == [(t, p, m if m % 5 else 0) for t, p, m in sent]
    assert [m.qos for m in messages] == [int(m % 5 > 0) for _, _, m in sent]
    assert len(others) == 5
    assert set(others) <= {PINGRESP, SUBACK}


def test_the_retain_flag_is_read() -> None:
    line = BufferedSocket(Pieces(with_mid("a/b", b"x", 1, flags=0x33) + with_mid("a/b", b"x", 2)))
    assert [m.retained for m in taken_from(line)[0]] == [True, False]


@pytest.mark.parametrize(
    "odd", [b"\x34\x07\x00\x01a\x00\x01xy", b"\x32\x03\x00\x09a", b"\x30\x01a", b"\x32\xff\xff\xff\xff\xff"]
)
def test_what_is_no_ordinary_message_is_left_to_paho(odd: bytes) -> None:
    line = BufferedSocket(Pieces(odd))
    line.fill()
    assert list(line.publishes()) == []
    assert line.front() is not None
    assert line.recv(100) == odd


def test_without_pahos_private_names_the_stock_way_is_taken() -> None:
    assert is_possible()
    assert not is_possible(type("NewerClient", (), {"_create_socket": None}))


# -- against a real broker ------------------------------------------------------------------------------------------------


BROKER: list[Program] = []


@contextmanager
def standing(folder: Path, port: int) -> Iterator[Program]:
    with mosquitto(folder, port) as broker:
        BROKER.append(broker)
        yield broker
        BROKER.remove(broker)


class Heard:
    """A listener, and what it has delivered."""

    def __init__(self, port: int, quick: bool) -> None:
        self.messages: list[Message] = []
        self.broker = BROKER[-1] if BROKER else None
        cfg = config.load(environ={"ELDERCARE_BROKER_URL": f"mqtt://127.0.0.1:{port}"}).broker
        self.listener = Listener(cfg, Clock(), self.messages.append, None, quick)

    def listen(self, condition: Callable[[], object], seconds: float = 20, at_most: int = 10**9) -> None:
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends
            if self.listener.wants_line(time.monotonic()):
                self.listener.connect(time.monotonic())
            self.listener.listen(0.05, lambda: len(self.messages) >= at_most)

    def leave(self) -> None:
        """And wait until the broker has read all of it: one who comes back at once takes over, and is told again."""
        left = self._left()
        # What lies unread at the end breaks the line off, and what was said last may go with it.
        self.listener.listen(0.3, lambda: False)
        self.listener.hang_up()
        until(lambda: self._left() > left)

    def _left(self) -> int:
        said = self.broker.said()
        return said.count("ingest disconnected") + said.count("ingest closed its connection")

    def subscribed(self) -> "Heard":
        self.listen(lambda: self.listener.subscribed)
        return self


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with standing(tmp_path_factory.mktemp("broker"), port):
        yield port


@pytest.fixture(params=[True, False], ids=["quick", "stock"])
def heard(request: pytest.FixtureRequest, port: int) -> Iterator[Heard]:
    heard = Heard(port, request.param)
    assert isinstance(heard.listener._client, QuickClient) == request.param
    assert isinstance(heard.listener._client, mqtt.Client)
    yield heard.subscribed()
    for message in heard.messages:
        heard.listener.acknowledge(message.origin)
    heard.leave()


def test_what_was_acknowledged_is_not_brought_again_and_the_rest_is(heard: Heard, port: int) -> None:
    publisher = Publisher(port)
    payloads = [f"{n}".encode() * (1 + n * n % 900) for n in range(300)]
    for payload in payloads:
        publisher.client.publish("eldercare/v1/s-001/events", payload, qos=1)
    heard.listen(lambda: len(heard.messages) >= 300)
    assert [m.payload for m in heard.messages] == payloads
    for message in heard.messages[:200]:
        heard.listener.acknowledge(message.origin)
    heard.leave()
    heard.messages.clear()
    heard.subscribed()
    heard.listen(lambda: len(heard.messages) >= 100)
    assert [m.payload for m in heard.messages] == payloads[200:]
    publisher.close()


def test_a_full_batch_leaves_the_rest_for_the_next_look(heard: Heard, port: int) -> None:
    publisher = Publisher(port)
    for n in range(50):
        publisher.client.publish("eldercare/v1/s-001/events", b"%d" % n, qos=1)
    heard.listen(lambda: len(heard.messages) >= 7, at_most=7)
    assert len(heard.messages) == 7
    heard.listen(lambda: len(heard.messages) >= 50)
    assert [m.payload for m in heard.messages] == [b"%d" % n for n in range(50)]
    publisher.close()


def test_the_platforms_own_messages_arrive(heard: Heard, port: int) -> None:
    site = Publisher(port)
    site.subscribe("eldercare/v1/s-001/ack")
    for n in range(200):
        heard.listener.publish("eldercare/v1/s-001/ack", b"%d" % n * (1 + n % 90))
    heard.listen(lambda: len(site.heard) >= 200)
    assert [m.payload for m in site.heard] == [b"%d" % n * (1 + n % 90) for n in range(200)]
    site.close()


@pytest.mark.parametrize("quick", [True, False], ids=["quick", "stock"])
def test_a_broken_line_is_noticed_and_what_came_over_it_is_never_acknowledged(tmp_path: Path, quick: bool) -> None:
    own = free_port()
    with standing(tmp_path, own) as broker:
        heard, dropped = Heard(own, quick).subscribed(), []
        heard.listener.dropped_line = lambda: dropped.append(1)
        publisher = Publisher(own)
        publisher.publish("eldercare/v1/s-001/events", b"before")
        heard.listen(lambda: heard.messages)
        publisher.close()
        broker.stop()
        heard.listen(lambda: dropped)
        assert not heard.listener.connected
        broker.start()
        heard.listen(lambda: heard.listener.subscribed)
        heard.listen(lambda: len(heard.messages) == 2)
        old, new = (message.origin for message in heard.messages)
        assert old.mid == new.mid  # on the new line the number means the message that nobody has kept yet
        heard.listener.acknowledge(old)
        heard.leave()
        heard.subscribed()
        heard.listen(lambda: len(heard.messages) == 3)
        assert [message.payload for message in heard.messages] == [b"before"] * 3
        heard.listener.hang_up()


@pytest.mark.parametrize("may_know", [True, False])
def test_what_the_broker_dropped_is_known_where_it_tells_and_never_in_the_way(tmp_path: Path, may_know: bool) -> None:
    own = free_port()
    (tmp_path / "acl").write_text("topic readwrite eldercare/#\n")
    rights = [] if may_know else [f"acl_file {tmp_path}/acl"]
    with mosquitto(tmp_path, own, "sys_interval 1", "max_queued_messages 10", *rights):
        heard, away = Heard(own, quick=True), mqtt.Client(CallbackAPIVersion.VERSION2, "away", clean_session=False)
        away.on_subscribe = lambda client, *_: client.disconnect()
        away.connect("127.0.0.1", own)
        away.subscribe("eldercare/v1/s-001/events", 1)
        away.loop_forever()
        heard.subscribed()
        publisher = Publisher(own)
        for n in range(30):
            publisher.publish("eldercare/v1/s-001/events", b"%d" % n)
        heard.listen(lambda: len(heard.messages) >= 30 and heard.listener.dropped == (20 if may_know else None))
        assert [m.payload for m in heard.messages] == [b"%d" % n for n in range(30)]
        publisher.close()
        heard.listener.hang_up()


def rude_broker(server: socket.socket) -> None:
    """Takes subscriptions, and hangs up when it is asked for what it does not tell."""
    with contextlib.suppress(OSError):
        while True:
            client, _ = server.accept()
            while packet := client.recv(
                4096
            ):  # each comes in one piece on loopback, one after the other's answer or after a SUBSCRIBE
                if b"$SYS/" in packet:
                    break
                if packet[0] == 0x10:
                    client.sendall(b"\x20\x02\x00\x00")
                elif packet[0] == 0x82:
                    client.sendall(
                        b"\x90" + bytes((2 + len(SUBSCRIPTIONS),)) + packet[2:4] + b"\x01" * len(SUBSCRIPTIONS)
                    )
            client.close()


def test_a_broker_that_hangs_up_when_it_is_asked_what_it_dropped_is_not_asked_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=rude_broker, args=(server,))
        thread.start()
        heard = Heard(server.getsockname()[1], quick=True)
        heard.subscribed()
        heard.listen(lambda: heard.listener._generation == 3 and heard.listener.subscribed)
        ends = time.monotonic() + 0.5
        heard.listen(lambda: time.monotonic() > ends)
        assert (heard.listener._generation, heard.listener.subscribed) == (3, True)
        heard.listener.hang_up()
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_an_acknowledgement_has_the_number_of_its_message() -> None:
    assert puback(0x1234) == b"\x40\x02\x12\x34"
