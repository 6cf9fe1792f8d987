"""Which morning the simulated district lives in: a working day from 10:30 on, whatever the clock says. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

START = time(10, 30)
FROM, UNTIL = time(9, 0), time(16, 0)
"""Between these the running day goes on; outside them the next start is a new morning."""


@dataclass(frozen=True)
class DayRule:
    """What a calendar's exception says of a date: closed, open, or lived as another weekday."""

    closed: bool = False
    weekday: int | None = None


def is_working(day: datetime, rules: dict[str, DayRule]) -> bool:
    """Monday to Friday, minding holidays and make-up days by ISO date."""
    rule = rules.get(day.date().isoformat(), DayRule())
    return not rule.closed and (day.weekday() if rule.weekday is None else rule.weekday) < 5


def next_morning(after: datetime, rules: dict[str, DayRule]) -> datetime:
    """The first working day's 10:30 that is not before `after`; `after` carries the district's zone."""
    morning = after.replace(hour=START.hour, minute=START.minute, second=0, microsecond=0)
    while morning < after or not is_working(morning, rules):
        morning += timedelta(days=1)
    return morning


def offset_s(real: datetime, kept_s: int | None, rules: dict[str, DayRule]) -> int:
    """Seconds to add to the wall clock: as kept while its day is under way, else to the next morning; never less than kept."""
    if kept_s is None:
        return round((next_morning(real, rules) - real).total_seconds())
    simulated = real + timedelta(seconds=kept_s)
    if is_working(simulated, rules) and FROM <= simulated.timetz().replace(tzinfo=None) < UNTIL:
        return kept_s
    return round((next_morning(simulated, rules) - real).total_seconds())


def read_rules(text: str) -> dict[str, DayRule]:
    """The lines of days.csv that matter here: `date,closed`, `date,open`, `date,as Monday`."""
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    rules: dict[str, DayRule] = {}
    for line in text.splitlines():
        day, _, rule = line.partition("#")[0].strip().partition(",")
        word = rule.strip().lower()
        if word == "closed":
            rules[day.strip()] = DayRule(closed=True)
        elif word.startswith("as ") and word[3:] in names:
            rules[day.strip()] = DayRule(weekday=names.index(word[3:]))
        elif word == "open":
            rules[day.strip()] = DayRule(weekday=0)
    return rules
