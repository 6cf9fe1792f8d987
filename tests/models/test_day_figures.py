"""Each formula of a day on a few lines of what happened, with the numbers that a person would count."""

import pytest

from models.base import HOUR, MINUTE, SECOND
from models.day import Beside, DaySummary, summarise
from models.day_blocks import Check, Gear, Line, Reading, Safety, Services, Usual
from models.day_figures import (
    Given,
    Move,
    Passing,
    meals,
    percentile,
    residents,
    services,
    shifts,
    staff,
    visits,
    voice,
)
from models.day_reading import graded, read, usual_of
from models.day_versions import changes, why

START = 20_000 * 24 * HOUR
END = START + 24 * HOUR


def came(minute, person="a-guest", counts=True):
    return Passing(START + minute * MINUTE, person, True, False, counts)


def went(minute, person="a-guest", auto=False):
    return Passing(START + minute * MINUTE, person, False, auto, True)


@pytest.mark.parametrize(
    ("anonymous", "passed", "entries", "named", "persons"),
    [
        (7, [], 7, 0, None),
        (0, [came(1)], 1, 1, 1),
        (0, [came(1), came(5)], 1, 1, 1),
        (0, [came(1), came(7)], 2, 2, 1),
        (3, [came(1, counts=False)], 3, 1, 1),
        (0, [came(1), came(2, "b-guest")], 2, 2, 2),
        (0, [went(3)], 0, 0, 0),
    ],
)
def test_visits_are_person_times_and_persons_are_persons(anonymous, passed, entries, named, persons):
    found = visits(anonymous, passed)
    assert (found.entries, found.anonymous, found.named, found.persons) == (entries, anonymous, named, persons)


@pytest.mark.parametrize(
    ("passed", "stays", "total_min", "median_min"),
    [
        ([came(10), went(70)], 1, 60, 60),
        ([came(10), went(70, auto=True)], 0, 0, None),
        ([came(10), went(10 + 721)], 0, 0, None),
        ([came(10)], 0, 0, None),
        ([came(0), came(5, "b-guest"), came(9, "c-guest"), went(10), went(35, "b-guest"), went(109, "c-guest")], 3, 140, 30),
    ],
)  # fmt: skip
def test_a_stay_is_closed_by_its_own_person_and_not_by_a_machine(passed, stays, total_min, median_min):
    found = visits(0, passed)
    median = None if median_min is None else median_min * MINUTE
    assert (found.stays, found.stay_us, found.stay_median_us) == (stays, total_min * MINUTE, median)


def test_on_the_roll_is_not_in_house():
    before = [Move(START - HOUR, f"r-{n}", "admit") for n in range(5)]
    today = [
        Move(START + HOUR, "r-0", "hospital"),
        Move(START + 2 * HOUR, "r-1", "leave"),
        Move(START + 3 * HOUR, "r-2", "death"),
        Move(START + 4 * HOUR, "r-9", "admit"),
        Move(START + 5 * HOUR, "r-1", "return"),
    ]
    found = residents(before + today, START, 10)
    assert (found.roll_before, found.roll, found.in_house, found.in_hospital, found.on_leave) == (5, 5, 4, 1, 0)
    assert (found.admitted, found.died, found.is_balanced) == (1, 1, True)


def test_a_roll_that_the_moves_do_not_explain_is_seen():
    moves = [Move(START - HOUR, "r-0", "admit"), Move(START + HOUR, "r-7", "leave")]
    assert residents(moves, START, None).is_balanced is False
    assert residents([], START, 10) is None


def test_meals_ordered_and_not_fetched_are_told_from_those_that_nobody_ordered():
    tallies = {
        "meal.booked.lunch.dine_in": 10, "meal.cancelled.lunch.dine_in": 2, "meal.served.lunch.dine_in": 6,
        "meal.served.dinner.pick_up": 4, "meal.priced": 10, "meal.price_fen": 18_000, "meal.subsidy_fen": 2_500,
        "meal.subsidised": 5,
    }  # fmt: skip
    found = meals(tallies)
    assert (found.booked, found.ordered, found.served, found.not_fetched) == (10, 8, 10, 2)
    assert (found.dine_in, found.pick_up, found.delivery, found.lunch_served) == (6, 4, 0, 6)
    assert (found.price_fen, found.subsidy_fen, found.subsidised) == (18_000, 2_500, 5)
    assert meals({"visit": 3}) is None


def given(due, start=None, end=None, off=None, planned=True, price=None):
    def at(hours):
        return None if hours is None else START + round(hours * HOUR)

    return Given("RH.TR", at(due), at(start), at(end), off, planned, price)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (given(9, 9.1, 10), {"planned": 1, "due": 1, "done": 1, "on_time": 1, "late": 0}),
        (given(9, 9.5, 10), {"planned": 1, "done": 1, "on_time": 0, "late": 1}),
        (given(9), {"planned": 1, "due": 1, "done": 0, "late": 1}),
        (given(9, off="elder"), {"planned": 0, "due": 0, "cancelled_by_elder": 1, "late": 0}),
        (given(9, 9, 9.5, off="elder"), {"planned": 1, "done": 1, "cancelled_by_elder": 0}),
        (given(9, 9, 30), {"done": 0, "running": 1}),
        (given(9, 9, 9.5, planned=False), {"planned": 0, "done": 0, "unplanned": 1}),
        (given(9, None, 10), {"done": 1, "on_time": 1, "late": 0}),
        (given(9, 9, 10, price=6000), {"priced": 1, "price_fen": 6000}),
        (given(23.9), {"planned": 1, "due": 0, "late": 0}),
    ],
)
def test_a_service_counts_as_what_it_was_by_the_days_end(one, expected):
    found = services([one], END, 15 * MINUTE)
    assert {name: getattr(found, name) for name in expected} == expected


