"""A site's opening hours of a day in whole slots: how long it should have been open, was heard, and was silent. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from models.availability import merged
from models.base import HOUR, MINUTE, Instant
from models.civil_day import DayException, Exceptions, day_of, is_scheduled_open
from models.day_blocks import Gear
from models.event import SLOT_US
from models.own_gap import in_slots

_DAY = timedelta(days=1)
_AN_HOUR = HOUR // SLOT_US
Near = tuple[tuple[date, DayException], ...]
"""The exceptions around a day."""


@dataclass(frozen=True)
class Hours:
    """How opening hours are read."""

    zone: str
    exceptions: Exceptions


def gear(
    rule: str,
    hours: Hours,
    heard: Mapping[int, int],
    start: Instant,
    end: Instant,
    silent: Instant,
    gaps: Sequence[tuple[Instant, Instant]] = (),
) -> Gear:
    """Over the opening hours of [start, end), in whole slots: one in which anything came is heard, as states.late has it.

    A slot that reaches into a gap of our own is expected of nobody unless something came of it, if only later; and silence
    before it and behind it are two.
    """
    deaf = {n for since, until in in_slots(gaps) for n in range(since // SLOT_US, until // SLOT_US) if not heard.get(n)}
    every = _open_slots(rule, hours, start, end)
    open_ = [n for n in every if n not in deaf] if deaf else every
    return Gear(
        open_minutes=_minutes(open_, end),
        heard_minutes=_minutes([n for n in open_ if heard.get(n)], end),
        silences=tuple(_silences(open_, heard, end, silent)),
        late=0,
        wrong_clock=0,
        events=0,
        typed=0,
        ours=tuple(merged((n * SLOT_US, min((n + 1) * SLOT_US, end)) for n in every if n in deaf)),
    )


def _open_slots(rule: str, hours: Hours, start: Instant, end: Instant) -> Sequence[int]:
    days = day_of(start, hours.zone), day_of(end, hours.zone)
    near = tuple((day, said) for day, said in hours.exceptions.items() if days[0] - _DAY <= day <= days[1] + _DAY)
    return _open_within(rule, range(start // SLOT_US, -(-end // SLOT_US)), hours.zone, near)


# Thousands of sites share a few rules: by the day, and while it runs by the hour.
@lru_cache(maxsize=256)
def _open_within(rule: str, slots: range, zone: str, near: Near) -> Sequence[int]:
    found: list[int] = []
    for hour in range(slots.start // _AN_HOUR, -(-slots.stop // _AN_HOUR)):
        found += [n for n in _open_in_hour(rule, hour, zone, near) if n in slots]
    return tuple(found)


@lru_cache(maxsize=8192)
def _open_in_hour(rule: str, hour: int, zone: str, near: Near) -> Sequence[int]:
    """The slots of an hour since 1970 in which the rule says open; `near` are the exceptions around it."""
    exceptions, slots = dict(near), range(hour * _AN_HOUR, (hour + 1) * _AN_HOUR)
    return tuple(n for n in slots if is_scheduled_open(rule, n * SLOT_US, zone, exceptions))


def _minutes(slots: Sequence[int], end: Instant) -> int:
    """Of these; only the last of them may reach beyond `end`."""
    beyond = max((slots[-1] + 1) * SLOT_US - end, 0) if slots else 0
    return (len(slots) * SLOT_US - beyond) // MINUTE


def _silences(
    open_: Sequence[int], heard: Mapping[int, int], end: Instant, silent: Instant
) -> Iterator[tuple[Instant, Instant]]:
    """Runs of open slots in which nothing came; a slot in which anything came ends the run."""
    since: int | None = None
    for place, number in enumerate(open_):
        if heard.get(number):
            since = None
            continue
        since = number if since is None else since
        follows = open_[place + 1] if place + 1 < len(open_) else None
        until = min((number + 1) * SLOT_US, end)
        goes_on = follows is not None and follows == number + 1
        if not (goes_on and not heard.get(number + 1)) and until - since * SLOT_US > silent:
            yield since * SLOT_US, until
        since = since if goes_on else None
