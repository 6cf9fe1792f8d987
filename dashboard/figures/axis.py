"""Round numbers for axes, and what a clock on the wall shows along them."""

from datetime import datetime
from zoneinfo import ZoneInfo

HOUR = 3_600_000_000
STEPS = (1, 2, 2.5, 5, 10)
MIDNIGHT = "00:00"


def ceiling(highest: int) -> int:
    """The top of an axis that holds `highest` and divides into three to five round steps, with a little air above."""
    step = _step(highest * 1.05 / 5)
    return int(-(-highest * 1.05 // step) * step)


def ticks(top: int) -> list[int]:
    """Where the hairlines of an axis from 0 to `top` lie."""
    step = _step(top / 5)
    return list(range(0, top + 1, step))


def _step(at_least: float) -> int:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is whole and not below `at_least`."""
    power = 1
    while True:
        for factor in STEPS:
            step = factor * power
            if step >= at_least and step == int(step):
                return int(step)
        power *= 10


def hours(now_us: int, day_us: int) -> tuple[int, int]:
    """First and last hour of a day's curve: the waking day, or all of it when now lies outside."""
    whole = day_us // HOUR
    return (6, 22) if 6 * HOUR <= now_us <= 22 * HOUR and whole >= 22 else (0, whole)


def clock_of(at: int, start: int, zone: str) -> str:
    """At an instant of the day that began at `start`, over a change of the clock as well; at the end of a day from midnight to
    midnight it is 24:00."""
    shown, began = (f"{datetime.fromtimestamp(one / 1e6, ZoneInfo(zone)):%H:%M}" for one in (at, start))
    return "24:00" if at > start and shown == began == MIDNIGHT else shown


def begins_at_midnight(start: int, zone: str) -> bool:
    return clock_of(start, start, zone) == MIDNIGHT
