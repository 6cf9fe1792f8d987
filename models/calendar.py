"""The exceptions of the calendar as people write them: `days.csv`, text in, days out."""

from datetime import date
from pathlib import Path

from models.civil_day import DayException, Exceptions

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALLOWED = f"allowed: open, closed, or `as` with one of {', '.join(WEEKDAYS)}"
_RULES = {"open": DayException(open=True), "closed": DayException(open=False)} | {
    f"as {name.lower()}": DayException(as_weekday=number) for number, name in enumerate(WEEKDAYS)
}


class CalendarRefused(Exception):
    """Every wrong line, one a row of the message."""


def exceptions_of(days_file: str) -> Exceptions:
    """Of the file that the configuration names; none where it names none, or there is none. Raises CalendarRefused."""
    path = Path(days_file)
    return read_exceptions(path.read_text(encoding="utf-8")) if days_file and path.is_file() else {}


def read_exceptions(text: str) -> Exceptions:
    """The days of a `days.csv`: a header `date,rule`, a line a day, `#` begins a line of comment.

    Raises CalendarRefused, naming every wrong line.
    """
    days: Exceptions = {}
    wrong: list[str] = []
    for number, line in _lines(text, wrong):
        day, fault = _day_in(line, days)
        if fault:
            wrong.append(f"line {number}: {fault}")
        elif day:
            days[day] = _RULES[_rule_in(line)]
    if wrong:
        raise CalendarRefused("\n".join(wrong))
    return days


def _lines(text: str, wrong: list[str]) -> list[tuple[int, str]]:
    """What follows the header, without comments and empty lines."""
    said = [(number, line.strip()) for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1)]
    said = [(number, line) for number, line in said if line and not line.startswith("#")]
    if not said:
        return []
    number, header = said[0]
    if [cell.strip() for cell in header.split(",")] != ["date", "rule"]:
        wrong.append(f"line {number}: the header is {header!r}; allowed: date,rule")
    return said[1:]


def _day_in(line: str, known: Exceptions) -> tuple[date | None, str | None]:
    """(day, None) of a good line, (None, fault) of a wrong one."""
    written, comma, rule = (part.strip() for part in line.partition(","))
    if not comma:
        return None, f"{line!r} has one cell; allowed: date,rule"
    day = _date_in(written)
    if day is None:
        return None, f"date is {written!r}; allowed: a date such as 2026-10-01"
    if day in known:
        return None, f"date {day} stands twice"
    return (day, None) if _rule_in(line) in _RULES else (None, f"rule is {rule!r}; {ALLOWED}")


def _date_in(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    # The library also takes 20261001 and 2026-W40-4, which people mistake.
    return day if day.isoformat() == written else None


def _rule_in(line: str) -> str:
    return " ".join(line.partition(",")[2].lower().split())
