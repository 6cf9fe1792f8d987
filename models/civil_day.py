"""Which local day an instant belongs to, and when a place is open: the only file that knows time zones.

A day is the half-open interval between two local midnights; on a night when the clocks change it is 23 or 25 hours long.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours

from models.base import SECOND, Instant


def to_datetime(at: Instant) -> datetime:
    """UTC; exact, where a float of seconds would lose microseconds."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


def to_instant(moment: datetime) -> Instant:
    """`moment` must carry a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@lru_cache(maxsize=4096)
def _day_of_hour(hour: int, zone: str) -> tuple[date, date]:
    first = to_datetime(hour * 3600 * SECOND).astimezone(ZoneInfo(zone)).date()
    last = to_datetime((hour + 1) * 3600 * SECOND - 1).astimezone(ZoneInfo(zone)).date()
    return first, last


def day_of(at: Instant, zone: str) -> date:
    first, last = _day_of_hour(at // (3600 * SECOND), zone)
    return first if first == last else to_datetime(at).astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=4096)
def day_bounds(day: date, zone: str) -> tuple[Instant, Instant]:
    """First instant of the day and of the next one. Where midnight does not exist, the day begins after the gap."""
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: str) -> Instant:
    wall = datetime.combine(day, time(0), tzinfo=ZoneInfo(zone))
    # fold=0 takes the first of two midnights; in a gap it gives an instant before the gap, whose date is the day before.
    at = to_instant(wall)
    if to_datetime(at).astimezone(ZoneInfo(zone)).date() == day:
        return at
    return _first_instant_of(day, zone, at)


def _first_instant_of(day: date, zone: str, before: Instant) -> Instant:
    low, high = before, before + 3 * 3600 * SECOND
    while low < high:
        middle = (low + high) // 2
        if to_datetime(middle).astimezone(ZoneInfo(zone)).date() >= day:
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


def _is_open_locally(rule: str, local: datetime, exceptions: Exceptions) -> bool:
    exception = exceptions.get(local.date())
    if exception and exception.open is not None:
        return exception.open
    if exception and exception.as_weekday is not None:
        local += timedelta(days=exception.as_weekday - local.weekday())
    return bool(_parsed(rule).is_open(local))


def is_scheduled_open(rule: str, at: Instant, zone: str, exceptions: Exceptions) -> bool:
    """Whether the opening hours say open; without a rule a place is always open."""
    if not rule:
        return True
    return _is_open_locally(rule, to_datetime(at).astimezone(ZoneInfo(zone)).replace(tzinfo=None), exceptions)


def next_change(rule: str, at: Instant, zone: str, exceptions: Exceptions, horizon_days: int = 14) -> Instant | None:
    """The next instant at which the schedule opens or closes, looked for minute by minute of change points; None if none."""
    if not rule:
        return None
    local = to_datetime(at).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    before = _is_open_locally(rule, local, exceptions)
    for moment in _change_points(rule, local, horizon_days, exceptions):
        if moment > local and _is_open_locally(rule, moment, exceptions) != before:
            return to_instant(moment.replace(tzinfo=ZoneInfo(zone)))
    return None


def _change_points(rule: str, local: datetime, horizon_days: int, exceptions: Exceptions) -> list[datetime]:
    """Midnights and the rule's own changes of each day, as each exception makes that day be lived."""
    points = []
    for offset in range(horizon_days + 1):
        day = local.date() + timedelta(days=offset)
        lived = exceptions.get(day)
        shift = timedelta(0)
        if lived and lived.as_weekday is not None:
            shift = timedelta(days=lived.as_weekday - day.weekday())
        midnight = datetime.combine(day, time(0))
        points.append(midnight)
        points += [moment - shift for moment in _changes_of_day(rule, midnight + shift)]
    return points


@lru_cache(maxsize=4096)
def _changes_of_day(rule: str, midnight: datetime) -> tuple[datetime, ...]:
    changes: list[datetime] = []
    moment = _parsed(rule).next_change(midnight)
    while moment is not None and moment < midnight + timedelta(days=1):
        changes.append(moment)
        moment = _parsed(rule).next_change(moment)
    return tuple(changes)


def previous_change(rule: str, at: Instant, zone: str, exceptions: Exceptions) -> Instant | None:
    """The last scheduled change at or before `at`, at most a week back."""
    if not rule:
        return None
    local = to_datetime(at).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    start = datetime.combine(local.date() - timedelta(days=7), time(0))
    found = None
    state = _is_open_locally(rule, start, exceptions)
    for moment in _change_points(rule, start, 8, exceptions):
        if moment <= local and _is_open_locally(rule, moment, exceptions) != state:
            state, found = not state, moment
    return None if found is None else to_instant(found.replace(tzinfo=ZoneInfo(zone)))


def is_open(
    rule: str, door: str | None, door_at: Instant | None, at: Instant, zone: str, exceptions: Exceptions
) -> bool:
    """Opening hours, unless `site.opened` or `site.closed` said otherwise since the last scheduled change."""
    scheduled = is_scheduled_open(rule, at, zone, exceptions)
    if door is None or door_at is None or door_at > at:
        return scheduled
    changed = previous_change(rule, at, zone, exceptions)
    if changed is not None and changed > door_at:
        return scheduled
    return door == "opened"
