"""python -m bench.publisher PLAN: a process that publishes encoded packets over raw sockets and prints what it did.

Paced runs are open-loop: an event's `at` is the moment at which it was due, so a late publisher cannot hide a wait.
"""

import contextlib
import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from bench.events import Sites, numbered, remaining_length

_SLICE_S = 0.02
_BACKLOG_S = 10.0
"""A burst is what piled up in these seconds, or comes all at once after a cut."""
_CONNECT, _CLIENT = b"\x10", b"\0\x04MQTT\x04\x02\0\x3c"


@dataclass(frozen=True)
class Plan:
    """`rate` is events a second, 0 as fast as the broker takes them; `said_until`: these sites have spoken up to then."""

    port: int
    sites: int
    boot: str
    events: int
    rate: float
    per_message: int = 1
    connections: int = 4
    said_until: float = 0.0
    window: int = 2000


class Line:
    """One connection: what is to be written, how many PUBACKs are owed."""

    def __init__(self, port: int, client_id: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        name = client_id.encode()
        body = _CLIENT + len(name).to_bytes(2, "big") + name
        self.socket.sendall(_CONNECT + remaining_length(len(body)) + body)
        if self.socket.recv(4) != b"\x20\x02\0\0":
            raise SystemExit("the broker refuses the publisher")
        self.socket.setblocking(False)
        self.out = bytearray()
        self.mid = self.owed = self._acked_bytes = 0

    def put(self, made: bytes) -> None:
        self.mid = self.mid % 65_535 + 1
        self.owed += 1
        self.out += numbered(made, self.mid)

    def exchange(self) -> None:
        """Write what fits, read every PUBACK that is there."""
        if self.out:
            with contextlib.suppress(BlockingIOError):
                del self.out[: self.socket.send(self.out)]
        try:
            came = len(self.socket.recv(262_144))
        except BlockingIOError:
            return
        if not came:
            raise SystemExit("the broker hung up on the publisher")
        self._acked_bytes += came
        acks, self._acked_bytes = divmod(self._acked_bytes, 4)
        self.owed -= acks


class Publisher:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.sites = plan, Sites(plan.sites, plan.boot)
        self.lines = [Line(plan.port, f"bench-{plan.boot}-{n}") for n in range(plan.connections)]
        self._ready = selectors.DefaultSelector()
        for line in self.lines:
            self._ready.register(line.socket, selectors.EVENT_READ, line)
        self.late_s = 0.0

    def flat_out(self, packets: list[tuple[int, bytes]]) -> None:
        for site, made in packets:
            line = self.lines[site % len(self.lines)]
            while line.owed >= self.plan.window:
                self._exchange(0.01)
            line.put(made)
            if len(line.out) > 65_536:
                line.exchange()

    def paced(self, start: float) -> None:
        """Slices of 20 ms; the events of a slice are due when it begins."""
        sent, number = 0, 0
        while sent < self.plan.events:
            due = start + number * _SLICE_S
            number += 1
            upto = min(self.plan.events, round(number * _SLICE_S * self.plan.rate))
            slice_ = list(self.sites.packets(round(due * 1e6), upto - sent, self.plan.per_message))
            while (wait := due - time.time()) > 0:
                self._exchange(min(wait, 0.005))
            self.late_s = max(self.late_s, -wait)
            for site, made in slice_:
                self.lines[site % len(self.lines)].put(made)
            sent = upto
            self._exchange(0)

    def drain(self) -> None:
        while any(line.owed or line.out for line in self.lines):
            self._exchange(0.01)

    def _exchange(self, timeout_s: float) -> None:
        if not any(line.out for line in self.lines):
            self._ready.select(timeout_s)
        for line in self.lines:
            line.exchange()


def main() -> int:
    plan = Plan(**json.loads(sys.argv[1]))
    publisher = Publisher(plan)
    # Made beforehand, so that a burst measures the platform and not the encoding.
    now_us = time.time_ns() // 1000
    over_s = min(_BACKLOG_S, now_us / 1e6 - plan.said_until)
    backlog = publisher.sites.backlog(now_us, over_s, 0 if plan.rate else plan.events, plan.per_message)
    ready = list(backlog)
    print("ready", flush=True)
    start = float(_said(sys.stdin))
    if plan.rate:
        publisher.paced(start)
    else:
        time.sleep(max(0.0, start - time.time()))
        publisher.flat_out(ready)
    publisher.drain()
    print(json.dumps({"ended": time.time(), "late_ms": round(publisher.late_s * 1000)}), flush=True)
    return 0


def _said(lines: Iterator[str]) -> str:
    return next(lines, "0")


def plan_text(plan: Plan) -> str:
    return json.dumps(asdict(plan))


if __name__ == "__main__":
    sys.exit(main())