def test_a_night_shift_counts_on_both_days_for_its_hours():
    events = [(START - 2 * HOUR, True, "w-night", "care"), (START + 7 * HOUR, False, "w-night", "care"),
              (START + 22 * HOUR, True, "w-late", "nurse")]  # fmt: skip
    found = staff(shifts(events, END), START, END, 31)
    assert found.care_us == (7 + 2) * HOUR
    on_duty = {one.shift: (one.care, one.need) for one in found.shifts}
    assert on_duty == {"night": (1, 3), "day": (0, 3), "evening": (0, 3)}
    assert staff([], START, END, 31) is None


@pytest.mark.parametrize(("values", "p50", "p90"), [([], None, None), ([7], 7, 7), (list(range(1, 11)), 5, 9)])
def test_a_percentile_is_a_value_that_was_there(values, p50, p90):
    assert (percentile(values, 50), percentile(values, 90)) == (p50, p90)


def test_ratings_are_counted_only_where_there_are_any():
    found = voice({"rating.5": 8, "rating.2": 2})
    assert (found.ratings, found.satisfied, found.score_sum) == (10, 8, 44)
    assert voice({}) is None


def day(**more):
    summary = summarise("2024-10-04", START, END, [], Beside(60, 1440, {}))
    gear = Gear(960, 960, (), 0, 0, 100, 0)
    return DaySummary(**{**{f: getattr(summary, f) for f in summary.__dataclass_fields__}, "gear": gear, **more})


@pytest.mark.parametrize(
    ("gear", "heard", "grade"),
    [
        (Gear(960, 960, (), 0, 0, 100, 0), 1440, "A"),
        (Gear(960, 900, ((START, START + 41 * MINUTE),), 0, 0, 100, 0), 1440, "B"),
        (Gear(960, 700, ((START, START + 121 * MINUTE),), 0, 0, 100, 0), 1440, "C"),
        (Gear(960, 960, (), 0, 0, 100, 21), 1440, "B"),
        (Gear(960, 960, (), 0, 0, 100, 51), 1440, "C"),
        (Gear(960, 960, (), 0, 0, 100, 0, (Check(START, "hall", 103, 100),)), 1440, "A"),
        (Gear(960, 960, (), 0, 0, 100, 0, (Check(START, "hall", 110, 100),)), 1440, "B"),
        (Gear(960, 960, (), 0, 1, 100, 21, (), ("hall",)), 1440, "C"),
        (Gear(0, 0, (), 0, 0, 0, 0), 0, "C"),
    ],
)
def test_a_grade_follows_from_its_reasons(gear, heard, grade):
    found, reasons = graded(day(gear=gear, minutes_heard=heard))
    assert found == grade
    assert heard == 0 or sum(reason.down for reason in reasons) == pytest.approx("ABC".index(grade), abs=1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 2], None), ([3, 1, 2], Usual(3, 1, 2, 3)), ([9, 1, 2, 3, 4, 5], Usual(6, 2, 3.5, 5))],
)
def test_usual_is_the_middle_and_the_spread_without_its_extremes(values, expected):
    assert usual_of(values) == expected


def test_what_differs_is_said_and_what_does_not_is_not():
    past = [day(peak=peak) for peak in (50, 52, 54)]
    assert read(day(peak=53), past, None).differs == (Line("as_usual"),)
    (line,) = read(day(peak=30), past, None).differs
    assert (line.what, line.numbers["figure"], line.numbers["pct"]) == ("less", "peak", 42)
    assert read(day(peak=30), past[:2], None).differs == (Line("no_usual"),)
    assert read(day(peak=70), [], None).differs[0].what == "over"


def test_todos_come_in_order_of_urgency_and_the_day_befores_are_followed_up():
    safety = Safety(2, {"FALL": 1, "LOWBAT": 1}, (1, 0, 0, 1), 0, 2, {"FALL": 1, "LOWBAT": 1}, 0, None, None)
    found = services([given(9), given(10, 10, 11)], END, 15 * MINUTE)
    now = read(day(safety=safety, services=found), [], None)
    assert [todo.what for todo in now.todos] == ["close_alarms", "make_up_services", "mend_gear"]
    next_day = read(day(services=found), [], day(reading=now))
    assert (next_day.before_done, next_day.before_open) == (2, 1)
    assert isinstance(now, Reading)


def test_versions_say_what_changed_and_why():
    one, two = day(peak=5), day(peak=7, gear=Gear(960, 960, (), 3, 0, 103, 0))
    assert changes(one, two) == [("peak", 5, 7)]
    assert (why(None, one, False), why(one, two, False), why(one, two, True), why(one, one, False)) == (
        "first", "late", "corrected", "recomputed",
    )  # fmt: skip
    assert isinstance(found := services([given(9)], END, SECOND), Services)
    assert ("services.due", None, 1) in changes(one, day(peak=5, services=found))
