"""Civil days in every zone: they lie side by side, and an instant belongs to the day whose bounds hold it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import HOUR
from models.civil_day import day_bounds, day_of, to_datetime, to_instant, wall_clock, wall_later

ZONES = sorted(zone for zone in available_timezones() if not zone.startswith(("posix/", "right/")))
zones = st.sampled_from(ZONES)
days = st.dates(date(1972, 1, 1), date(2099, 12, 31))
minutes = st.one_of(st.just(0), st.just(150), st.integers(0, 719))
"""Of a day's beginning; 02:30 falls into gaps and folds of many zones."""
instants = st.integers(to_instant(datetime(1972, 1, 2, tzinfo=UTC)), to_instant(datetime(2099, 12, 30, tzinfo=UTC)))


def transitions(zone, first_year, last_year):
    """Dates on which the zone's offset changes, found by looking every twelve hours."""
    info, moment = ZoneInfo(zone), datetime(first_year, 1, 1, tzinfo=UTC)
    offset, found = moment.astimezone(info).utcoffset(), []
    while moment.year <= last_year:
        moment += timedelta(hours=12)
        new = moment.astimezone(info).utcoffset()
        if new != offset:
            found.append(moment.astimezone(info).date())
        offset = new
    return found


def around(zone, day, begins=()):
    """Three days beside each other, and each holds its own first and last microsecond."""
    for one in (day - timedelta(days=1), day, day + timedelta(days=1)):
        start, end = day_bounds(one, zone, begins)
        assert end == day_bounds(one + timedelta(days=1), zone, begins)[0]
        assert start <= end
        if start < end:
            held = {day_of(at, zone, begins) for at in (start, start + 1, (start + end) // 2, end - 1)}
            assert held == {one}, (zone, one, begins)


@settings(deadline=None, max_examples=400)
@given(zones, days)
def test_days_lie_side_by_side_in_every_zone(zone, day):
    around(zone, day)


@settings(deadline=None, max_examples=400)
@given(zones, instants)
def test_an_instant_belongs_to_the_day_whose_bounds_hold_it(zone, at):
    start, end = day_bounds(day_of(at, zone), zone)
    assert start <= at < end


@settings(deadline=None, max_examples=200)
@given(zones, days, minutes, minutes, instants)
def test_days_that_begin_in_the_morning_lie_side_by_side_too_and_where_the_hour_changes(zone, day, one, other, at):
    begins = ((date.min, one), (day, other))
    around(zone, day, begins)
    start, end = day_bounds(day_of(at, zone, begins), zone, begins)
    assert start <= at < end


@pytest.mark.parametrize("zone", [*ZONES[3::40], "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"])
def test_a_boundary_that_a_clock_change_leaves_out_or_shows_twice_tears_no_day(zone):
    for day in {*transitions(zone, 2025, 2026), date(2011, 12, 30)}:
        for minutes_ in (60, 120, 150, 180, 360):
            around(zone, day, ((date.min, minutes_),))


@pytest.mark.parametrize(
    ("zone", "day", "minutes_", "hours"),
    [
        ("Asia/Shanghai", date(2026, 11, 23), 360, 24),
        ("Europe/Berlin", date(2026, 3, 28), 360, 23),
        ("Europe/Berlin", date(2026, 3, 29), 360, 24),
        ("Europe/Berlin", date(2026, 3, 28), 150, 23.5),  # 02:30 does not exist: the 29th begins at 03:00
        ("Europe/Berlin", date(2026, 3, 29), 150, 23.5),
        ("Europe/Berlin", date(2026, 10, 25), 150, 25),  # 02:30 comes twice: the 25th begins with the first
        ("Pacific/Apia", date(2011, 12, 29), 360, 24),
        ("Pacific/Apia", date(2011, 12, 30), 360, 0),
    ],
)
def test_a_day_from_morning_to_morning_is_as_long_as_its_clocks_say(zone, day, minutes_, hours):
    start, end = day_bounds(day, zone, ((date.min, minutes_),))
    assert (end - start) / HOUR == hours


def test_a_night_shift_belongs_to_the_day_that_it_began_on():
    begins, night = ((date.min, 360),), datetime(2026, 11, 23, 22, tzinfo=ZoneInfo("Asia/Shanghai"))
    began = to_instant(night)
    assert {day_of(began + hour * HOUR, "Asia/Shanghai", begins) for hour in range(8)} == {date(2026, 11, 23)}
    assert day_of(began + 8 * HOUR, "Asia/Shanghai", begins) == date(2026, 11, 24)


def test_a_day_keeps_its_bounds_when_later_days_begin_at_another_hour():
    before, changed = ((date.min, 360),), ((date.min, 360), (date(2026, 11, 25), 0))
    for day in (date(2026, 11, 20), date(2026, 11, 23)):
        assert day_bounds(day, "Asia/Shanghai", changed) == day_bounds(day, "Asia/Shanghai", before)
    start, end = day_bounds(date(2026, 11, 24), "Asia/Shanghai", changed)
    assert (end - start) / HOUR == 18
    assert day_bounds(date(2026, 11, 25), "Asia/Shanghai", changed) == day_bounds(date(2026, 11, 25), "Asia/Shanghai")


@pytest.mark.parametrize("zone", ZONES[::7])
def test_no_day_of_a_clock_change_overlaps_another(zone):
    for day in transitions(zone, 2024, 2027):
        around(zone, day)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Shanghai", date(2026, 11, 23), 24),
        ("Asia/Shanghai", date(1988, 4, 17), 23),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Santiago", date(2026, 9, 6), 23),
        ("Asia/Beirut", date(2026, 3, 29), 23),
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("America/Havana", date(2026, 11, 1), 25),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("America/Toronto", date(1919, 3, 31), 23.5),
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(zone, day, hours):
    start, end = day_bounds(day, zone)
    assert (end - start) / HOUR == hours


@pytest.mark.parametrize(
    ("zone", "day", "shown"),
    [
        ("America/Santiago", date(2026, 9, 6), "2026-09-06T01:00:00"),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-29T01:00:00"),
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T00:30:00"),
    ],
)
def test_where_midnight_does_not_exist_the_day_begins_behind_the_gap(zone, day, shown):
    start, _ = day_bounds(day, zone)
    wall = to_datetime(start).astimezone(ZoneInfo(zone))
    assert wall.replace(tzinfo=None).isoformat() == shown
    assert day_of(start - 1, zone) == day - timedelta(days=1)


def test_a_clock_that_goes_back_over_midnight_does_not_bring_yesterday_back():
    # St John's changed at one minute past midnight: the wall then showed 23:01 of the day before once more.
    start, _ = day_bounds(date(2010, 11, 7), "America/St_Johns")
    second_evening = start + HOUR // 2
    assert to_datetime(second_evening).astimezone(ZoneInfo("America/St_Johns")).date() == date(2010, 11, 6)
    assert day_of(second_evening, "America/St_Johns") == date(2010, 11, 7)


def test_the_last_microsecond_before_midnight_is_still_today():
    midnight = to_instant(datetime(2026, 11, 23, 16, tzinfo=UTC))
    assert day_of(midnight - 1, "Asia/Shanghai") == date(2026, 11, 23)
    assert day_of(midnight, "Asia/Shanghai") == date(2026, 11, 24)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        to_instant(datetime(2026, 11, 23))  # noqa: DTZ001


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 1)])
def test_hours_on_the_wall_end_with_the_day_though_the_clock_is_set(day):
    zone = "Europe/Berlin"
    start, end = day_bounds(day, zone)
    assert wall_later(start, 24 * HOUR, zone) == end
    for hour in (1, 4, 12, 23):
        assert wall_clock(wall_later(start, hour * HOUR, zone), zone)[11:] == f"{hour:02d}:00"
