"""What days add up to. Every figure is a whole number that may be added; ratios are divided only when they are shown.

So a month is the sum of its days, a year the sum of its months and a street the sum of its sites, to the last digit and in any
order. A block that a day does not report adds nothing, and its own count of days says so: missing is never zero.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace

from models.base import HOUR, MINUTE, Instant
from models.day import DaySummary
from models.day_blocks import Gear, Meals, Residents, Services, Staff, Voice
from models.quality import LAG_EDGES_S
from models.response import Response

_SUMMED = {
    "meals": tuple(one.name for one in fields(Meals)),
    "services": tuple(one.name for one in fields(Services) if one.name != "by_type"),
    "voice": tuple(one.name for one in fields(Voice)),
}
"""Blocks whose fields are sums throughout."""
ANSWERS = "answers."


@dataclass(frozen=True)
class Sums:
    """`n` by name; what is not in it is zero. `people.days`, `meals.days` … count the days that report the block.

    A peak is no sum: the highest of all, and when. `waits`, `closes` and `arrivals` are the lengths from an alarm to its
    acknowledgement, its close and somebody's arrival, in order, so that percentiles of a month are those of its alarms and
    not means of percentiles. They and `answers.…` come from the alarms themselves (`with_response`), not from a summary:
    people answer after a day is summed up.
    """

    n: dict[str, int] = field(default_factory=dict)
    peak: int | None = None
    peak_at: Instant | None = None
    waits: tuple[int, ...] = ()
    closes: tuple[int, ...] = ()
    arrivals: tuple[int, ...] = ()

    def __getitem__(self, name: str) -> int:
        return self.n.get(name, 0)

    def family(self, prefix: str) -> dict[str, int]:
        """The figures below a name, such as `services.late_by.`, without it."""
        return {name.removeprefix(prefix): value for name, value in self.n.items() if name.startswith(prefix)}


def added(parts: Sequence[Sums]) -> Sums:
    """Any number of them, in any order."""
    counted: Counter[str] = Counter()
    for one in parts:
        counted.update(one.n)
    return beside(parts, {name: counted[name] for name in sorted(counted)})


def beside(parts: Sequence[Sums], counted: dict[str, int]) -> Sums:
    """Figures that are added up already, with what is not added: the highest peak, the first time of it, all waits."""
    peaks = sorted((-one.peak, one.peak_at or 0) for one in parts if one.peak is not None)
    lengths = [
        tuple(sorted(length for one in parts for length in getattr(one, name)))
        for name in ("waits", "closes", "arrivals")
    ]
    return Sums(counted, -peaks[0][0] if peaks else None, peaks[0][1] if peaks else None, *lengths)


def with_response(sums: Sums, said: Response | None) -> Sums:
    """With how the alarms of the same days were answered, in place of whatever was known of it before."""
    counted = {name: n for name, n in sums.n.items() if not name.startswith(ANSWERS)}
    if said is None:
        return replace(sums, n=counted, waits=(), closes=(), arrivals=())
    found = {
        "called": said.called, "acknowledged": len(said.acks_us), "unanswered": said.unanswered, "false": said.false,
        "limited": said.limited, "in_limit": said.in_limit,
    }  # fmt: skip
    counted |= {ANSWERS + name: n for name, n in found.items() if n}
    return replace(sums, n=counted, waits=said.acks_us, closes=said.closes_us, arrivals=said.arrivals_us)


def sums_of(day: DaySummary) -> Sums:
    """One day, ready to be added."""
    counted = {name: value for name, value in _figures(day) if value}
    return Sums(counted, day.peak, day.peak_at)


def _figures(day: DaySummary) -> Iterator[tuple[str, int]]:
    yield "days", 1
    yield "days.heard", int(day.minutes_heard > 0)
    yield "minutes", day.minutes
    yield "minutes.heard", min(day.minutes_heard, day.minutes)
    yield "minutes.ours", day.minutes_ours
    yield "days.ours", int(day.is_ours)
    yield "days.closed", int(day.is_closed)
    yield "days.off", int(day.is_off)
    if day.reading:
        yield f"grade.{day.reading.grade}", 1
    yield from _people(day)
    yield from _residents(day.residents)
    for block, names in _SUMMED.items():
        if said := getattr(day, block):
            yield f"{block}.days", 1
            yield from ((f"{block}.{name}", getattr(said, name)) for name in names)
    yield from _by_type(day.services)
    yield from _staff(day.staff, day.residents)
    yield from _safety(day)
    yield from _gear(day.gear)


def _people(day: DaySummary) -> Iterator[tuple[str, int]]:
    if day.person_hours is not None:
        person_us, length = round(day.person_hours * HOUR), day.minutes * MINUTE
        yield "people.days", 1
        yield "people.person_us", person_us
        yield "people.us", length
        if day.capacity:
            yield "load.person_us", person_us
            yield "load.place_us", day.capacity * length
            yield "load.over_days", int((day.peak or 0) > day.capacity)
    if day.visits and day.minutes_heard:
        yield "visits.days", 1
        yield "visits.entries", day.visits.entries
        yield "visits.anonymous", day.visits.anonymous
        yield "visits.named", day.visits.named
        yield "visits.person_days", day.visits.persons or 0
        yield "visits.stays", day.visits.stays
        yield "visits.stay_us", day.visits.stay_us


def _residents(said: Residents | None) -> Iterator[tuple[str, int]]:
    """Bed-days: each day's residents, as the day ended."""
    if said is None:
        return
    yield "residents.days", 1
    for name in ("admitted", "discharged", "died", "transferred", "roll", "in_house", "on_leave", "in_hospital"):
        yield f"residents.{name}", getattr(said, name)
    yield "residents.unbalanced", int(not said.is_balanced)
    if said.beds:
        yield "residents.bed_days", said.beds
        yield "residents.in_beds", said.in_house
        yield "residents.roll_in_beds", said.roll


