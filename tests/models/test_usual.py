"""What is usual: the same weekday as a day is lived, known days only, whatever their order."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import HOUR, MINUTE
from models.civil_day import DayException, day_bounds, minute_of_day, wall_steps
from models.usual import (
    BRIDGED,
    DAYS,
    ENOUGH,
    STEPS,
    Point,
    Sum,
    at_minute,
    bridged,
    days_alike,
    lived_as,
    read,
    spread,
    usual_points,
    written,
)

MONDAY = date(2026, 11, 23)
CLOSED, OPEN, AS_MONDAY = DayException(open=False), DayException(open=True), DayException(as_weekday=0)
FEW = 3
lived = st.lists(st.none() | st.integers(0, 500), min_size=FEW, max_size=FEW).map(lambda few: few * (STEPS // FEW))
days_of_values = st.lists(lived, min_size=1, max_size=DAYS)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([5, 3, 9, 4], (3, 4, 9)),
        ([10, 11, 12, 13, 14, 15, 16, 900], (11, 13, 16)),
        ([7, 7, 7, 7, 7, 0], (7, 7, 7)),
    ],
)
def test_the_spread_leaves_one_extreme_day_out_where_there_are_enough(values, told):
    assert spread(values) == told


@pytest.mark.parametrize(
    ("exception", "told"), [(None, "0"), (CLOSED, "closed"), (OPEN, "open"), (DayException(as_weekday=6), "6")]
)
def test_a_day_is_lived_as_the_calendar_says(exception, told):
    assert lived_as(MONDAY, {MONDAY: exception} if exception else {}) == told


def test_the_last_eight_same_weekdays_are_alike_and_today_is_not_among_them():
    assert days_alike(MONDAY, {}) == [MONDAY - timedelta(weeks=week) for week in range(1, 9)]


def test_a_holiday_is_left_out_and_a_sunday_lived_as_monday_stands_in():
    sunday, feast = MONDAY - timedelta(days=1), MONDAY - timedelta(weeks=1)
    alike = days_alike(MONDAY, {feast: CLOSED, sunday: AS_MONDAY})
    assert alike[:2] == [sunday, MONDAY - timedelta(weeks=2)]
    assert (len(alike), feast in alike) == (8, False)
    assert days_alike(sunday, {sunday: AS_MONDAY})[0] == sunday - timedelta(days=6)


def test_a_closed_day_is_compared_with_closed_days_only():
    closed = {MONDAY - timedelta(days=n): CLOSED for n in (0, 1, 2)}
    assert days_alike(MONDAY, closed) == [MONDAY - timedelta(days=1), MONDAY - timedelta(days=2)]


@given(days_of_values, st.randoms())
def test_the_order_of_the_days_does_not_matter(days, random):
    mixed = list(days)
    random.shuffle(mixed)
    assert usual_points(mixed) == usual_points(days)


@given(days_of_values)
def test_days_that_are_not_known_change_nothing_but_the_count_of_those_that_are(days):
    unknown = [None] * STEPS
    points = usual_points(days)
    assert usual_points([*days, unknown]) == points
    for step, point in enumerate(points):
        known = [day[step] for day in days if day[step] is not None]
        assert (point is not None) == (len(known) >= ENOUGH)
        if point:
            assert point.days == len(known)
            assert min(known) <= point.low <= point.middle <= point.high <= max(known)


@given(st.lists(days_of_values, min_size=1, max_size=3))
def test_what_is_known_of_every_day_simply_adds_up(sites):
    count = min(len(days) for days in sites)
    whole = [[[value or 0 for value in day] for day in days[:count]] for days in sites]
    total = Sum(count)
    for days in whole:
        total.add(days, usual_points(days))
    assert total.points() == usual_points(
        [[sum(v) for v in zip(*day, strict=True)] for day in zip(*whole, strict=True)]
    )


def test_a_site_that_a_day_does_not_know_stands_in_the_sum_with_what_is_usual_for_it():
    total = Sum(4)
    known, lacking = [[10] * STEPS] * 4, [[8] * STEPS] * 4
    total.add(known, usual_points(known))
    with_a_gap = [*lacking, [8] * STEPS][:5]
    points = usual_points(with_a_gap)
    total.add([*lacking[:3], [None] * STEPS], points)
    assert total.points()[0] == Point(18, 18, 18, 4)


def test_a_day_of_which_more_than_half_the_sites_are_unknown_is_not_known():
    total, days = Sum(5), [[10] * STEPS] * 5
    gap = [*days[:4], [None] * STEPS]
    for values in (days, gap, gap):
        total.add(values, usual_points(values))
    assert total.points()[0] == Point(30, 30, 30, 4)


def test_a_site_without_four_known_days_is_in_no_sum():
    total, days = Sum(4), [[10] * STEPS] * 4
    total.add(days, usual_points(days))
    new = [*[[99] * STEPS] * 3, [None] * STEPS]
    total.add(new, usual_points(new))
    assert total.points()[0] == Point(10, 10, 10, 4)


def test_between_two_quarters_it_goes_in_proportion():
    points = usual_points([[10, 40] + [None] * (STEPS - 2)] * 4)
    assert at_minute(points, 20) == Point(20, 20, 20, 4)
    assert at_minute(points, 3) == Point(10, 10, 10, 4)
    assert at_minute(points, 30) is None


@given(days_of_values)
def test_it_is_read_as_it_was_written(days):
    assert read(written(usual_points(days))) == usual_points(days)


@pytest.mark.parametrize(
    ("day", "skipped", "hours"), [(date(2026, 3, 29), 4, 23), (date(2026, 10, 25), 0, 25), (date(2026, 6, 1), 0, 24)]
)
def test_a_quarter_of_an_hour_is_the_walls_also_when_the_clocks_change(day, skipped, hours):
    steps = wall_steps(day, "Europe/Berlin", 15)
    start, end = day_bounds(day, "Europe/Berlin")
    assert (len(steps), steps.count(None), end - start) == (STEPS, skipped, hours * HOUR)
    assert all(minute_of_day(step[0], "Europe/Berlin") == 15 * n for n, step in enumerate(steps) if step)
    assert steps[-1] == (end - 15 * MINUTE, end)


def test_a_home_that_counts_by_the_hour_does_not_leave_the_district_for_a_quarter():
    hourly = [value if step % 4 == 0 else None for step, value in enumerate(range(100, 100 + STEPS))]
    others = [list(range(STEPS))] * 5
    total = Sum(5)
    for days in ([hourly] * 5, others):
        total.add(days, bridged(usual_points(days)))
    middles = [point and point.middle for point in total.points()]
    assert middles[: STEPS - 3] == [100 + 2 * step for step in range(STEPS - 3)]


@given(days_of_values)
def test_only_short_gaps_are_bridged_and_only_between_what_is_around_them(days):
    points = usual_points(days)
    whole = bridged(points)
    assert all(now == before for now, before in zip(whole, points, strict=True) if before is not None)
    known = [step for step, point in enumerate(points) if point]
    for first, last in pairwise(known):
        ends = sorted((points[first].middle, points[last].middle))
        for point in whole[first + 1 : last]:
            assert (point is not None) == (last - first - 1 <= BRIDGED)
            assert point is None or ends[0] <= point.middle <= ends[1]
    assert not known or not any(whole[: known[0]] + whole[known[-1] + 1 :])
