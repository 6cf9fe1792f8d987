"""The fold from events to a head count: pure, by event time, the same in every order and batching.

A *track* is one area counted on one basis: by anonymous counters, or by named persons. Counts by staff and resets stand
on both. Which track is the area's number is decided when it is read, so the first counter event of an area needs no
recount of its past.

A *slot* is five minutes of a track. It keeps what its own events do (relative to the value it opens with, until the
first absolute count in it; absolute from there on), so slots compose: changing one changes later ones only by their
opening value, and only up to the next absolute count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import HOT, MINUTE, Base, Big, Flag, Instant, Small, Words
from models.event import COUNT_METHOD, KIND_NUMBER, SLOT_US
from models.place import CountBy


class Basis(IntEnum):
    COUNTER = 0
    PERSONS = 1


def track_of(area_id: int, basis: Basis) -> int:
    return area_id * 2 + basis


class Step(NamedTuple):
    """What one event does to one track. Sorts in the contract's order: effective time, `seq` or 0, `id` as bytes."""

    at: Instant
    seq: int
    id: bytes
    absolute: int | None
    came: int
    went: int


_COUNT, _FLOW = KIND_NUMBER["occupancy.count"], KIND_NUMBER["occupancy.flow"]
_IN, _OUT = KIND_NUMBER["person.in"], KIND_NUMBER["person.out"]
COUNTING = frozenset((_COUNT, _FLOW, _IN, _OUT))
_SENSOR = COUNT_METHOD["sensor"]
_BY_COUNTER, _BY_PERSONS, _ON_BOTH = (Basis.COUNTER,), (Basis.PERSONS,), (Basis.COUNTER, Basis.PERSONS)


def bases_of(kind: int, b: int) -> tuple[Basis, ...]:
    """The tracks that an event of this kind (and count method `b`) stands on."""
    if kind == _FLOW or (kind == _COUNT and b == _SENSOR):
        return _BY_COUNTER
    if kind == _COUNT:
        return _ON_BOTH
    return _BY_PERSONS if kind in (_IN, _OUT) else ()


def step_of(kind: int, at: Instant, seq: int | None, sender_id: bytes, a: int, b: int) -> Step:
    if kind == _COUNT:
        return Step(at, seq or 0, sender_id, a, 0, 0)
    return Step(at, seq or 0, sender_id, None, a, b)


def is_own(kind: int, b: int) -> bool:
    """Whether the event makes its basis one that the area really has; a staff count or a reset does not."""
    return kind != _COUNT or b == _SENSOR


class SlotFold(Struct):
    """Five minutes of a track. `weight` is person·µs above the opening value, `fixed_weight` person·µs from `fixed_at`."""

    track: int
    slot: int
    opening: int = 0
    net: int = 0
    low: int = 0
    high: int = 0
    weight: int = 0
    fixed_at: Instant | None = None
    fixed: int = 0
    fixed_low: int = 0
    fixed_high: int = 0
    fixed_weight: int = 0
    came: int = 0
    went: int = 0
    events: int = 0
    last_at: Instant = 0

    @property
    def start(self) -> Instant:
        return self.slot * SLOT_US

    @property
    def end(self) -> Instant:
        return (self.slot + 1) * SLOT_US

    @property
    def closing(self) -> int:
        return self.opening + self.net if self.fixed_at is None else self.fixed

    @property
    def lowest(self) -> int:
        relative = self.opening + self.low
        return relative if self.fixed_at is None else min(relative, self.fixed_low)

    @property
    def highest(self) -> int:
        relative = self.opening + self.high
        return relative if self.fixed_at is None else max(relative, self.fixed_high)

    @property
    def person_us(self) -> int:
        """Persons times microseconds over the whole slot; divided by the slot's length it is the average."""
        relative_us = SLOT_US if self.fixed_at is None else self.fixed_at - self.start
        return self.opening * relative_us + self.weight + self.fixed_weight

    def append(self, step: Step) -> None:
        """Add a step that comes after all steps already in the slot."""
        if step.absolute is not None:
            self._settle(step.absolute, step.at)
        elif self.fixed_at is None:
            self._drift(step.came - step.went, step.at)
        else:
            self._settle(self.fixed + step.came - step.went, step.at)
        self.came += step.came
        self.went += step.went
        self.events += 1
        self.last_at = step.at

    def _drift(self, change: int, at: Instant) -> None:
        self.net += change
        self.weight += change * (self.end - at)
        if self.net < self.low:
            self.low = self.net
        elif self.net > self.high:
            self.high = self.net

    def _settle(self, value: int, at: Instant) -> None:
        remaining = self.end - at
        if self.fixed_at is None:
            self.weight -= self.net * remaining
            self.fixed_at, self.fixed_weight = at, value * remaining
            self.fixed_low = self.fixed_high = value
        else:
            self.fixed_weight += (value - self.fixed) * remaining
            self.fixed_low, self.fixed_high = min(self.fixed_low, value), max(self.fixed_high, value)
        self.fixed = value


