"""Why services were late: the first of some rules that is true of each, so that anybody can check it. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.report_rows import LateCause
from models.availability import Span
from models.base import HOUR, MINUTE, Instant
from models.day import DaySummary

CAUSES = (
    "called_off",
    "line_silent",
    "our_outage",
    "held_up",
    "too_few_staff",
    "never_begun",
    "over_an_hour",
    "within_an_hour",
)
"""In the order in which they are asked."""
CHECK_REACH = 4 * HOUR
"""A shift's check speaks for so long before and after it."""


@dataclass(frozen=True, slots=True)
class Due:
    due_at: Instant
    started_at: Instant | None
    completed_at: Instant | None
    worker: str | None
    off: bool = False
    """Called off by the provider or the system."""


def late_causes(
    given: Sequence[Due], days: Sequence[DaySummary], on_time: Instant, end: Instant
) -> tuple[LateCause, ...]:
    """`given` were planned, and not called off by the elder. The most frequent first."""
    silences = sorted(span for day in days if day.gear for span in day.gear.silences)
    ours = sorted(span for day in days if day.gear for span in day.gear.ours)
    short = [one.at for day in days if day.staff for one in day.staff.shifts if one.need and one.care < one.need]
    ended = _by_worker(given)
    found: dict[str, list[int]] = defaultdict(list)
    for one in given:
        late_min = _late_min(one, on_time, end)
        if late_min is not None:
            found[_cause(one, late_min, (silences, ours), short, ended)].append(late_min)
    made = [LateCause(cause, len(found[cause]), max(found[cause])) for cause in CAUSES if found[cause]]
    return tuple(sorted(made, key=lambda one: -one.n))


def _late_min(one: Due, on_time: Instant, end: Instant) -> int | None:
    """Minutes after its time; None for one in time, or not due yet. As the day counts it: an end without a start is in time."""
    if one.started_at is None and one.completed_at is not None:
        return None
    by = (end if one.started_at is None else one.started_at) - one.due_at
    return by // MINUTE if by > on_time else None


def _cause(
    one: Due,
    late_min: int,
    unheard: tuple[Sequence[Span], Sequence[Span]],
    short: Sequence[Instant],
    ended: Mapping[str, list[tuple[Instant, Instant]]],
) -> str:
    if one.off:
        return "called_off"
    for cause, spans in zip(("line_silent", "our_outage"), unheard, strict=True):
        at = bisect_right(spans, (one.due_at, one.due_at + 10**18)) - 1
        if at >= 0 and spans[at][0] <= one.due_at < spans[at][1]:
            return cause
    if any(since < one.due_at < until for since, until in ended.get(one.worker or "", ())):
        return "held_up"
    if any(abs(one.due_at - check) <= CHECK_REACH for check in short):
        return "too_few_staff"
    if one.started_at is None:
        return "never_begun"
    return "over_an_hour" if late_min > 60 else "within_an_hour"


def _by_worker(given: Sequence[Due]) -> dict[str, list[tuple[Instant, Instant]]]:
    """When each worker was busy with a service that had begun before."""
    busy: dict[str, list[tuple[Instant, Instant]]] = defaultdict(list)
    for one in given:
        if one.worker and one.started_at is not None and one.completed_at is not None:
            busy[one.worker].append((one.started_at, one.completed_at))
    return busy
