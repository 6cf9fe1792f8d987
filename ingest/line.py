"""A quicker way through paho, for a pinned version of it: many packets from one read, many acknowledgements in one write.

Stock paho makes five system calls for a message and one for each PUBACK, and builds an object with two locks in between.
Here the socket is read in large pieces, PUBLISH packets are taken out of them directly, and everything else is left to
paho, one whole packet at a time. Three private names of paho are needed for it; without them the listener goes the stock way.
"""

import logging
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import paho.mqtt.client as mqtt

log = logging.getLogger(__name__)

_READ_AT_ONCE = 262_144
_PUBLISH, _PUBACK = 0x30, 0x40
PAHO_NAMES = ("_create_socket", "_packet_queue", "_loop_rc_handle")


class Published(NamedTuple):
    """A PUBLISH as it stands on the wire. `mid` is 0 without acknowledgement."""

    topic: bytes
    payload: bytes
    qos: int
    retained: bool
    mid: int


def is_possible(client_class: type = mqtt.Client) -> bool:
    """Whether this paho still has the names that the quick way stands on."""
    return all(hasattr(client_class, name) for name in PAHO_NAMES)


def puback(mid: int) -> bytes:
    return bytes((_PUBACK, 2, mid >> 8, mid & 255))


def publish(topic: str, payload: bytes) -> bytes:
    """QoS 0."""
    name = topic.encode()
    length = 2 + len(name) + len(payload)
    head = bytearray((_PUBLISH,))
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes(head) + bytes((length,)) + len(name).to_bytes(2, "big") + name + payload


class BufferedSocket:
    """A socket read in large pieces. What paho asks for comes from what has been read; all else goes to the socket itself."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._held = b""
        self._at = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def recv(self, size: int) -> bytes:
        if self._at == len(self._held):
            self.fill()
        piece = self._held[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def fill(self) -> bool:
        """Read once more; False when the other side has closed. Raises what the socket raises when nothing is there."""
        more: bytes = self._inner.recv(_READ_AT_ONCE)
        self._held = self._held[self._at :] + more
        self._at = 0
        return bool(more)

    def pending(self) -> int:
        """Bytes that a select does not see: ours, and what TLS has decrypted already."""
        return len(self._held) - self._at or int(getattr(self._inner, "pending", lambda: 0)())

    def front(self) -> tuple[int, int, int] | None:
        """(first byte, start of the body, its end) of the packet in front, once all of it is here."""
        held, place, length = self._held, self._at + 1, 0
        for shift in (0, 7, 14, 21):
            if place >= len(held):
                return None
            byte = held[place]
            place += 1
            length |= (byte & 127) << shift
            if byte < 128:
                return (held[self._at], place, place + length) if place + length <= len(held) else None
        return 0, place, place  # No length at all: paho says what is wrong with it.

    def publishes(self) -> Iterator[Published]:
        """Takes out the PUBLISH packets that stand in front, one after the other; stops before anything else."""
        while (found := self.front()) is not None:
            first, start, end = found
            qos = first >> 1 & 3
            if first & 0xF0 != _PUBLISH or qos > 1 or end - start < 2:
                return
            held = self._held
            topic_end = start + 2 + (held[start] << 8 | held[start + 1])
            payload_at = topic_end + 2 if qos else topic_end
            if payload_at > end:
                return
            self._at = end
            mid = held[topic_end] << 8 | held[topic_end + 1] if qos else 0
            yield Published(held[start + 2 : topic_end], held[payload_at:end], qos, bool(first & 1), mid)


class QuickClient(mqtt.Client):
    """paho's client over such a socket."""

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())

    def take_in(self, deliver: Callable[..., None], enough: Callable[[], bool]) -> None:
        """Everything that has arrived, until `enough`; what is no PUBLISH paho reads from the same buffer.

        `deliver` takes the fields of `Published`.
        """
        line: Any = self.socket()
        self._last_bytes_received = time.monotonic()  # paho counts what it reads itself, and would think the line dead
        while not enough():
            for published in line.publishes():
                deliver(*published)
                if enough():
                    return
            if line.front() is not None:
                self.loop_read()
                if self.socket() is not line:
                    return
            elif not self._is_more(line):
                return

    def _is_more(self, line: BufferedSocket) -> bool:
        try:
            if line.fill():
                return True
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except OSError:
            log.debug("the line broke while it was read", exc_info=True)
        self._loop_rc_handle(mqtt.MQTT_ERR_CONN_LOST)
        return False

    def write(self, packets: bytes) -> None:
        """Whole packets, in one write where the socket takes it; the rest waits in paho's own queue."""
        self._packet_queue(_PUBACK, packets, 0, 0)