class HeadCount(Base):
    """The current value of a track. No row: the area has no event on that basis."""

    __tablename__ = "head_count"
    __table_args__ = HOT
    track: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed: Mapped[Big]
    """As the contract folds it; shown not below 0."""
    last_at: Mapped[Big]
    """Effective time of its newest event."""
    own: Mapped[Flag]
    """1 once the area holds an event that belongs to this basis alone."""
    received_at: Mapped[Big]
    """When the newest message that touched it arrived: the age beside the number."""


class Slot(Base):
    """A stored `SlotFold`; the columns are its fields."""

    __tablename__ = "slot"
    __table_args__ = HOT
    track: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opening: Mapped[Big]
    net: Mapped[Big]
    low: Mapped[Big]
    high: Mapped[Big]
    weight: Mapped[Big]
    fixed_at: Mapped[Big | None]
    fixed: Mapped[Big]
    fixed_low: Mapped[Big]
    fixed_high: Mapped[Big]
    fixed_weight: Mapped[Big]
    came: Mapped[Big]
    went: Mapped[Big]
    events: Mapped[Big]
    last_at: Mapped[Big]


def stored(row: Sequence[Any]) -> SlotFold:
    """A row of `slot` as the fold that it is."""
    return SlotFold(*row)


class SiteSlot(Base):
    """What a site sent for a slot: which of its five minutes, one bit each (the coverage beside every average), how many
    events, how many of them typed, and how many took longer than each of `models.quality.LAG_EDGES_S`."""

    __tablename__ = "site_slot"
    __table_args__ = HOT
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    minutes: Mapped[Small]
    events: Mapped[int]
    by_hand: Mapped[int]
    timed: Mapped[int]
    """Events whose delay says something of the line; a device's backfill does not."""
    over_2s: Mapped[int]
    over_10s: Mapped[int]
    over_60s: Mapped[int]
    over_600s: Mapped[int]


def minute_bit(at: Instant) -> int:
    return 1 << at % SLOT_US // MINUTE


class SiteState(Base):
    """One row per site that was ever heard. `changed` orders what the screens have not seen yet."""

    __tablename__ = "site_state"
    __table_args__ = HOT
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    changed: Mapped[Big] = mapped_column(index=True)
    heard_at: Mapped[Big | None]
    """Receive time of the newest sign of life; an old or retained message is none."""
    event_at: Mapped[Big | None]
    """Newest effective time."""
    online: Mapped[Flag | None]
    boot: Mapped[Words | None]
    """The outbox that last said `online: true`; a will of another one is ignored."""
    agent: Mapped[Words | None]
    door: Mapped[Words | None]
    """`opened` or `closed` by an event; holds until the next scheduled change."""
    door_at: Mapped[Big | None]
    door_seq: Mapped[Big | None]
    door_id: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Presence:
    """An area's number and what it rests on. `people` is None before the first event of its basis."""

    people: int | None
    signed: int | None
    basis: Basis
    other: int | None
    """The value on the other basis, where there is one: named presence beside the counter."""
    flags: tuple[str, ...]


def presence(counter: tuple[int, bool] | None, persons: tuple[int, bool] | None, count_by: str) -> Presence:
    """Decide which track is the area's number; each track is (signed, own) or None."""
    by_persons = count_by == CountBy.PERSONS or not (counter and counter[1])
    chosen, other = (persons, counter) if by_persons else (counter, persons)
    signed = chosen[0] if chosen else None
    flags = ("negative",) if signed is not None and signed < 0 else ()
    shown_other = other[0] if other and other[1] else None
    return Presence(
        people=None if signed is None else max(signed, 0),
        signed=signed,
        basis=Basis.PERSONS if by_persons else Basis.COUNTER,
        other=shown_other,
        flags=flags,
    )
