"""An hour of a site and of a scope: what a history of months and years is drawn from, so that no event is read again.

Hours of one site compose exactly: a day's average, lowest, highest and last value follow from its hours as from its slots.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, HOUR, Base, Big, Instant
from models.day import Span, spans
from models.event import SLOT_US
from models.occupancy import SlotFold

SLOTS = HOUR // SLOT_US


class SiteHour(Base):
    """Of an ended day. Written with each version of the day; an hour before anything was counted has no row."""

    __tablename__ = "site_hour"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Big] = mapped_column(primary_key=True, autoincrement=False)
    """Its beginning; hours are counted from the beginning of the site's day, which is a whole one."""
    last: Mapped[int]
    """People at its end; this and the next two are sums of areas, each not below 0."""
    lowest: Mapped[int]
    highest: Mapped[int]
    person_us: Mapped[Big]
    """Signed, over the slots in which anything was counted yet."""
    slots: Mapped[int]
    """How many those are; 12 but for a site's first hour."""
    came: Mapped[Big]
    went: Mapped[Big]
    heard_min: Mapped[int]
    """Minutes in which the site sent anything; an hour with none is not reported, whatever its other numbers."""


class ScopeHour(Base):
    """The sums of the sites that were heard in this hour; '' is the district, `street:CODE` a street."""

    __tablename__ = "scope_hour"
    __table_args__ = CLUSTERED
    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[Big] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[Big]
    person_us: Mapped[Big]
    """The sites' averages times one hour."""
    came: Mapped[Big]
    went: Mapped[Big]
    heard_min: Mapped[Big]
    heard: Mapped[int]
    """Sites behind the numbers."""
    sites: Mapped[int]
    """Sites that there were."""


@dataclass(frozen=True, slots=True)
class HourSum:
    """The columns of `site_hour` after the first."""

    at: Instant
    last: int
    lowest: int
    highest: int
    person_us: int
    slots: int
    came: int
    went: int
    heard_min: int


@dataclass(frozen=True)
class AreaHours:
    """An area from `begun` on, where its first event or the day began: its value then, and its slots in order."""

    begun: Instant
    opening: int
    slots: Sequence[SlotFold]


def hours_of(areas: Sequence[AreaHours], heard: dict[int, int], start: Instant, end: Instant) -> list[HourSum]:
    """Of [start, end); `heard` are bits of minutes by slot. The last hour may be shorter than the others."""
    count = -((start - end) // SLOT_US)
    lows, highs, lasts, known = [0] * count, [0] * count, [0] * count, [False] * count
    person_us, came, went = [0] * count, [0] * count, [0] * count
    for area in areas:
        for span in spans(area.slots, area.opening, area.begun, start + count * SLOT_US):
            for slot in range((span.start - start) // SLOT_US, (span.end - start) // SLOT_US):
                known[slot] = True
                lows[slot] += max(span.lowest, 0)
                highs[slot] += max(span.highest, 0)
                lasts[slot] += max(span.last, 0)
                person_us[slot] += _each(span)
            came[(span.start - start) // SLOT_US] += span.came
            went[(span.start - start) // SLOT_US] += span.went
    made = []
    for first in range(0, count, SLOTS):
        of = range(first, min(first + SLOTS, count))
        there = [slot for slot in of if known[slot]]
        if there:
            minutes = sum(heard.get(start // SLOT_US + slot, 0).bit_count() for slot in of)
            sums = (sum(person_us[s] for s in there), len(there), sum(came[s] for s in of), sum(went[s] for s in of))
            values = (lasts[there[-1]], min(lows[s] for s in there), max(highs[s] for s in there))
            made.append(HourSum(start + first * SLOT_US, *values, *sums, minutes))
    return made


def _each(span: Span) -> int:
    """Of each slot in it: a quiet stretch has the same value in all of them, a slot is one already."""
    return span.person_us // ((span.end - span.start) // SLOT_US)
