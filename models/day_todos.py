"""What a day leaves to be done, by rules that can be explained, and what became of the to-dos of the day before."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from models.alarm import grade_of
from models.base import MINUTE, Instant
from models.day import DaySummary
from models.day_blocks import Followed, Todo
from models.day_grade import checked

DEVICE_ALARMS = frozenset(("LOWBAT", "CERT", "CLOCK", "STUCK"))
NOT_FETCHED_PCT = 5
MAKE_UP = "make_up_services"
FOLLOWED_DAYS = 7
"""So long a to-do is asked for that nothing has shown to be done; then it is over, and stands on the sheets of these days."""

Numbers = dict[str, int | float | str]


def _urgent_alarms(day: DaySummary) -> Todo | None:
    open_ = {type_: n for type_, n in day.safety.open_by_type.items() if _is_urgent(type_)} if day.safety else {}
    if not open_:
        return None
    worst = min(open_, key=lambda type_: (grade_of(type_), type_))
    return Todo("close_alarms", "site_manager", 600, "alarms_open", {"n": sum(open_.values()), "type": worst})


def _over_capacity(day: DaySummary) -> Todo | None:
    if day.peak is None or not day.capacity or day.peak <= day.capacity:
        return None
    return Todo(
        "limit_people", "site_manager", 630, "was_over", {"n": day.capacity, "peak": day.peak, "of": day.capacity}
    )


def _missed_services(day: DaySummary) -> Todo | None:
    if day.services is None or not day.services.missed:
        return None
    numbers: Numbers = {"n": day.services.missed, "of": day.services.due}
    return Todo(MAKE_UP, "care_lead", None, "not_done", numbers)


def _few_staff(day: DaySummary) -> Todo | None:
    short = [one for one in day.staff.shifts if one.need is not None and one.care < one.need] if day.staff else []
    if not short:
        return None
    worst = max(short, key=lambda one: (one.need or 0) - one.care)
    numbers: Numbers = {"n": (worst.need or 0) - worst.care, "shift": worst.shift, "care": worst.care}
    return Todo("add_staff", "site_manager", 600, "too_few_staff", numbers | {"need": worst.need or 0})


def _not_fetched(day: DaySummary) -> Todo | None:
    if day.meals is None or not day.meals.ordered:
        return None
    pct = round(100 * day.meals.not_fetched / day.meals.ordered, 1)
    if pct <= NOT_FETCHED_PCT:
        return None
    return Todo("ask_not_fetched", "desk", 660, "not_fetched", {"n": day.meals.not_fetched, "pct": pct})


def _roll_differs(day: DaySummary) -> Todo | None:
    if day.residents is None or day.residents.is_balanced:
        return None
    return Todo("check_roll", "site_manager", 600, "roll_differs", {"n": day.residents.roll})


def _silence(day: DaySummary) -> Todo | None:
    silent = sum(until - since for since, until in day.gear.silences) // MINUTE if day.gear else 0
    return Todo("mend_line", "technician", None, "was_silent", {"minutes": silent}) if silent else None


def _counter_off(day: DaySummary) -> Todo | None:
    gap = checked(day)
    return Todo("set_counter", "technician", None, "counter_off", gap.numbers) if gap and gap.down else None


def _gear_alarms(day: DaySummary) -> Todo | None:
    open_ = {t: n for t, n in day.safety.open_by_type.items() if t in DEVICE_ALARMS} if day.safety else {}
    if not open_:
        return None
    return Todo("mend_gear", "technician", None, "gear_alarms", {"n": sum(open_.values()), "type": min(open_)})


def _is_urgent(type_: str) -> bool:
    return grade_of(type_) <= 2


_ALARMS_OF: dict[str, Callable[[str], bool]] = {"close_alarms": _is_urgent, "mend_gear": DEVICE_ALARMS.__contains__}
"""The to-dos that are about open alarms, and about which."""
_SHOWN_BY: dict[str, Callable[[DaySummary], bool]] = {
    "limit_people": lambda day: day.peak is not None,
    "add_staff": lambda day: day.staff is not None,
    "ask_not_fetched": lambda day: day.meals is not None,
    "check_roll": lambda day: day.residents is not None,
    "set_counter": lambda day: day.gear is not None and bool(day.gear.checks),
    "mend_line": lambda day: day.gear is not None and day.gear.open_minutes > 0,
}
"""Whether a day reports anything by which the others could be seen to be done."""
TODO_RULES: tuple[Callable[[DaySummary], Todo | None], ...] = (
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
ORDER = ("close_alarms", "limit_people", MAKE_UP, "add_staff", "ask_not_fetched", "check_roll", "set_counter", "mend_line",
         "mend_gear")  # fmt: skip
"""What the rules ask for, in the same order."""


# -- what became of yesterday's ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Before:
    """The day before, as far as it has a summary; `end` is where it ended, and this day began.

    `missed`: services that its to-dos asked to make up, and that are neither done nor called off as this day ends.
    """

    summary: DaySummary | None
    end: Instant
    missed: int = 0

    @property
    def todos(self) -> tuple[Todo, ...]:
        return self.summary.reading.todos if self.summary and self.summary.reading else ()

    def since(self, todo: Todo) -> str:
        """The day that asked for it first."""
        return todo.since or (self.summary.day if self.summary else "")


def todos_of(day: DaySummary, before: Before) -> tuple[tuple[Todo, ...], tuple[Followed, ...] | None]:
    """What is to be done after this day, the most urgent first; and the day before's, done or not, None without any summary."""
    found = {todo.what: todo for rule in TODO_RULES if (todo := rule(day))}
    followed = {todo.what: _followed(todo, found, day, before) for todo in before.todos}
    for old in before.todos:
        if not followed[old.what].done and _days(followed[old.what].since, day.day) < FOLLOWED_DAYS:
            todo = found.get(old.what) or _carried(old, followed[old.what])
            found[old.what] = replace(todo, since=followed[old.what].since)
    ranked = sorted(found.values(), key=lambda todo: ORDER.index(todo.what))
    todos = tuple(replace(todo, since=todo.since or day.day) for todo in ranked)
    return todos, tuple(followed.values()) if before.summary and before.summary.reading else None


def _days(since: str, day: str) -> int:
    return (date.fromisoformat(day) - date.fromisoformat(since)).days


def _followed(old: Todo, found: dict[str, Todo], day: DaySummary, before: Before) -> Followed:
    """An alarm is done when it is closed, a service when it is given or called off, anything else when its cause is gone;
    where nothing was reported that could show it, nothing is done."""
    since, numbers = before.since(old), old.numbers
    if old.what in _ALARMS_OF:
        types = [one.type for one in day.safety.open_alarms if one.since < before.end] if day.safety else []
        left = [type_ for type_ in types if _ALARMS_OF[old.what](type_)]
        worst = min(left, key=lambda type_: (grade_of(type_), type_), default="")
        return Followed(old.what, old.owner, since, not left, {"n": len(left), "type": worst} if left else numbers)
    if old.what == MAKE_UP:
        return Followed(
            old.what, old.owner, since, not before.missed, {"n": before.missed} if before.missed else numbers
        )
    now = found.get(old.what)
    is_done = now is None and _SHOWN_BY[old.what](day)
    return Followed(old.what, old.owner, since, is_done, now.numbers if now else numbers)


def _carried(old: Todo, followed: Followed) -> Todo:
    because = "left_undone" if old.what == MAKE_UP else old.because
    return replace(old, because=because, numbers=followed.numbers)
