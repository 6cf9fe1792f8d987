"""How far a day's data can be trusted: a small rule for each reason, and the grade that follows."""

from collections.abc import Callable

from models.base import MINUTE
from models.day import DaySummary
from models.day_blocks import Reason

GAP_PCT, GAP_PCT_BAD, TYPED_PCT, TYPED_PCT_BAD = 5, 15, 20, 50
SILENT_MIN_BAD = 120


def _heard(day: DaySummary) -> Reason | None:
    if day.gear is None or day.gear.open_minutes == 0:
        return None
    silent = sum(until - since for since, until in day.gear.silences) // MINUTE
    longest = max(((until - since) // MINUTE for since, until in day.gear.silences), default=0)
    down = 2 if silent > SILENT_MIN_BAD or not day.gear.heard_minutes else 1 if silent else 0
    return Reason("silent" if silent else "heard", down, {"minutes": silent, "longest": longest})


def _closed(day: DaySummary) -> Reason | None:
    return Reason("closed", 0) if day.is_closed else None


def _ours(day: DaySummary) -> Reason | None:
    """What is missing because of us is missing all the same; it has a reason of its own, and no share in the site's."""
    minutes = ours_minutes(day)
    bad = minutes > SILENT_MIN_BAD or day.is_ours
    return Reason("ours", 2 if bad else 1, {"minutes": minutes}) if minutes else None


def ours_minutes(day: DaySummary) -> int:
    """Of the opening hours: we did not listen, and nothing came of them later."""
    return sum(until - since for since, until in day.gear.ours) // MINUTE if day.gear else 0


def checked(day: DaySummary) -> Reason | None:
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


GRADE_RULES: tuple[Callable[[DaySummary], Reason | None], ...] = (
    _heard,
    _closed,
    _ours,
    checked,
    _typed,
    _clocks,
    _below_zero,
)


def graded(day: DaySummary) -> tuple[str, tuple[Reason, ...]]:
    """A, B or C, and every rule that had anything to judge by; a day in which nothing was heard is C, unless nothing was due."""
    reasons = tuple(reason for rule in GRADE_RULES if (reason := rule(day)))
    down = sum(reason.down for reason in reasons) if day.minutes_heard or day.is_off else 2
    return "ABC"[min(down, 2)], reasons
