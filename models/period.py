"""Weeks, months and years of civil days, as they stand in addresses: 2026-11-23, 2026-W48, 2026-11, 2026."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

KINDS = ("day", "week", "month", "year")
_DAY = timedelta(days=1)
_NAME = re.compile(r"(?P<year>19[789]\d|20\d\d)(?:-W(?P<week>\d\d)|-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?", re.ASCII)
"""Of the years that an event can have."""


@dataclass(frozen=True, order=True)
class Period:
    """From `first` up to and without `end`."""

    first: date
    end: date
    kind: str
    name: str

    def days(self) -> Iterator[date]:
        for n in range((self.end - self.first).days):
            yield self.first + n * _DAY

    @property
    def last(self) -> date:
        return self.end - _DAY

    @property
    def before(self) -> "Period":
        """The one of the same kind that ends where this one begins."""
        return holding(self.kind, self.first - _DAY)

    @property
    def after(self) -> "Period":
        return holding(self.kind, self.end)

    def months(self) -> tuple[str, ...]:
        """Names of the months that lie in it whole; a week has none."""
        if self.kind == "month":
            return (self.name,)
        return tuple(f"{self.name}-{month:02d}" for month in range(1, 13)) if self.kind == "year" else ()


def holding(kind: str, day: date) -> Period:
    """The period of this kind that `day` lies in; a week begins on Monday and is named as ISO 8601 does."""
    if kind == "day":
        return Period(day, day + _DAY, kind, day.isoformat())
    if kind == "week":
        year, week, weekday = day.isocalendar()
        monday = day - (weekday - 1) * _DAY
        return Period(monday, monday + 7 * _DAY, kind, f"{year}-W{week:02d}")
    if kind == "month":
        end = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        return Period(day.replace(day=1), end, kind, f"{day:%Y-%m}")
    return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1), kind, str(day.year))


def period_of(name: str) -> Period | None:
    """None for what is no period's name, such as the 53rd week of a year that has 52."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    year, week, month, day = (int(part) if part else None for part in found.group("year", "week", "month", "day"))
    try:
        if week is not None:
            return holding("week", date.fromisocalendar(year or 0, week, 1))
        kind = "day" if day else "month" if month else "year"
        return holding(kind, date(year or 0, 1 if month is None else month, 1 if day is None else day))
    except ValueError:
        return None


def day_named(text: str) -> date | None:
    """A day as it stands in addresses and forms, 2026-11-23; None for what is none."""
    period = period_of(text)
    return period.first if period and period.kind == "day" else None
