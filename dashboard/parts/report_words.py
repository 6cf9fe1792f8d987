"""How a period and its figures are written: its name, and how a figure stands against the period before."""

from collections.abc import Mapping
from datetime import date

from dashboard.day_rows import DayLine
from dashboard.parts.day_words import MISSING, number
from dashboard.words import Speech
from models.period import Period

SUMS = ("n", "pair", "fen", "us")
"""Units of which twice as many days have twice as much: they are compared by the day."""
RATIOS = ("mean", "mean_fen", "per")
EXTREMES = frozenset(
    ("highest", "ack_p50", "ack_p90", "arrive_p50", "arrive_p90", "close_p50", "close_p90", "lag_p95", "open")
)
"""Figures of such a unit that do not grow with the days."""


def period_name(say: Speech, period: Period) -> str:
    """2026 年第 48 周, November 2026, 2026."""
    if period.kind == "week":
        year, week = period.name.split("-W")
        return say("report.week", year=year, n=int(week))
    if period.kind == "month":
        return say("report.month", year=period.first.year, month=say(f"day.month.{period.first.month}"))
    return say("report.year", year=period.name) if period.kind == "year" else day_name(say, period.name)


def day_name(say: Speech, day: str) -> str:
    """A day within a report: 11-23 周一."""
    return f"{day[5:]} {say(f'report.weekday.{date.fromisoformat(day).weekday()}')}"


def change(say: Speech, line: DayLine, before: Mapping[tuple[str, str], DayLine], days: int, days_before: int) -> str:
    """+12 %, −0.4 pt; a dash where there is nothing to compare with."""
    old = before.get((line.block, line.name))
    if old is None or line.value is None or old.value is None or line.unit == "moment":
        return MISSING
    if line.unit == "rate":
        if not line.of or not old.of:
            return MISSING
        return say("report.points", n=_signed(100 * line.value / line.of - 100 * old.value / old.of, 1))
    if line.unit in RATIOS:
        return _by(line.value / line.of, old.value / old.of) if line.of and old.of else MISSING
    if line.unit not in SUMS:
        return MISSING
    if line.name in EXTREMES:
        return _by(line.value, old.value)
    return _by(line.value / days, old.value / days_before) if days and days_before else MISSING


def _by(value: float, old: float) -> str:
    return f"{_signed(100 * (value - old) / old, 0)} %" if old else MISSING


def _signed(value: float, digits: int) -> str:
    rounded = round(value, digits) if digits else round(value)
    return f"+{number(rounded)}" if rounded > 0 else number(rounded or 0)
