"""From when to when a place is open on a date, read from the same rule that the registry is given."""

from datetime import date
from functools import cache

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
ALL_DAY = (0.0, 1440.0)


def open_minutes(rule: str, on: date) -> tuple[float, float] | None:
    """First opening and last closing, in minutes of the day; None: shut. Without a rule a place never shuts."""
    return _week(rule)[on.weekday()] if rule else ALL_DAY


@cache
def _week(rule: str) -> tuple[tuple[float, float] | None, ...]:
    """Of the simple form `Mo-Fr 08:30-11:30,14:30-17:00; Sa 09:00-12:00`."""
    week: list[tuple[float, float] | None] = [None] * 7
    for part in rule.split("; "):
        days, times = part.split(" ")
        first, _, last = days.partition("-")
        begin, end = times.split("-")[0], times.split("-")[-1]
        for index in range(DAYS.index(first), DAYS.index(last or first) + 1):
            week[index] = (_minute(begin), _minute(end))
    return tuple(week)


def _minute(clock: str) -> float:
    hour, minute = clock.split(":")
    return int(hour) * 60.0 + int(minute)
