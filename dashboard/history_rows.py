"""What the page of histories shows: frozen rows, and what an address asks of it."""

from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.rows import Instant

STEPS = ("5m", "hour", "day", "month")
LONGEST_DAYS = {"5m": 14, "hour": 400, "day": 1_830, "month": 3_660}
"""Of a site."""
LONGEST_OF_MANY = {"5m": 2}
"""Of a street or of the district, where it is less: slots are read of every site."""
AGAINST = ("before", "year")
YEAR_BACK = timedelta(weeks=52)
"""The same weekdays a year ago."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`of` and `against` are '' (all she sees; nothing), `street:CODE` or `site:ID`; `against` also `before`, `year`."""

    of: str
    first: date
    last: date
    step: str
    against: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def moved(self) -> "Asked":
        """The time that it is compared with."""
        back = timedelta(days=self.days) if self.against == "before" else YEAR_BACK
        return Asked(self.of, self.first - back, self.last - back, self.step)


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """`people` is the average over the step, None where nothing was heard; coverage 0..1 of what is over of it.

    `lowest` and `highest`: of a site its own, of many sites those of their hourly averages. `heard` and `sites` of many only.
    """

    at: Instant
    people: float | None
    lowest: float | None
    highest: float | None
    came: int | None
    went: int | None
    coverage: float
    heard: int | None = None
    sites: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    scope: str
    name_zh: str
    name_en: str
    first: date
    last: date
    start: Instant
    end: Instant
    points: tuple[HistoryPoint, ...]
    whole: HistoryPoint
    """The same of the whole time."""


@dataclass(frozen=True, slots=True)
class HistoryRows:
    asked: Asked
    series: tuple[Series, ...]
    """One, or two that are compared."""
    choices: tuple[tuple[str, str, str], ...]
    """(value, name in Chinese, in English) of what the viewer may ask for."""
    today: date
    as_of: Instant


class NotAsked(Exception):
    """The address asks for what cannot be; the message is a key below `history.wrong.`."""
