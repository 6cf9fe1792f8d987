"""A site's day: what its events add up to, and which ended days must be summed up again because something came late."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, HOT, HOUR, MINUTE, STRICT, Base, Big, Instant, Number, Words
from models.day_blocks import Door, Gear, Meals, Reading, Residents, Safety, Services, Staff, Visits, Voice
from models.event import SLOT_US
from models.occupancy import SlotFold

CALLING_GRADES = 2
"""Alarms of so many grades are about people; the others are about devices and what may wait."""


class Tally(Base):
    """How many of something a site's day had; each new event adds once. `what` is e.g. `meal.lunch.dine_in`, `visit`."""

    __tablename__ = "tally"
    __table_args__ = HOT
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    """ISO date of the day, as its site begins it."""
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[Big]


class TouchedDay(Base):
    """An ended day that changed after its end; the summary takes the row away when it has restated the day."""

    __tablename__ = "touched_day"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[Big]
    """The first touch that no summary holds yet."""
    touched_at: Mapped[Big]
    """The last one; each is later than the one before, so that a touch during a summary's work is seen."""


class SiteDay(Base):
    """A version of a day's summary; a restated day gets the next version, the old one stays readable."""

    __tablename__ = "site_day"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[Big]
    summary: Mapped[Words]
    """JSON of `DaySummary`."""
    changes: Mapped[Words]
    """JSON [[figure, before, now], …]: in what it differs from the version before."""
    why: Mapped[Words]
    """first, late, corrected or recomputed."""


class Signature(Base):
    """Who has signed a version. It belongs to that version: a later one needs a signature of its own."""

    __tablename__ = "signature"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed_at: Mapped[Big]
    real_at: Mapped[Big]
    """By the wall clock: the product's own time may be shifted."""
    author: Mapped[Words]
    fingerprint: Mapped[Words]
    """Of the summary as it was read."""


class Correction(Base):
    """Why somebody said something of a day that had not been reported so: what it was is an event, which came by the inbox."""

    __tablename__ = "correction"
    __table_args__ = (Index(None, "site_id", "day"), STRICT)
    id: Mapped[Number]
    site_id: Mapped[int]
    day: Mapped[Words]
    event_id: Mapped[Words]
    what: Mapped[Words]
    """heads, meals, service, move, door."""
    subject: Mapped[Words]
    """The area, `MEAL.MODE`, the outcome and the service, the move, opened or closed; never whom it is about."""
    at: Mapped[Big]
    n: Mapped[int]
    """Heads or meals; 1 of the others."""
    reason: Mapped[Words]
    """A code: people choose, they do not write."""
    author: Mapped[Words]
    made_at: Mapped[Big]
    real_at: Mapped[Big]
    inbox_id: Mapped[int]


class Span(NamedTuple):
    """A stretch of a track with constant slot statistics: the slot itself, or the quiet time between two slots."""

    start: Instant
    end: Instant
    last: int
    lowest: int
    highest: int
    person_us: int
    came: int
    went: int


def spans(slots: Sequence[SlotFold], opening: int, start: Instant, end: Instant) -> list[Span]:
    """Cover [start, end) by slots in order; between them the value stays as the slot before left it.

    `opening` is the value at `start`, which lies on a slot's border. `end` is on a border too, or after the last event.
    """
    covered: list[Span] = []
    at, value = start, opening
    for slot in slots:
        if slot.start > at:
            covered.append(_quiet(at, slot.start, value))
        covered.append(_of_slot(slot, end))
        at, value = covered[-1].end, covered[-1].last
    if at < end:
        covered.append(_quiet(at, end, value))
    return covered


def _of_slot(slot: SlotFold, end: Instant) -> Span:
    """The slot as far as `end`: behind its last event it holds its closing value, so what is not over yet can be cut."""
    start, closing, person_us = slot.start, slot.closing, slot.person_us
    until = start + SLOT_US
    if until > end:
        person_us -= closing * (until - end)
        until = end
    # By position: a night makes hundreds of thousands of them.
    return Span(start, until, closing, slot.lowest, slot.highest, person_us, slot.came, slot.went)


def _quiet(start: Instant, end: Instant, value: int) -> Span:
    return Span(start, end, value, value, value, value * (end - start), 0, 0)


