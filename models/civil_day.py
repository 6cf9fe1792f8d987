"""Which local day an instant belongs to, and when a place is open: the only file that knows time zones.

A day is the half-open interval between two local midnights; on a night when the clocks change it is 23 or 25 hours long.
Days never overlap and leave nothing out, also where a clock goes back over midnight or midnight does not exist.
The days of a site whose night shift belongs to the day that it began on are the same between two mornings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]  # its stubs leave the error out

from models.base import HOUR, MINUTE, Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
Begins = tuple[tuple[date, int], ...]
"""From which day on the days of a site begin so many minutes after midnight on the wall, in order; before that at midnight."""
AT_MIDNIGHT: Begins = ()
NEVER_OPEN = 'off "closed for good"'
"""The opening hours of a site that is no more: every rule and every screen takes it for what it is, and no door opens it."""


def to_datetime(at: Instant) -> datetime:
    """UTC; exact, where a float of seconds would lose microseconds."""
    return _EPOCH + timedelta(microseconds=at)


def to_instant(moment: datetime) -> Instant:
    """`moment` must carry a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _local(at: Instant, zone: str) -> datetime:
    return to_datetime(at).astimezone(ZoneInfo(zone))


@lru_cache(maxsize=4096)
def wall_clock(at: Instant, zone: str) -> str:
    """For people: date and minute as a clock at the district shows them."""
    return _local(at, zone).strftime("%Y-%m-%d %H:%M")


def day_of(at: Instant, zone: str, begins: Begins = AT_MIDNIGHT) -> date:
    """The day whose bounds hold `at`: the latest that has begun, whatever date a clock that went back over it shows."""
    day = _local(at, zone).date() + _DAY
    while at < _begin_of(day, zone, minutes_on(day, begins)):
        day -= _DAY
    return day


def day_bounds(day: date, zone: str, begins: Begins = AT_MIDNIGHT) -> tuple[Instant, Instant]:
    """First instant of the day and of the next one. Where its first minute does not exist, it begins after the gap."""
    after = day + _DAY
    return _begin_of(day, zone, minutes_on(day, begins)), _begin_of(after, zone, minutes_on(after, begins))


def minutes_on(day: date, begins: Begins) -> int:
    """After midnight, at which this day begins."""
    return next((minutes for since, minutes in reversed(begins) if since <= day), 0)


def wall_moment(shown: datetime, zone: str) -> Instant:
    """When a clock on the wall shows this; of a time that comes twice the first. Raises ValueError where it has a zone."""
    if shown.tzinfo is not None:
        raise ValueError("a zone of its own")
    return to_instant(shown.replace(tzinfo=ZoneInfo(zone)))


def clock_on(day: date, clock: str, zone: str) -> Instant:
    """When a clock on the wall shows `HH:MM` on this date; of a time that comes twice the first."""
    return to_instant(datetime.combine(day, time.fromisoformat(clock), tzinfo=ZoneInfo(zone)))


def clock_within(bounds: tuple[Instant, Instant], minute: int, zone: str) -> Instant | None:
    """The first moment of a day at which a clock on the wall shows so many minutes after midnight; None: it has none."""
    first = _local(bounds[0], zone).date()
    moments = (clock_on(day, f"{minute // 60:02d}:{minute % 60:02d}", zone) for day in (first, first + _DAY))
    return next((at for at in moments if bounds[0] <= at < bounds[1]), None)


def clock_before(at: Instant, clock: str, zone: str) -> Instant:
    """The latest moment up to `at` at which a clock on the wall shows `HH:MM`."""
    today = _local(at, zone).date()
    moment = clock_on(today, clock, zone)
    return moment if moment <= at else clock_on(today - _DAY, clock, zone)


def wall_steps(day: date, zone: str, minutes: int) -> list[tuple[Instant, Instant] | None]:
    """Begin and end of each step of the day as a clock on the wall shows it, the same number of them on every day.

    A step that the clock leaves out is None; of one that comes twice the first counts.
    """
    return [_wall_step(day, zone, minute, minutes) for minute in range(0, 24 * 60, minutes)]


