"""What a day's figures mean: what was unusual, what is open, what to do, and how far the data can be trusted.

Every rule is a small function of the figures, in one of four lists; what it says is a key and its numbers, so each reader
gets it in her own language and can see from which numbers it follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from models.alarm import grade_of
from models.base import HOUR, MINUTE, Instant
from models.day import DaySummary
from models.day_blocks import Gear, Line, Reading, Usual
from models.day_grade import graded, ours_minutes
from models.day_todos import Before, Numbers, todos_of
from models.quality import NO_DELAYS
from models.usual import ENOUGH, spread

MOST_DIFFERENCES, MOST_DO = 3, 3
LEAST_DIFFERENCE_PCT = 5
"""Of few weeks the band is narrow: what lies a little outside of it is no news to anybody."""
LONG_H = 72
"""From so many hours on an age is told in days."""


def figures(day: DaySummary) -> dict[str, float]:
    """The figures that are compared with what is usual, by name; one that is not reported is not there."""
    found: dict[str, float | None] = {"peak": day.peak, "person_hours": day.person_hours}
    if day.visits:
        found |= {"visits": day.visits.entries, "persons": day.visits.persons}
    if day.meals:
        found |= {"lunch": day.meals.lunch_served}
    if day.services:
        found |= {"services": day.services.done}
    if day.residents:
        found |= {"in_house": day.residents.in_house}
    return {name: value for name, value in found.items() if value is not None}


def usual_of(values: Sequence[float]) -> Usual | None:
    """The middle and the spread, as the live screens have them; None of too few days."""
    if len(values) < ENOUGH:
        return None
    low, middle, high = spread(values)
    return Usual(len(values), low, middle, high)


def usual_figures(past: Sequence[DaySummary]) -> dict[str, Usual]:
    all_past = [figures(day) for day in past]
    names = dict.fromkeys(name for day in all_past for name in day)
    made = {name: usual_of([day[name] for day in all_past if name in day]) for name in names}
    return {name: usual for name, usual in made.items() if usual}


def usual_hours(past: Sequence[DaySummary], count: int) -> tuple[Usual | None, ...]:
    """People at the end of each hour. Of a day with another number of hours only those that both have."""
    return tuple(
        usual_of([day.hours[hour] or 0 for day in past if hour < len(day.hours) and day.hours[hour] is not None])
        for hour in range(count)
    )


# -- three sentences --------------------------------------------------------------------------------------------------------


def differences(day: DaySummary, usual: Mapping[str, Usual]) -> tuple[Line, ...]:
    """The figures that lie outside what is usual, the farthest first; what was over capacity before them, and before all that
    we ourselves did not listen: then any of them may say too little."""
    if day.is_ours:
        return (Line("ours_all_day"),)
    if day.is_closed:
        return (Line("closed"),)
    if not day.minutes_heard:
        return (Line("nothing_heard"),)
    lines = [Line("ours", {"minutes": minutes})] if (minutes := ours_minutes(day)) else []
    if day.peak is not None and day.capacity and day.peak > day.capacity:
        lines.append(Line("over", {"peak": day.peak, "of": day.capacity, "at": day.peak_at or 0}))
    outside = []
    for name, value in figures(day).items():
        if name in usual and name != "person_hours" and not usual[name].low <= value <= usual[name].high:
            far = _far(value, usual[name].middle)
            outside += [(far, name, value)] if abs(far) >= LEAST_DIFFERENCE_PCT else []
    for far, name, value in sorted(outside, key=lambda one: (-abs(one[0]), one[1]))[:MOST_DIFFERENCES]:
        numbers: Numbers = {"figure": name, "n": value, "usual": usual[name].middle, "pct": abs(far)}
        lines.append(Line("more" if far > 0 else "less", numbers))
    return tuple(lines) or (Line("as_usual" if usual else "no_usual"),)


def _far(value: float, middle: float) -> int:
    """In per cent of the middle; the sign says in which direction."""
    if value == middle:
        return 0
    return round(100 * (value - middle) / abs(middle)) or (1 if value > middle else -1) if middle else 100


def _still_open(day: DaySummary, end: Instant) -> tuple[Line, ...]:
    """As the day ends, whenever it began."""
    lines = []
    if day.safety and day.safety.open_alarms:
        worst = min((one.type for one in day.safety.open_alarms), key=lambda type_: (grade_of(type_), type_))
        oldest = min(one.since for one in day.safety.open_alarms)
        hours = (end - oldest) // HOUR
        age: Numbers = {"hours": hours} if hours < LONG_H else {"days": hours // 24}
        name = "alarms_open" if hours < LONG_H else "alarms_open_long"
        numbers: Numbers = {"n": day.safety.open, "type": worst}
        lines.append(Line(name, numbers | age))
    if day.services and day.services.missed:
        lines.append(Line("services", {"n": day.services.missed}))
    if day.residents is None and day.people_at_end:
        lines.append(Line("inside", {"n": day.people_at_end}))
    return tuple(lines) or (Line("nothing"),)


def read(day: DaySummary, past: Sequence[DaySummary], before: Before) -> Reading:
    """`past` are the last days lived as the same weekday, as far as they have summaries."""
    usual = usual_figures(past)
    todos, followed = todos_of(day, before)
    grade, reasons = graded(day)
    return Reading(
        grade=grade,
        reasons=reasons,
        usual=usual,
        usual_hours=usual_hours(past, len(day.hours)),
        differs=differences(day, usual),
        open=_still_open(day, before.end + day.minutes * MINUTE),
        do=tuple(Line(todo.what, todo.numbers) for todo in todos[:MOST_DO])
        or (Line("nothing" if day.asks_for_name else "nothing_due"),),
        todos=todos,
        before=followed,
    )


def facts_of(day: DaySummary) -> DaySummary:
    """What two versions differ by: not what was read into it, and not how much came late, which alone is no news."""
    return replace(day, reading=None, gear=_arrived_whenever(day.gear) if day.gear else None)


def _arrived_whenever(gear: Gear) -> Gear:
    return replace(gear, late=0, late_by_us=0, events=0, timed=0, over=NO_DELAYS)
