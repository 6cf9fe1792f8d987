"""What a day's figures mean: what was unusual, what is open, what to do, and how far the data can be trusted.

Every rule is a small function of the figures, in one of four lists; what it says is a key and its numbers, so each reader
gets it in her own language and can see from which numbers it follows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from models.alarm import grade_of
from models.base import MINUTE
from models.day import DaySummary
from models.day_blocks import Line, Reading, Reason, Todo, Usual

ENOUGH, TRIMMED_FROM = 3, 6
"""Days below which nothing is called usual; from how many on the extremes are left out of the spread."""
MOST_DIFFERENCES, MOST_TODOS = 3, 5
DEVICE_ALARMS = frozenset(("LOWBAT", "CERT", "CLOCK", "STUCK"))
NOT_FETCHED_PCT, GAP_PCT, GAP_PCT_BAD, TYPED_PCT, TYPED_PCT_BAD = 5, 5, 15, 20, 50
SILENT_MIN_BAD = 120

Numbers = dict[str, int | float | str]


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
    """The middle and the spread; None of too few."""
    if len(values) < ENOUGH:
        return None
    ranked = sorted(values)
    inner = ranked[1:-1] if len(ranked) >= TRIMMED_FROM else ranked
    return Usual(len(ranked), inner[0], median(ranked), inner[-1])


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


# -- how far the data can be trusted ----------------------------------------------------------------------------------------


def _heard(day: DaySummary) -> Reason | None:
    if day.gear is None or day.gear.open_minutes == 0:
        return None
    silent = sum(until - since for since, until in day.gear.silences) // MINUTE
    longest = max(((until - since) // MINUTE for since, until in day.gear.silences), default=0)
    down = 2 if silent > SILENT_MIN_BAD or not day.gear.heard_minutes else 1 if silent else 0
    return Reason("silent" if silent else "heard", down, {"minutes": silent, "longest": longest})


def _checked(day: DaySummary) -> Reason | None:
    if day.gear is None or not day.gear.checks:
        return None
    worst = max(day.gear.checks, key=lambda check: (_gap_pct(check.counter, check.staff), check.at))
    pct = _gap_pct(worst.counter, worst.staff)
    down = 2 if pct > GAP_PCT_BAD else 1 if pct > GAP_PCT else 0
    return Reason("gap", down, {"gap": worst.counter - worst.staff, "pct": pct, "area": worst.area})


def _gap_pct(counter: int, by_hand: int) -> float:
    return round(100 * abs(counter - by_hand) / max(by_hand, 1), 1)


def _typed(day: DaySummary) -> Reason | None:
    if day.gear is None or not day.gear.events:
        return None
    pct = round(100 * day.gear.typed / day.gear.events, 1)
    return Reason("typed", 2 if pct > TYPED_PCT_BAD else 1 if pct > TYPED_PCT else 0, {"n": day.gear.typed, "pct": pct})


def _clocks(day: DaySummary) -> Reason | None:
    wrong = day.gear.wrong_clock if day.gear else 0
    return Reason("clock", 1, {"n": wrong}) if wrong else None


def _below_zero(day: DaySummary) -> Reason | None:
    areas = day.gear.below_zero if day.gear else ()
    return Reason("below_zero", 1, {"n": len(areas), "area": areas[0]}) if areas else None


GRADE_RULES: tuple[Callable[[DaySummary], Reason | None], ...] = (_heard, _checked, _typed, _clocks, _below_zero)


def graded(day: DaySummary) -> tuple[str, tuple[Reason, ...]]:
    """A, B or C, and every rule that had anything to judge by; a day in which nothing was heard is C."""
    reasons = tuple(reason for rule in GRADE_RULES if (reason := rule(day)))
    down = sum(reason.down for reason in reasons) if day.minutes_heard else 2
    return "ABC"[min(down, 2)], reasons


# -- what to do -------------------------------------------------------------------------------------------------------------


def _urgent_alarms(day: DaySummary, _usual: Mapping[str, Usual]) -> Todo | None:
    open_ = {type_: n for type_, n in day.safety.open_by_type.items() if grade_of(type_) <= 2} if day.safety else {}
    if not open_:
        return None
    worst = min(open_, key=lambda type_: (grade_of(type_), type_))
    return Todo("close_alarms", "site_manager", 600, "alarms_open", {"n": sum(open_.values()), "type": worst})


def _over_capacity(day: DaySummary, _usual: Mapping[str, Usual]) -> Todo | None:
    if day.peak is None or not day.capacity or day.peak <= day.capacity:
        return None
    return Todo(
        "limit_people", "site_manager", 630, "was_over", {"n": day.capacity, "peak": day.peak, "of": day.capacity}
    )


def _missed_services(day: DaySummary, _usual: Mapping[str, Usual]) -> Todo | None:
    missed = day.services.due - day.services.done if day.services else 0
    if missed <= 0 or day.services is None:
        return None
    return Todo("make_up_services", "care_lead", None, "not_done", {"n": missed, "of": day.services.due})


def _few_staff(day: DaySummary, _usual: Mapping[str, Usual]) -> Todo | None:
    short = [one for one in day.staff.shifts if one.need is not None and one.care < one.need] if day.staff else []
    if not short:
        return None
    worst = max(short, key=lambda one: (one.need or 0) - one.care)
    numbers: Numbers = {"n": (worst.need or 0) - worst.care, "shift": worst.shift, "care": worst.care}
    return Todo("add_staff", "site_manager", 600, "too_few_staff", numbers | {"need": worst.need or 0})


def _not_fetched(day: DaySummary, _usual: Mapping[str, Usual]) -> Todo | None:
    if day.meals is None or not day.meals.ordered:
        return None
    pct = round(100 * day.meals.not_fetched / day.meals.ordered, 1)
    if pct <= NOT_FETCHED_PCT:
        return None
    return Todo("ask_not_fetched", "desk", 660, "not_fetched", {"n": day.meals.not_fetched, "pct": pct})


def _roll_differs(day: DaySummary, _usual: Mapping[str, Usual]) -> Todo | None:
    if day.residents is None or day.residents.is_balanced:
        return None
    return Todo("check_roll", "site_manager", 600, "roll_differs", {"n": day.residents.roll})


def _silence(day: DaySummary, _usual: Mapping[str, Usual]) -> Todo | None:
    silent = sum(until - since for since, until in day.gear.silences) // MINUTE if day.gear else 0
    return Todo("mend_line", "technician", None, "was_silent", {"minutes": silent}) if silent else None


def _counter_off(day: DaySummary, _usual: Mapping[str, Usual]) -> Todo | None:
    checked = _checked(day)
    return Todo("set_counter", "technician", None, "counter_off", checked.numbers) if checked and checked.down else None


def _gear_alarms(day: DaySummary, _usual: Mapping[str, Usual]) -> Todo | None:
    open_ = {t: n for t, n in day.safety.open_by_type.items() if t in DEVICE_ALARMS} if day.safety else {}
    if not open_:
        return None
    return Todo("mend_gear", "technician", None, "gear_alarms", {"n": sum(open_.values()), "type": min(open_)})


TODO_RULES: tuple[Callable[[DaySummary, Mapping[str, Usual]], Todo | None], ...] = (
    _urgent_alarms,
    _over_capacity,
    _missed_services,
    _few_staff,
    _not_fetched,
    _roll_differs,
    _counter_off,
    _silence,
    _gear_alarms,
)
"""In order of urgency."""


# -- three sentences --------------------------------------------------------------------------------------------------------


def differences(day: DaySummary, usual: Mapping[str, Usual]) -> tuple[Line, ...]:
    """The figures that lie outside what is usual, the farthest first; what was over capacity before them."""
    lines = []
    if day.peak is not None and day.capacity and day.peak > day.capacity:
        lines.append(Line("over", {"peak": day.peak, "of": day.capacity, "at": day.peak_at or 0}))
    outside = []
    for name, value in figures(day).items():
        if name in usual and name != "person_hours" and not usual[name].low <= value <= usual[name].high:
            outside.append((_far(value, usual[name].middle), name, value))
    for far, name, value in sorted(outside, key=lambda one: (-abs(one[0]), one[1]))[:MOST_DIFFERENCES]:
        numbers: Numbers = {"figure": name, "n": value, "usual": usual[name].middle, "pct": abs(far)}
        lines.append(Line("more" if far > 0 else "less", numbers))
    if not day.minutes_heard:
        return (Line("nothing_heard"),)
    return tuple(lines) or (Line("as_usual" if usual else "no_usual"),)


def _far(value: float, middle: float) -> int:
    """In per cent of the middle; the sign says in which direction."""
    if value == middle:
        return 0
    return round(100 * (value - middle) / abs(middle)) or (1 if value > middle else -1) if middle else 100


def _still_open(day: DaySummary) -> tuple[Line, ...]:
    lines = []
    if day.safety and day.safety.open:
        worst = min(day.safety.open_by_type, key=lambda type_: (grade_of(type_), type_))
        lines.append(Line("alarms", {"n": day.safety.open, "type": worst}))
    if day.services and day.services.due > day.services.done:
        lines.append(Line("services", {"n": day.services.due - day.services.done}))
    if day.residents is None and day.people_at_end:
        lines.append(Line("inside", {"n": day.people_at_end}))
    return tuple(lines) or (Line("nothing"),)


def read(day: DaySummary, past: Sequence[DaySummary], before: DaySummary | None) -> Reading:
    """`past` are the last same weekdays, `before` is the day before, as far as they have summaries."""
    usual = usual_figures(past)
    todos = tuple(todo for rule in TODO_RULES if (todo := rule(day, usual)))[:MOST_TODOS]
    grade, reasons = graded(day)
    still = {todo.what for todo in todos}
    old = [todo.what for todo in before.reading.todos] if before and before.reading else None
    return Reading(
        grade=grade,
        reasons=reasons,
        usual=usual,
        usual_hours=usual_hours(past, len(day.hours)),
        differs=differences(day, usual),
        open=_still_open(day),
        do=tuple(Line(todo.what, todo.numbers) for todo in todos[:3]) or (Line("nothing"),),
        todos=todos,
        before_done=None if old is None else sum(1 for what in old if what not in still),
        before_open=None if old is None else sum(1 for what in old if what in still),
    )


def facts_of(day: DaySummary) -> DaySummary:
    """What two versions differ by: not what was read into it, and not how much came late, which alone is no news."""
    return replace(day, reading=None, gear=replace(day.gear, late=0, events=0) if day.gear else None)