@lru_cache(maxsize=8192)
def _wall_step(day: date, zone: str, minute: int, minutes: int) -> tuple[Instant, Instant] | None:
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=ZoneInfo(zone))
    at = to_instant(wall)
    exists = _shown(at, zone) == wall.replace(tzinfo=None)
    return (at, at + minutes * MINUTE) if exists else None


def wall_later(at: Instant, by: Instant, zone: str) -> Instant:
    """When a clock on the wall shows so much more than it does at `at`, whatever it is set by between."""
    later = at + by
    offsets = [_local(one, zone).utcoffset() or timedelta() for one in (at, later)]
    return later - round((offsets[1] - offsets[0]) / timedelta(microseconds=1))


def minute_of_day(at: Instant, zone: str) -> float:
    """Minutes since midnight as a clock on the wall shows them."""
    shown = _local(at, zone)
    return shown.hour * 60 + shown.minute + shown.second / 60


@lru_cache(maxsize=8192)
def _begin_of(day: date, zone: str, minutes: int) -> Instant:
    wall = datetime.combine(day, time(minutes // 60, minutes % 60))
    # fold=0 takes the first of two such times; in a gap it gives an instant that the wall shows as another time.
    at = to_instant(wall.replace(tzinfo=ZoneInfo(zone)))
    if _shown(at, zone) == wall:
        return at
    at = _end_of_gap(wall, zone, at)
    # A day that the calendar left out altogether is over as it begins, and takes nothing from its neighbours.
    return at if _shown(at, zone).date() == day else _begin_of(day + _DAY, zone, minutes)


def _shown(at: Instant, zone: str) -> datetime:
    """By a clock on the wall."""
    return _local(at, zone).replace(tzinfo=None)


def _end_of_gap(wall: datetime, zone: str, inside: Instant) -> Instant:
    """The gap lies at most a day back (Samoa left out a whole one): look for the instant at which `wall` is passed."""
    low, high = inside - 26 * HOUR, inside
    while low < high:
        middle = (low + high) // 2
        if _shown(middle, zone) >= wall:
            high = middle
        else:
            low = middle + 1
    return low


@dataclass(frozen=True)
class DayException:
    """One line of `days.csv`: the whole day open or closed, or lived as another weekday (0 is Monday)."""

    open: bool | None = None
    as_weekday: int | None = None


Exceptions = dict[date, DayException]


@lru_cache(maxsize=1024)
def _parsed(rule: str) -> OpeningHours:
    return OpeningHours(rule)


def rule_fault(rule: str) -> str | None:
    """What is wrong with opening hours, None if they can be read; '' means always open."""
    if not rule:
        return None
    try:
        _parsed(rule)
    except ParserError as error:
        where = str(error).partition("-->")[2].split()
        return f"not opening_hours syntax at character {where[0].partition(':')[2]}" if where else "unreadable"
    return None


def _is_open_locally(rule: str, wall: datetime, exceptions: Exceptions) -> bool:
    exception = exceptions.get(wall.date())
    if exception and exception.open is not None:
        return exception.open
    return bool(_parsed(rule).is_open(wall + _shift(wall.date(), exceptions)))


def _shift(day: date, exceptions: Exceptions) -> timedelta:
    """From a day to the one of the same week whose hours it keeps."""
    exception = exceptions.get(day)
    if exception is None or exception.as_weekday is None:
        return timedelta(0)
    return timedelta(days=exception.as_weekday - day.weekday())


def is_scheduled_open(rule: str, at: Instant, zone: str, exceptions: Exceptions) -> bool:
    """Whether the opening hours say open; without a rule a place is always open."""
    return not rule or (
        rule != NEVER_OPEN and _is_open_locally(rule, _local(at, zone).replace(tzinfo=None), exceptions)
    )


def next_change(rule: str, at: Instant, zone: str, exceptions: Exceptions, horizon_days: int = 14) -> Instant | None:
    """The next instant after `at` at which the schedule opens or closes; None: not within the horizon."""
    if not rule:
        return None
    wall = _local(at, zone).replace(tzinfo=None)
    before = _is_open_locally(rule, wall, exceptions)
    for moment in _change_points(rule, wall.date(), horizon_days, exceptions):
        if moment > wall and _is_open_locally(rule, moment, exceptions) != before:
            return _after(at, moment, zone)
    return None


def last_change(rule: str, at: Instant, zone: str, exceptions: Exceptions) -> Instant | None:
    """The latest instant of the last day, up to `at`, at which the schedule opened or closed; None: it did neither."""
    found, moment = None, next_change(rule, at - 24 * HOUR, zone, exceptions, 1)
    while moment is not None and moment <= at:
        found, moment = moment, next_change(rule, moment, zone, exceptions, 1)
    return found


def _after(at: Instant, wall: datetime, zone: str) -> Instant:
    """When the wall shows this next: on the night when an hour comes twice, its first coming may be over."""
    first = to_instant(wall.replace(tzinfo=ZoneInfo(zone)))
    return first if first > at else to_instant(wall.replace(tzinfo=ZoneInfo(zone), fold=1))


def _change_points(rule: str, first: date, horizon_days: int, exceptions: Exceptions) -> Iterator[datetime]:
    """Midnights and the rule's own changes of each day, as each exception makes that day be lived."""
    for offset in range(horizon_days + 1):
        midnight = datetime.combine(first + timedelta(days=offset), time(0))
        shift = _shift(midnight.date(), exceptions)
        yield midnight
        for moment in _changes_of_day(rule, midnight + shift):
            yield moment - shift


@lru_cache(maxsize=4096)
def _changes_of_day(rule: str, midnight: datetime) -> tuple[datetime, ...]:
    changes: list[datetime] = []
    moment = _parsed(rule).next_change(midnight)
    while moment is not None and moment < midnight + _DAY:
        changes.append(moment)
        moment = _parsed(rule).next_change(moment)
    return tuple(changes)


def open_spans(rule: str, day: date) -> tuple[tuple[str, str], ...]:
    """(from, until) on the wall of one day, as `08:30`, `24:00`; without the calendar's exceptions."""
    if not rule:
        return (("00:00", "24:00"),)
    midnight = datetime.combine(day, time(0))
    edges = sorted({midnight, *_changes_of_day(rule, midnight), midnight + _DAY})
    return tuple(
        (begin.strftime("%H:%M"), "24:00" if end == midnight + _DAY else end.strftime("%H:%M"))
        for begin, end in pairwise(edges)
        if _parsed(rule).is_open(begin)
    )


def day_spans(rule: str, day: date, exceptions: Exceptions) -> tuple[tuple[str, str], ...]:
    """The same as the calendar lets the day be lived."""
    exception = exceptions.get(day)
    if rule and exception and exception.open is not None:
        return (("00:00", "24:00"),) if exception.open and rule != NEVER_OPEN else ()
    return open_spans(rule, day + _shift(day, exceptions))


def is_open(
    rule: str, door: str | None, door_at: Instant | None, at: Instant, zone: str, exceptions: Exceptions
) -> bool:
    """Opening hours, unless `site.opened` or `site.closed` has said otherwise since the last scheduled change."""
    scheduled = is_scheduled_open(rule, at, zone, exceptions)
    if door is None or door_at is None or door_at > at or rule == NEVER_OPEN:
        return scheduled
    # Looked for from the door's event on, not back from now: a long holiday may lie between two changes.
    days_between = (at - door_at) // (24 * HOUR) + 1
    changed = next_change(rule, door_at, zone, exceptions, days_between)
    return scheduled if changed is not None and changed <= at else door == "opened"
