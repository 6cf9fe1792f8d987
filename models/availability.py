"""A site's availability: of the minutes in which it should have been open and we listened, the share in which it was live
or late.

Its events say when it was heard; after each it counts as up for as long as it takes to be silent. What came long after it
happened made nobody live; a device's own backfill, whose delay says nothing of the line, counts as heard. The time in which
we ourselves did not listen is taken out on both sides.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, MINUTE, Base, Instant
from models.civil_day import Exceptions, is_scheduled_open, next_change
from models.event import SLOT_US

Span = tuple[Instant, Instant]
"""Half-open."""


class AvailabilityDay(Base):
    """An ended day of a site, reckoned once: late data does not change when it was live."""

    __tablename__ = "availability_day"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    expected_min: Mapped[int]
    up_min: Mapped[int]
    own_min: Mapped[int] = mapped_column(server_default="0")
    """Of its opening hours, not expected of it: we did not listen."""


@dataclass(frozen=True, slots=True)
class Availability:
    """`days`: how many days it rests on, so that a new site does not look better or worse than it is known to be.

    `own_min` of its opening hours are not counted, as we did not listen.
    """

    expected_min: int
    up_min: int
    days: int
    own_min: int = 0

    @property
    def share(self) -> float | None:
        """0..1; None where nothing was expected."""
        return self.up_min / self.expected_min if self.expected_min else None


@dataclass(frozen=True, slots=True)
class HeardSlot:
    """What `site_slot` says of five minutes."""

    slot: int
    minutes: int
    events: int
    timed: int
    over_600s: int

    @property
    def came_in_time(self) -> bool:
        return self.events > 0 and (self.timed == 0 or self.timed > self.over_600s)


def opening_spans(
    rules: Sequence[tuple[Instant, str]], span: Span, zone: str, exceptions: Exceptions
) -> Iterator[Span]:
    """When a place should be open within `span`; `rules` are (valid from, opening hours), oldest first."""
    start, end = span
    begins = [start, *(at for at, _ in rules if start < at < end), end]
    for since, until in pairwise(begins):
        rule = next((rule for at, rule in reversed(rules) if at <= since), "")
        at = since
        while at < until:
            change = next_change(rule, at, zone, exceptions) or until
            if is_scheduled_open(rule, at, zone, exceptions):
                yield at, min(change, until)
            at = change


def up_spans(heard: Iterable[HeardSlot], silent_after: Instant) -> list[Span]:
    """When the site was live or late: from each minute heard until it would have been silent. In order, apart."""
    return up_within(sorted((one.slot, one.minutes) for one in heard if one.came_in_time), silent_after)


def up_within(slots: Iterable[tuple[int, int]], silent_after: Instant) -> list[Span]:
    """The same of (slot, bits of minutes) that came in time, in order."""
    spans: list[Span] = []
    since = until = -1
    for slot, minutes in slots:
        for first, last in _of_bits(minutes, silent_after):
            start = slot * SLOT_US + first
            if start > until:
                spans.append((since, until))
                since = start
            until = slot * SLOT_US + last
    return [*spans[1:], (since, until)] if until >= 0 else []


@lru_cache(maxsize=256)
def _of_bits(minutes: int, silent_after: Instant) -> tuple[Span, ...]:
    """Of one slot, from its beginning on: there are 32 ways to be heard in five minutes."""
    spans: list[Span] = []
    for minute in range(5):
        if minutes >> minute & 1:
            since = minute * MINUTE
            if spans and since <= spans[-1][1]:
                spans[-1] = spans[-1][0], since + silent_after
            else:
                spans.append((since, since + silent_after))
    return tuple(spans)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time, in order and apart."""
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        else:
            found.append((since, until))
    return found


def without(spans: Iterable[Span], gaps: Sequence[Span]) -> Iterator[Span]:
    """What of the spans lies in no gap; both in order."""
    for since, until in spans:
        at = since
        for start, end in gaps:
            if at < min(start, until):
                yield at, min(start, until)
            at = max(at, end)
        if at < until:
            yield at, until


def over_gaps(up: Sequence[Span], gaps: Sequence[Span], silent_after: Instant) -> Sequence[Span]:
    """What was up when we stopped listening has as long as any other to be heard after it; both in order."""
    if not gaps:
        return up
    spans = list(up)
    for start, end in gaps:
        if any(since <= start < until for since, until in spans):
            spans.append((start, end + silent_after))
    return merged(spans)


def availability(opened: Iterable[Span], up: Sequence[Span], gaps: Sequence[Span] = (), days: int = 1) -> Availability:
    """In whole minutes; all in order. `gaps`: in which we did not listen."""
    open_ = list(opened)
    expected = covered = place = 0
    for since, until in without(open_, gaps) if gaps else open_:
        expected += until - since
        while place < len(up) and up[place][1] <= since:
            place += 1
        for start, end in up[place:]:
            if start >= until:
                break
            covered += min(end, until) - max(start, since)
    whole = sum(until - since for since, until in open_)
    expected_min = expected // MINUTE
    return Availability(expected_min, covered // MINUTE, days, whole // MINUTE - expected_min)
