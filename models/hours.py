"""An hour of a site and of a scope: what a history of months and years is drawn from, so that no event is read again.

Hours of one site compose exactly: a day's average, lowest, highest and last value follow from its hours as from its slots.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, HOUR, Base, Big, Instant
from models.day import Span
from models.event import SLOT_US

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


def hours_of(tracks: Sequence[Sequence[Span]], heard: dict[int, int], start: Instant, end: Instant) -> list[HourSum]:
    """Of [start, end) from the spans of each area, which cover it from its first event on; `heard` are bits of minutes by
    slot. The last hour may be shorter than the others."""
    first, count = start // SLOT_US, -((start - end) // SLOT_US)
    counted = [track for track in tracks if track]
    if not counted:
        return []
    begun, all_ = min(track[0].start for track in counted) // SLOT_US - first, _Slots(count)
    for track in counted:
        for span in track:
            all_.add(span, first)
    made = []
    for begins in range(begun - begun % SLOTS, count, SLOTS):
        there = slice(max(begins, begun), min(begins + SLOTS, count))
        minutes = sum(heard.get(first + slot, 0).bit_count() for slot in range(begins, there.stop))
        made.append(all_.hour(start + begins * SLOT_US, there, minutes))
    return made


class _Slots:
    """The sums of all areas, each not below 0, by slot."""

    def __init__(self, count: int) -> None:
        self.lasts, self.lows, self.highs = [0] * count, [0] * count, [0] * count
        self.person_us, self.came, self.went = [0] * count, [0] * count, [0] * count

    def add(self, span: Span, first: int) -> None:
        """A quiet stretch has the same value in all of its slots, a slot is one already."""
        begins, ends = span.start // SLOT_US - first, span.end // SLOT_US - first
        last, low, high = max(span.last, 0), max(span.lowest, 0), max(span.highest, 0)
        each = span.person_us // (ends - begins)
        for slot in range(begins, ends):
            self.lasts[slot] += last
            self.lows[slot] += low
            self.highs[slot] += high
            self.person_us[slot] += each
        self.came[begins] += span.came
        self.went[begins] += span.went

    def hour(self, at: Instant, there: slice, minutes: int) -> HourSum:
        values = self.lasts[there.stop - 1], min(self.lows[there]), max(self.highs[there])
        sums = sum(self.person_us[there]), there.stop - there.start, sum(self.came[there]), sum(self.went[there])
        return HourSum(at, *values, *sums, minutes)
