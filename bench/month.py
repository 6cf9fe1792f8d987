"""A month of a simulated district as its sites send it: what each says in five minutes as one message, half an hour a batch.

Everything is the simulator's own: guests, meals, services, residents, shifts, calls, mishaps and a heartbeat a minute. Door
counters report once a minute instead of at each passing, also when nobody passed, as the counters do that are bought.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from queue import Empty
from typing import Any

import msgspec

import contract
from bench.processes import CannotMeasure
from edge.simulator.chance import bits
from edge.simulator.day import Sent, day_of
from edge.simulator.mishaps import ALL
from edge.simulator.places import PERSONS, Place, places
from edge.simulator.residents import standing
from edge.simulator.running import wire
from edge.simulator.stream import events_of
from edge.ulid import ulid

SEED, ZONE = 53, "Asia/Shanghai"
MINUTE, SAYING, BATCH = 60_000_000, 300_000_000, 1_800_000_000
MISHAPS = frozenset(ALL)
_AHEAD = 6
"""Batches that wait to be taken in: some ten megabytes."""
_MOST = 500
"""Events in one message, as the contract allows."""

Said = list[tuple[int, str, bytes]]
"""(when it is received, topic, payload), in order."""


@dataclass(frozen=True)
class Month:
    """`days` from `first` on."""

    sites: int
    first: date
    days: int

    def bounds(self) -> tuple[int, int]:
        place = next(places(1, SEED))
        after = self.first + timedelta(days=self.days)
        return day_of(place, self.first, SEED, ZONE).start, day_of(place, after, SEED, ZONE).start


def told_beside(month: Month) -> Iterator[Said]:
    """Its batches, made by a process of its own, so that making them takes nothing from what is measured."""
    context = get_context("spawn")
    queue: Any = context.Queue(_AHEAD)
    child = context.Process(target=_tell, args=(month, queue), daemon=True)
    child.start()
    try:
        while (said := _next(queue, child)) is not None:
            yield said
    finally:
        child.terminate()
        child.join()


def _next(queue: Any, child: BaseProcess) -> Said | None:
    while True:
        try:
            said: Said | None = queue.get(timeout=1)
        except Empty:
            if not child.is_alive():
                raise CannotMeasure(f"the process that makes the month ended with {child.exitcode}") from None
        else:
            return said


def _tell(month: Month, queue: Any) -> None:
    for said in batches(month):
        queue.put(said)
    queue.put(None)


def batches(month: Month) -> Iterator[Said]:
    """All sites together, in the order in which they are received; who lives there is told before."""
    start, end = month.bounds()
    everywhere = [_Site(place, _stream(place, start, end)) for place in places(month.sites, SEED)]
    yield [one for site in everywhere for one in site.message(start, _standing(site.place, month.first))]
    for begin in range(start, end, BATCH):
        yield [
            one
            for until in range(begin + SAYING, begin + BATCH + 1, SAYING)
            for site in everywhere
            for one in site.message(until, site.until(until))
        ]


class _Site:
    """One outbox: gapless numbers over the whole month."""

    def __init__(self, place: Place, stream: Iterator[Sent]) -> None:
        self.place = place
        self._topic, self._stream = contract.events_topic(place.site), stream
        self._next = next(stream, None)
        self._number = 0

    def until(self, at: int) -> list[Sent]:
        """What leaves the site before `at`."""
        found = []
        while self._next is not None and self._next[0] < at:
            found.append(self._next)
            self._next = next(self._stream, None)
        return found

    def message(self, received_at: int, told: list[Sent]) -> Said:
        """As arrays of what the wire takes; received just before `received_at`, so within the same day."""
        said = []
        for first in range(0, len(told), _MOST):
            events = []
            for _, event in told[first : first + _MOST]:
                self._number += 1
                events.append(wire(event) | {"boot": "m001", "seq": self._number})
            said.append((received_at - 1, self._topic, msgspec.json.encode(events)))
        return said


def _standing(place: Place, first: date) -> list[Sent]:
    if "residence" not in place.areas:
        return []
    today = day_of(place, first, SEED, ZONE)
    return standing(today.before(1), today)


def _stream(place: Place, start: int, end: int) -> Iterator[Sent]:
    """The simulator's events, those of door counters added up by the minute."""
    counted = [area for area in place.areas if (place.kind, area) not in PERSONS]
    events = events_of(place, start, end, SEED, ZONE, MISHAPS)
    held: Sent | None = next(events, None)
    for minute in range(start, end, MINUTE):
        passed: Counter[tuple[str, str]] = Counter()
        while held is not None and held[0] < minute + MINUTE:
            if held[1]["kind"] == "occupancy.flow":
                passed.update({(held[1]["area"], way): held[1][way] for way in ("in", "out")})
            else:
                yield held
            held = next(events, None)
        yield from (_flow(place.site, area, minute + MINUTE - 1000, passed) for area in counted)


def _flow(site: str, area: str, at: int, passed: Counter[tuple[str, str]]) -> Sent:
    event = {"id": ulid(at, bits(SEED, site, area, at)), "kind": "occupancy.flow", "at": at, "device": f"door-{area}"}
    return at, event | {"area": area, "in": passed[area, "in"], "out": passed[area, "out"]}