def _by_type(said: Services | None) -> Iterator[tuple[str, int]]:
    for type_, (planned, done, late, off) in (said.by_type if said else {}).items():
        yield f"planned_by.{type_}", planned
        yield f"done_by.{type_}", done
        yield f"late_by.{type_}", late
        yield f"off_by.{type_}", off


def _staff(said: Staff | None, residents: Residents | None) -> Iterator[tuple[str, int]]:
    if said is None:
        return
    needed = [one for one in said.shifts if one.need is not None]
    yield "staff.days", 1
    yield "staff.care_us", said.care_us
    yield "staff.checks", len(needed)
    yield "staff.short", sum(1 for one in needed if one.care < (one.need or 0))
    if residents and residents.in_house:
        yield "staff.resident_days", residents.in_house
        yield "staff.resident_care_us", said.care_us


def _safety(day: DaySummary) -> Iterator[tuple[str, int]]:
    if day.safety is None:
        return
    yield "safety.days", 1
    for name in ("raised", "open", "incidents", "family_told"):
        yield f"safety.{name}", getattr(day.safety, name)
    yield from ((f"safety.grade_{grade}", n) for grade, n in enumerate(day.safety.by_grade, 1))
    if day.residents:
        yield "residents.falls", day.safety.by_type.get("FALL", 0)
    yield from ((f"alarm_by.{type_}", n) for type_, n in day.safety.by_type.items())


def _gear(said: Gear | None) -> Iterator[tuple[str, int]]:
    if said is None:
        return
    yield "gear.days", 1
    for name in ("open_minutes", "heard_minutes", "late", "wrong_clock", "events", "typed"):
        yield f"gear.{name}", getattr(said, name)
    yield "gear.timed", said.timed
    yield from ((f"gear.over_{edge}", n) for edge, n in zip(LAG_EDGES_S, said.over, strict=True))
    yield "gear.silences", len(said.silences)
    yield "gear.silent_us", sum(until - since for since, until in said.silences)
    yield "gear.ours_us", sum(until - since for since, until in said.ours)
    yield "gear.late_by_us", said.late_by_us
    yield "gear.checks", len(said.checks)
    yield "gear.gap", sum(abs(one.counter - one.staff) for one in said.checks)
    yield "gear.counted", sum(one.staff for one in said.checks)
    yield "gear.below_zero_days", int(bool(said.below_zero))