@dataclass(frozen=True)
class DaySummary:
    """Numbers of one site-day; None is not reported, which is not zero: a day in which nothing was heard has none.

    `average` (persons) and `person_hours` are of what is shown: an area whose counter drifts below 0 has nobody in it, and
    takes no hours from the others. `peak` is the highest sum of the areas' own highest values within five minutes, so never
    less than what was there at any moment; `peak_at` is the beginning of these. `capacity` is that of the day's end.
    """

    day: str
    people_at_end: int | None
    peak: int | None
    peak_at: Instant | None
    average: float | None
    person_hours: float | None
    came: int | None
    went: int | None
    capacity: int | None
    minutes_heard: int
    minutes: int
    """Of the day, or of what is over of it: the denominator of `minutes_heard`."""
    tallies: dict[str, int]
    hours: tuple[int | None, ...] = ()
    """People at the end of each hour that has begun; None where nothing was heard in it."""
    visits: Visits | None = None
    residents: Residents | None = None
    meals: Meals | None = None
    services: Services | None = None
    staff: Staff | None = None
    safety: Safety | None = None
    gear: Gear | None = None
    voice: Voice | None = None
    doors: tuple[Door, ...] = ()
    """When the site opened and closed, as it said itself; none: it said nothing."""
    reading: Reading | None = None
    """None while the day runs, and of versions from before readings were written."""
    minutes_ours: int = 0
    """Of `minutes`, those in which we ourselves did not listen and of which nothing came later."""

    @property
    def minutes_expected(self) -> int:
        return self.minutes - self.minutes_ours

    @property
    def coverage(self) -> float:
        """The share of minutes for which the site sent anything, 0..1."""
        return min(1.0, self.minutes_heard / self.minutes_expected) if self.minutes_expected else 0.0

    @property
    def is_ours(self) -> bool:
        """Nothing came, and we did not listen in any of its opening hours: the day says nothing of the site."""
        gear = self.gear
        return not self.minutes_heard and gear is not None and bool(gear.ours) and not gear.open_minutes

    @property
    def is_closed(self) -> bool:
        """The calendar had the site closed all day, and nobody was there all the same."""
        gear = self.gear
        return gear is not None and not gear.open_minutes and not gear.ours and not self._is_lived

    @property
    def is_off(self) -> bool:
        """Closed, and nothing came: nothing is missing."""
        return self.is_closed and not self.minutes_heard

    @property
    def asks_for_name(self) -> bool:
        """Whether there is anything that its manager can put her name to."""
        return not (self.is_closed or self.is_ours)

    @property
    def _is_lived(self) -> bool:
        """Somebody came, lived, ate, worked or called there; what devices say of themselves is no life."""
        meals, services, safety = self.meals, self.services, self.safety
        return any(
            (
                self.came or self.went,
                self.gear and self.gear.typed,
                self.visits and self.visits.named,
                self.residents and self.residents.roll,
                meals and (meals.ordered or meals.served),
                services and (services.planned or services.unplanned),
                self.staff and self.staff.on_duty,
                safety and (safety.incidents or any(safety.by_grade[:CALLING_GRADES])),
                self.voice and self.voice.ratings,
                any(door.opened for door in self.doors),
            )
        )


@dataclass(frozen=True)
class AreaDay:
    """One area on the track that is its number: the value at the day's start, and the day's slots in order."""

    opening: int
    slots: Sequence[SlotFold]

    def spans(self, start: Instant, end: Instant) -> list[Span]:
        return spans(self.slots, self.opening, start, end)


@dataclass(frozen=True)
class Beside:
    """What stands beside the head count of a day."""

    capacity: int | None
    minutes_heard: int
    tallies: dict[str, int]
    heard: frozenset[int] = frozenset()
    """Slots in which anything came."""
    minutes_ours: int = 0


def summarise(day: str, start: Instant, end: Instant, tracks: Sequence[Sequence[Span]], beside: Beside) -> DaySummary:
    """Sum up [start, end) of one site from its areas' `spans`; `end` is the day's end or a later moment than its last event."""
    known = bool(tracks) and beside.minutes_heard > 0 and end > start
    peak_at, peak = _peak(tracks, start, end) if known else (None, None)
    person_us = sum(max(span.person_us, 0) for track in tracks for span in track)
    return DaySummary(
        day=day,
        people_at_end=sum(max(track[-1].last, 0) for track in tracks) if known else None,
        peak=peak,
        peak_at=peak_at,
        average=person_us / (end - start) if known else None,
        person_hours=person_us / HOUR if known else None,
        came=sum(span.came for track in tracks for span in track) if known else None,
        went=sum(span.went for track in tracks for span in track) if known else None,
        capacity=beside.capacity,
        minutes_heard=beside.minutes_heard,
        minutes=-((start - end) // MINUTE),
        tallies=beside.tallies,
        hours=tuple(_hours(tracks, start, end, beside.heard)) if known else (),
        minutes_ours=beside.minutes_ours,
    )


def _hours(
    tracks: Sequence[Sequence[Span]], start: Instant, end: Instant, heard: frozenset[int]
) -> Iterator[int | None]:
    """The sum of the areas, each not below 0, at the end of each hour; an hour that runs still ends at `end`."""
    ends = [[span.end for span in track] for track in tracks]
    for begins in range(start, end, HOUR):
        until = min(begins + HOUR, end)
        slots = range(begins // SLOT_US, -(-until // SLOT_US))
        if heard.isdisjoint(slots):
            yield None
        else:
            lasts = (track[bisect_left(by, until)].last for track, by in zip(tracks, ends, strict=True))
            yield sum(max(last, 0) for last in lasts)


def _peak(tracks: Sequence[Sequence[Span]], start: Instant, end: Instant) -> tuple[Instant, int]:
    """The five minutes with the highest sum of the areas' highest values, and that sum; the first of several."""
    highest = [0] * _slots_until(end, start)
    for track in tracks:
        for span in track:
            if span.highest > 0:
                for number in range((span.start - start) // SLOT_US, _slots_until(span.end, start)):
                    highest[number] += span.highest
    peak = max(highest)
    return start + highest.index(peak) * SLOT_US, peak


def _slots_until(end: Instant, start: Instant) -> int:
    return -((start - end) // SLOT_US)
