"""What is usual at a time of the day: the middle and the spread of the last days lived as the same weekday."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, Base, Words
from models.civil_day import Exceptions

N = TypeVar("N", int, float)

DAYS = 8
ENOUGH = 4
"""Fewer known days than this do not say what is usual."""
TRIMMED_FROM = 6
"""From so many days on, the highest and the lowest are left out of the spread: one feast day is not usual."""
STEP_MIN = 15
STEPS = 24 * 60 // STEP_MIN
BRIDGED = 4
"""So many quarters without a point between two that have one are laid straight across: nobody looked just then."""
FARTHEST = timedelta(weeks=12)
"""Farther back another season is lived."""


class Figure(StrEnum):
    """What is compared. A share is kept as its two counts."""

    PEOPLE = "people"
    VISITS = "visits"
    LUNCH = "lunch"
    DONE = "done"
    DUE = "due"
    IN_HOUSE = "in_house"


Values = Sequence[int | None]
"""A day by quarters of an hour on the wall: the number at the end of each, None where it is not known."""


class Point(NamedTuple):
    """At the end of a quarter of an hour, from so many known days."""

    middle: int
    low: int
    high: int
    days: int


Points = list[Point | None]


class Usual(Base):
    """What is usual for a day that is being lived; the next day's takes its place."""

    __tablename__ = "usual"
    __table_args__ = CLUSTERED
    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    """As a viewer's: '' the district, `street:CODE`, `community:CODE`, `site:CODE`."""
    figure: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[Words]
    """The day that it is laid over; it was made from days before."""
    points: Mapped[Words]
    """JSON of `Points`, one for each quarter of an hour."""


def written(points: Points) -> str:
    return msgspec.json.encode(points).decode()


def read(text: str) -> Points:
    return msgspec.json.decode(text, type=list[Point | None])


def lived_as(day: date, exceptions: Exceptions) -> str:
    """A weekday's number; or open or closed, where the calendar says so of the whole day."""
    exception = exceptions.get(day)
    if exception is None:
        return str(day.weekday())
    if exception.open is not None:
        return "open" if exception.open else "closed"
    return str(day.weekday() if exception.as_weekday is None else exception.as_weekday)


def days_alike(day: date, exceptions: Exceptions) -> list[date]:
    """The last days before this one that were lived as the same, the newest first."""
    wanted = lived_as(day, exceptions)
    found: list[date] = []
    before = day - timedelta(days=1)
    while before >= day - FARTHEST and len(found) < DAYS:
        if lived_as(before, exceptions) == wanted:
            found.append(before)
        before -= timedelta(days=1)
    return found


def spread(values: Sequence[N]) -> tuple[N, N, N]:
    """Lowest, middle and highest, without one extreme at each end where there are enough days."""
    ranked = sorted(values)
    inner = ranked[1:-1] if len(ranked) >= TRIMMED_FROM else ranked
    return inner[0], median_low(ranked), inner[-1]


def usual_points(days: Sequence[Values]) -> Points:
    """Of days in any order; a moment that too few of them know has no point."""
    return [_point([value for value in values if value is not None]) for values in zip(*days, strict=True)]


def _point(known: Sequence[int]) -> Point | None:
    if len(known) < ENOUGH:
        return None
    low, middle, high = spread(known)
    return Point(middle, low, high, len(known))


def bridged(points: Points) -> Points:
    """Short gaps between two known moments closed in proportion; a long one stays unknown, as do both ends of the day."""
    whole = list(points)
    known = [step for step, point in enumerate(points) if point is not None]
    for first, last in pairwise(known):
        before, after = points[first], points[last]
        if before is not None and after is not None and last - first - 1 <= BRIDGED:
            for step in range(first + 1, last):
                whole[step] = _between(before, after, (step - first) / (last - first))
    return whole


@dataclass
class Sum:
    """Days of a scope, added up site by site. A site that a day does not know stands in it with what is usual for it;
    a day of which more than half the sites are not known is not known."""

    days: int
    totals: list[list[int]] = field(default_factory=list)
    known: list[list[int]] = field(default_factory=list)
    sites: list[int] = field(default_factory=lambda: [0] * STEPS)

    def __post_init__(self) -> None:
        self.totals = [[0] * STEPS for _ in range(self.days)]
        self.known = [[0] * STEPS for _ in range(self.days)]

    def add(self, days: Sequence[Values], points: Points) -> None:
        """A site without anything usual at a moment is not in the sum of that moment, nor of any day."""
        for step, point in enumerate(points):
            if point is None:
                continue
            self.sites[step] += 1
            for number, values in enumerate(days):
                value = values[step]
                self.totals[number][step] += point.middle if value is None else value
                self.known[number][step] += value is not None

    def points(self) -> Points:
        return usual_points([self._day(number) for number in range(self.days)]) if self.days else [None] * STEPS

    def _day(self, number: int) -> Values:
        steps = zip(self.totals[number], self.known[number], self.sites, strict=True)
        return [total if sites and 2 * known >= sites else None for total, known, sites in steps]


def at_minute(points: Points, minute: float) -> Point | None:
    """Between two ends of quarters in proportion: what adds up over a day must not be measured against the next end."""
    step = min(int(minute // STEP_MIN), STEPS - 1)
    after, before = points[step], points[step - 1] if step else None
    if after is None or before is None:
        return after
    return _between(before, after, minute / STEP_MIN - step)


def _between(before: Point, after: Point, part: float) -> Point:
    middle, low, high = (round(one + (two - one) * part) for one, two in zip(before[:3], after[:3], strict=True))
    return Point(middle, low, high, min(before.days, after.days))
