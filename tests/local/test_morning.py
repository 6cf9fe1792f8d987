"""Which morning the simulated district lives in: a working day from half past ten, kept over restarts, never backward."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from local.morning import DayRule, is_working, next_morning, offset_s, read_rules
from tests.running import ROOT

ZONE = ZoneInfo("Asia/Shanghai")
HOLIDAYS = {"2026-10-01": DayRule(closed=True), "2026-10-02": DayRule(weekday=6), "2026-10-10": DayRule(weekday=0)}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


MORNINGS = [
    ("2026-11-23 08:00", "2026-11-23 10:30", "before ten on a Monday"),
    ("2026-11-23 10:30", "2026-11-23 10:30", "exactly then"),
    ("2026-11-23 10:31", "2026-11-24 10:30", "a minute late"),
    ("2026-11-27 18:00", "2026-11-30 10:30", "over the weekend"),
    ("2026-09-30 12:00", "2026-10-05 10:30", "over a holiday, the second day of which is lived as a Sunday"),
    ("2026-10-09 11:00", "2026-10-10 10:30", "a Saturday on which people work"),
    ("2026-12-31 23:59", "2027-01-01 10:30", "into a year without exceptions"),
]


@pytest.mark.parametrize(("now", "morning", "_why"), MORNINGS, ids=[why for *_, why in MORNINGS])
def test_the_next_morning_is_the_first_working_days_half_past_ten(now, morning, _why):
    assert next_morning(at(now), HOLIDAYS) == at(morning)


STARTS = [
    ("2026-11-25 03:00", None, "2026-11-25 10:30", "first start at night"),
    ("2026-11-25 14:00", None, "2026-11-26 10:30", "first start in the afternoon: tomorrow's"),
    ("2026-11-25 05:00", 7.5, "2026-11-25 12:30", "its day is under way: it goes on"),
    ("2026-11-25 01:29", 7.5, "2026-11-25 10:30", "too early there: the same day's morning"),
    ("2026-11-25 08:30", 7.5, "2026-11-26 10:30", "its day is over: the next"),
    ("2026-11-27 08:30", 7.5, "2026-11-30 10:30", "and a weekend between"),
    ("2026-09-30 21:00", 15, "2026-10-05 10:30", "its day is a holiday"),
]


@pytest.mark.parametrize(("real", "kept_h", "simulated", "_why"), STARTS, ids=[why for *_, why in STARTS])
def test_a_start_goes_on_with_its_day_or_moves_to_the_next_morning(real, kept_h, simulated, _why):
    kept = None if kept_h is None else round(kept_h * 3600)
    assert at(real) + timedelta(seconds=offset_s(at(real), kept, HOLIDAYS)) == at(simulated)


def test_start_after_start_the_simulated_clock_never_goes_backward():
    kept, real = None, at("2026-11-23 00:00")
    before = real - timedelta(days=1)
    for hours in (0, 3, 3, 3, 3, 11, 30, 1, 1, 200, 5, 24, 24, 24):
        real += timedelta(hours=hours)
        moved = offset_s(real, kept, HOLIDAYS)
        assert kept is None or moved >= kept
        kept = moved
        simulated = real + timedelta(seconds=kept)
        assert simulated >= before
        assert is_working(simulated, HOLIDAYS)
        assert 9 <= simulated.hour < 16
        before = simulated


def test_the_calendar_that_ships_is_read():
    rules = read_rules((ROOT / "days.csv").read_text(encoding="utf-8"))
    assert not is_working(at("2026-10-01 10:30"), rules)
    assert not is_working(at("2026-02-17 10:30"), rules)
    assert is_working(at("2026-11-23 10:30"), rules)


def test_only_what_the_calendar_says_is_a_rule():
    text = "date,rule\n# a comment\n2026-01-01,closed\n2026-01-04 , as Monday # made up\n2026-01-03,open\n2026-01-05,as Someday\n"
    assert read_rules(text) == {
        "2026-01-01": DayRule(closed=True),
        "2026-01-04": DayRule(weekday=0),
        "2026-01-03": DayRule(weekday=0),
    }
    assert Path(ROOT / "days.csv").is_file()
