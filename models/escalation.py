"""When an alarm calls the next one up the line: a pure function of its row, the moment and the settings.

The site's duty has been called when it opens; its manager is called after the type's limit, the street after twice, the
district after three times, and then again at intervals for as long as nobody says that she has seen it.
"""

from dataclasses import dataclass

from models.alarm_life import SEEN, UNSEEN
from models.base import MINUTE, SECOND, Instant
from models.civil_day import wall_clock
from models.deadlines import NONE, Deadlines

HIGHEST = 3
LEVELS = ("site_duty", "site_manager", "street_duty", "district_duty")
URGENT = 1
"""The grade that neither the night nor a repair holds back."""


@dataclass(frozen=True)
class Settings:
    """`quiet_from`, `quiet_until`: HH:MM of the district's clock; equal, and there are no quiet hours."""

    zone: str
    quiet_from: str
    quiet_until: str
    quiet_grade: int
    """The grades from which on the quiet hours hold."""
    remind_every_min: int
    deadlines: Deadlines


@dataclass(frozen=True)
class Waiting:
    """What of an alarm decides; the last two are the ends of the repair and of the quiet time that it falls into."""

    type: str
    grade: int
    state: str
    level: int
    opened_at: Instant
    maintained_until: Instant | None = None
    hushed_until: Instant | None = None


@dataclass(frozen=True)
class NextStep:
    """`level` None: nobody is called now, look again at `due_at`."""

    level: int | None
    due_at: Instant | None


def due_of(type_: str, state: str, level: int, opened_at: Instant, deadlines: Deadlines) -> Instant | None:
    """When the next call is due if nobody does anything; None: never."""
    limit = deadlines.get(type_, NONE)
    if state in UNSEEN and limit.seen_s is not None:
        return opened_at + (level + 1) * limit.seen_s * SECOND if level < HIGHEST else None
    if state in SEEN and limit.fixed_s is not None and level < HIGHEST:
        return opened_at + limit.fixed_s * SECOND
    return None


def limit_of(type_: str, state: str, opened_at: Instant, deadlines: Deadlines) -> Instant | None:
    """By when people must have seen it, or, once it is seen, dealt with it; None: no limit.

    From when we knew, and whoever is called meanwhile: a call moves the next one, never the limit.
    """
    limit = deadlines.get(type_, NONE)
    within_s = limit.seen_s if state in UNSEEN else limit.fixed_s if state in SEEN else None
    return None if within_s is None else opened_at + within_s * SECOND


def next_step(alarm: Waiting, now: Instant, settings: Settings) -> NextStep:
    """What to do at an alarm's deadline."""
    if alarm.state not in UNSEEN | SEEN:
        return NextStep(None, None)
    held_until = calm_until(alarm.grade, alarm.maintained_until, alarm.hushed_until, now, settings)
    if held_until is not None:
        return NextStep(None, held_until)
    if alarm.state in SEEN:
        # Once: it is in somebody's hands, only longer than it should be.
        return NextStep(min(alarm.level + 1, HIGHEST), None)
    level = min(alarm.level + 1, HIGHEST)
    due = due_of(alarm.type, alarm.state, level, alarm.opened_at, settings.deadlines)
    again = now + settings.remind_every_min * MINUTE
    # After an outage of ours the levels must not be run through in one breath.
    return NextStep(level, again if due is None else max(due, now + _pause(alarm.type, settings)))


def _pause(type_: str, settings: Settings) -> Instant:
    return (settings.deadlines.get(type_, NONE).seen_s or 0) * SECOND // 2


def calm_until(
    grade: int, maintained_until: Instant | None, hushed_until: Instant | None, now: Instant, settings: Settings
) -> Instant | None:
    """Until when nobody is called although something is open; None: call now."""
    if grade <= URGENT:
        return None
    held = [maintained_until]
    if grade >= settings.quiet_grade:
        held += [hushed_until, quiet_until(now, settings)]
    return max((until for until in held if until is not None and until > now), default=None)


def quiet_until(now: Instant, settings: Settings) -> Instant | None:
    """The end of the quiet hours that hold now, to the minute; None outside them."""
    start, end = _minute(settings.quiet_from), _minute(settings.quiet_until)
    at = _minute(wall_clock(now, settings.zone)[11:])
    if (at - start) % 1440 >= (end - start) % 1440:
        return None
    return now // MINUTE * MINUTE + (end - at) % 1440 * MINUTE


def _minute(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
