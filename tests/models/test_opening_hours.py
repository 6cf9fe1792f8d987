"""When a place is open: its hours, the calendar's exceptions, and what its door says."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import HOUR, MINUTE
from models.calendar import CalendarRefused, read_exceptions
from models.civil_day import (
    DayException,
    day_bounds,
    is_open,
    is_scheduled_open,
    next_change,
    rule_fault,
    to_datetime,
    to_instant,
)

ZONE = "Asia/Shanghai"
CENTRE = "Mo-Fr 08:30-17:30; Sa 09:00-12:00"
OURS = Path(__file__).parents[2] / "days.csv"


def at(text, zone=ZONE):
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def wall(instant, zone=ZONE):
    return None if instant is None else to_datetime(instant).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("rule", "moment", "expected"),
    [
        (CENTRE, "2026-11-23T08:29:59.999999", False),
        (CENTRE, "2026-11-23T08:30", True),
        (CENTRE, "2026-11-23T17:29:59.999999", True),
        (CENTRE, "2026-11-23T17:30", False),
        (CENTRE, "2026-11-28T11:00", True),
        (CENTRE, "2026-11-29T11:00", False),
        ("", "2026-11-29T03:00", True),
        ("24/7", "2026-11-29T03:00", True),
        ("Mo-Fr 22:00-02:00", "2026-11-28T01:00", True),
        ("Mo-Fr 22:00-02:00", "2026-11-29T01:00", False),
    ],
)
def test_opening_hours_open_and_close_to_the_microsecond(rule, moment, expected):
    assert is_scheduled_open(rule, at(moment), ZONE, {}) is expected


@pytest.mark.parametrize(
    ("rule", "moment", "expected"),
    [
        (CENTRE, "2026-11-23T07:00", "2026-11-23 08:30"),
        (CENTRE, "2026-11-23T08:30", "2026-11-23 17:30"),
        (CENTRE, "2026-11-28T12:00", "2026-11-30 08:30"),
        ("24/7", "2026-11-28T12:00", None),
        ("", "2026-11-28T12:00", None),
    ],
)
def test_the_next_change_is_the_next_opening_or_closing(rule, moment, expected):
    assert wall(next_change(rule, at(moment), ZONE, {})) == expected


def test_a_holiday_keeps_sundays_hours_and_a_make_up_saturday_mondays():
    days = read_exceptions(OURS.read_text(encoding="utf-8"))
    assert not is_scheduled_open(CENTRE, at("2026-10-01T10:00"), ZONE, days)
    assert is_scheduled_open("24/7", at("2026-10-01T10:00"), ZONE, days)
    assert is_scheduled_open(CENTRE, at("2026-10-10T16:00"), ZONE, days)
    assert wall(next_change(CENTRE, at("2026-09-30T17:30"), ZONE, days)) == "2026-10-08 08:30"


def test_a_closed_day_closes_even_what_is_always_open_by_its_hours():
    typhoon = {date(2026, 9, 1): DayException(open=False)}
    assert not is_scheduled_open("24/7", at("2026-09-01T10:00"), ZONE, typhoon)
    assert wall(next_change("24/7", at("2026-08-31T10:00"), ZONE, typhoon)) == "2026-09-01 00:00"
    assert wall(next_change("24/7", at("2026-09-01T10:00"), ZONE, typhoon)) == "2026-09-02 00:00"


def test_a_door_holds_until_the_next_scheduled_change():
    early = at("2026-11-23T08:00")
    assert is_open(CENTRE, "opened", early, at("2026-11-23T08:10"), ZONE, {})
    assert not is_open(CENTRE, "opened", early, at("2026-11-23T17:30"), ZONE, {})
    closed = at("2026-11-23T10:00")
    assert not is_open(CENTRE, "closed", closed, at("2026-11-23T17:00"), ZONE, {})
    assert is_open(CENTRE, "closed", closed, at("2026-11-24T09:00"), ZONE, {})


def test_a_door_without_opening_hours_holds_for_good():
    assert not is_open("", "closed", at("2026-01-01T10:00"), at("2026-11-23T10:00"), ZONE, {})
    assert is_open("", "opened", at("2026-01-01T10:00"), at("2026-11-23T10:00"), ZONE, {})


def test_a_door_opened_before_a_long_holiday_does_not_hold_through_it():
    days = read_exceptions(OURS.read_text(encoding="utf-8"))
    # Nothing changes from Saturday 14 February 17:30 until the holiday ends nine days later.
    assert not is_open(CENTRE, "opened", at("2026-02-10T08:00"), at("2026-02-23T20:00"), ZONE, days)


def test_a_change_within_the_hour_that_comes_twice_lies_ahead():
    zone = "Europe/Berlin"
    second_half_past_two = to_instant(datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo(zone), fold=1))
    change = next_change("02:45-03:30", second_half_past_two, zone, {})
    assert change == second_half_past_two + 15 * MINUTE


RULES = [
    CENTRE,
    "24/7",
    "Mo-Su 11:00-13:00,17:00-18:30",
    "Mo-Fr 22:00-06:00",
    "Tu off; 08:00-20:00",
    "00:00-24:00; We off",
]


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(RULES),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Santiago", "Asia/Kathmandu"]),
    st.integers(0, 400 * 24 * 60),
    st.lists(st.integers(0, 9), max_size=10),
)
def test_between_now_and_the_next_change_nothing_changes(rule, zone, minutes, lived):
    now = day_bounds(date(2026, 1, 1), zone)[0] + minutes * MINUTE
    kinds = [DayException(open=True), DayException(open=False), None, *(DayException(as_weekday=n) for n in range(7))]
    first = to_datetime(now).date()
    days = {date.fromordinal(first.toordinal() + n): kinds[kind] for n, kind in enumerate(lived) if kinds[kind]}
    change = next_change(rule, now, zone, days)
    state = is_scheduled_open(rule, now, zone, days)
    until = change if change is not None else now + 13 * 24 * HOUR
    assert until > now
    for share in range(1, 20):
        between = now + (until - now) * share // 20
        assert is_scheduled_open(rule, between, zone, days) is state
    if change is not None:
        assert is_scheduled_open(rule, change, zone, days) is not state


@pytest.mark.parametrize("rule", ["Mo-Fr 8:30-", "xx", "Mo-Fr 08:30", "周一 08:30-17:30", "Mo-Fr 08:30－17:30"])
def test_hours_that_cannot_be_read_are_named(rule):
    assert "character" in rule_fault(rule)


@pytest.mark.parametrize("rule", ["", "24/7", CENTRE, "off", "Mo-Fr 22:00-02:00"])
def test_hours_that_can_be_read_have_no_fault(rule):
    assert rule_fault(rule) is None


def test_our_own_calendar_has_every_holiday_and_make_up_workday_of_2026():
    days = read_exceptions(OURS.read_text(encoding="utf-8"))
    free = {day for day, lived in days.items() if lived.as_weekday == 6}
    worked = {day for day, lived in days.items() if lived.as_weekday == 0}
    assert (len(free), len(worked)) == (33, 6)
    assert all(day.weekday() >= 5 for day in worked)


def test_every_wrong_line_of_a_calendar_is_named():
    text = (
        "date,rule\n2026-10-01,as Sunday\n2026-13-01,open\n# a comment\n2026-10-01,open\n2026-10-02,shut\n2026-10-03\n"
    )
    with pytest.raises(CalendarRefused) as refused:
        read_exceptions(text)
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["line 3", "line 5", "line 6", "line 7"]
    assert "as` with one of Monday" in lines[2]


def test_a_calendar_may_begin_with_a_byte_order_mark_and_windows_line_ends():
    assert read_exceptions("\ufeffdate,rule\r\n2026-10-01,Closed\r\n") == {date(2026, 10, 1): DayException(open=False)}
    assert read_exceptions("") == {}
