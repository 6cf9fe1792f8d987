"""Each formula of a day on a few lines of what happened, with the numbers that a person would count."""

import json
from dataclasses import replace

import msgspec
import pytest

from models.base import HOUR, MINUTE, SECOND
from models.day import Beside, DaySummary, summarise
from models.day_blocks import (
    Check,
    Door,
    Followed,
    Gear,
    Line,
    OpenAlarm,
    Reason,
    Safety,
    Services,
    Todo,
    Usual,
    Visits,
)
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
from models.day_grade import graded
from models.day_hours import Hours, gear
from models.day_reading import read, usual_of
from models.day_sums import sums_of
from models.day_todos import Before
from models.day_versions import changes, why
from models.event import SLOT_US
from models.own_gap import deaf_minutes
from models.site_day import parsed

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
    assert residents(None, START, 10) is None


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
        (given(9, off="provider"), {"planned": 1, "due": 1, "done": 0, "late": 1, "due_off": 1, "missed": 0}),
        (given(9, off="system"), {"planned": 1, "due": 1, "done": 0, "late": 1, "cancelled_by_system": 1}),
        (given(23.9, off="provider"), {"planned": 1, "due": 0, "late": 0, "due_off": 0}),
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
    looks = [("night", START + 4 * HOUR), ("day", START + 10 * HOUR), ("evening", START + 16 * HOUR)]
    found = staff(shifts(events, END), START, END, 31, looks)
    assert found.care_us == (7 + 2) * HOUR
    on_duty = {one.shift: (one.care, one.need) for one in found.shifts}
    assert on_duty == {"night": (1, 3), "day": (0, 3), "evening": (0, 3)}
    assert staff([], START, END, 31, looks) is None


@pytest.mark.parametrize(("values", "p50", "p90"), [([], None, None), ([7], 7, 7), (list(range(1, 11)), 5, 9)])
def test_a_percentile_is_a_value_that_was_there(values, p50, p90):
    assert (percentile(values, 50), percentile(values, 90)) == (p50, p90)


def test_ratings_are_counted_only_where_there_are_any():
    found = voice({"rating.5": 8, "rating.2": 2})
    assert (found.ratings, found.satisfied, found.score_sum) == (10, 8, 44)
    assert voice({}) is None


FIRST = Before(None, START)


def alarms(*by_grade):
    return Safety(sum(by_grade), {}, by_grade, 0, 0, {}, 0, None, None)


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
        (Gear(925, 925, (), 0, 0, 100, 0, ours=((START, START + 35 * MINUTE),)), 1440, "B"),
        (Gear(820, 820, (), 0, 0, 100, 0, ours=((START, START + 140 * MINUTE),)), 1440, "C"),
        (Gear(0, 0, (), 0, 0, 0, 0, ours=((START, END),)), 0, "C"),
        (Gear(960, 960, (), 0, 0, 100, 21), 1440, "B"),
        (Gear(960, 960, (), 0, 0, 100, 51), 1440, "C"),
        (Gear(960, 960, (), 0, 0, 100, 0, (Check(START, "hall", 103, 100),)), 1440, "A"),
        (Gear(960, 960, (), 0, 0, 100, 0, (Check(START, "hall", 110, 100),)), 1440, "B"),
        (Gear(960, 960, (), 0, 1, 100, 21, (), ("hall",)), 1440, "C"),
        (Gear(960, 0, ((START, START + 960 * MINUTE),), 0, 0, 0, 0), 0, "C"),
        (Gear(0, 0, (), 0, 0, 0, 0), 0, "A"),
        (Gear(0, 0, (), 0, 0, 24, 0), 24, "A"),
    ],
)
def test_a_grade_follows_from_its_reasons(gear, heard, grade):
    found, reasons = graded(day(gear=gear, minutes_heard=heard))
    assert found == grade
    assert heard == 0 or sum(reason.down for reason in reasons) == pytest.approx("ABC".index(grade), abs=1)


def test_what_is_missing_because_of_us_has_a_reason_of_its_own_and_nobody_is_sent_to_mend_it():
    some = day(gear=Gear(925, 925, (), 0, 0, 100, 0, ours=((START, START + 35 * MINUTE),)), minutes_heard=1405)
    found = read(some, [], FIRST)
    assert [one for one in found.reasons if one.down] == [Reason("ours", 1, {"minutes": 35})]
    assert (found.differs, found.todos) == ((Line("ours", {"minutes": 35}),), ())
    whole = day(gear=Gear(0, 0, (), 0, 0, 0, 0, ours=((START, END),)), minutes_heard=0)
    assert whole.is_ours
    assert read(whole, [], FIRST).differs == (Line("ours_all_day"),)
    sums = sums_of(whole)
    assert (sums["days.ours"], sums["gear.ours_us"], sums["gear.open_minutes"]) == (1, 24 * HOUR, 0)


SHUT = Gear(0, 0, (), 0, 0, 24, 0)
NOBODY = Visits(0, 0, 0, None, 0, 0, None)


@pytest.mark.parametrize(
    ("happened", "is_closed"),
    [
        ({}, True),
        ({"came": 0, "went": 0, "people_at_end": 4, "visits": NOBODY, "safety": alarms(0, 0, 1, 1)}, True),
        ({"doors": (Door(START + HOUR, False),)}, True),
        ({"minutes_heard": 0}, True),
        ({"gear": Gear(960, 960, (), 0, 0, 24, 0)}, False),
        ({"gear": None}, False),
        ({"gear": replace(SHUT, ours=((START, START + HOUR),))}, False),
        ({"gear": replace(SHUT, typed=1)}, False),
        ({"came": 1}, False),
        ({"visits": replace(NOBODY, named=1)}, False),
        ({"doors": (Door(START + HOUR, True),)}, False),
        ({"safety": alarms(0, 1, 0, 0)}, False),
        ({"voice": voice({"rating.5": 1})}, False),
        ({"meals": meals({"meal.booked.lunch.delivery": 1})}, False),
        ({"services": services([given(9, 9, 9.5)], END, 15 * MINUTE)}, False),
    ],
)
def test_a_site_was_closed_where_the_calendar_has_it_so_and_nobody_was_there_all_the_same(happened, is_closed):
    found = day(**{"gear": SHUT} | happened)
    assert (found.is_closed, found.asks_for_name) == (is_closed, not is_closed)
    sums = sums_of(found)
    assert (sums["days"], sums["days.closed"]) == (1, int(is_closed))
    assert sums["days.off"] == int(is_closed and found.minutes_heard == 0)


def test_a_closed_day_misses_nothing_and_says_so():
    found = read(
        day(gear=replace(SHUT, events=0), minutes_heard=0), [day(peak=peak) for peak in (50, 52, 52, 54)], FIRST
    )
    assert (found.grade, found.differs, found.todos) == ("A", (Line("closed"),), ())
    assert found.do == (Line("nothing_due"),)
    assert [one.what for one in found.reasons] == ["closed"]


def test_our_gap_parts_a_silence_and_a_slot_of_which_anything_came_is_heard():
    """Open from eight to ten; nothing but one word at nine; we are out from 8:12 to 9:07."""
    eight = START + 8 * HOUR
    gap = (eight + 12 * MINUTE, eight + 67 * MINUTE)
    heard = {(eight + HOUR) // SLOT_US: 1}
    found = gear("Mo-Su 08:00-10:00", Hours("UTC", {}), heard, START, END, 15 * MINUTE, [gap])
    assert found.ours == ((eight + 10 * MINUTE, eight + HOUR), (eight + 65 * MINUTE, eight + 70 * MINUTE))
    assert (found.open_minutes, found.heard_minutes) == (65, 5)
    assert found.silences == ((eight + 70 * MINUTE, eight + 2 * HOUR),)
    assert deaf_minutes([gap], heard) == 54


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 2, 3], None), ([3, 1, 2, 4], Usual(4, 1, 2, 4)), ([9, 1, 2, 3, 4, 5], Usual(6, 2, 3, 5))],
)
def test_usual_is_the_middle_and_the_spread_without_its_extremes(values, expected):
    assert usual_of(values) == expected


def test_what_differs_is_said_and_what_does_not_is_not():
    past = [day(peak=peak) for peak in (50, 52, 52, 54)]
    assert read(day(peak=53), past, FIRST).differs == (Line("as_usual"),)
    narrow = [day(peak=peak) for peak in (49, 50, 50, 51)]
    assert read(day(peak=52), narrow, FIRST).differs == (Line("as_usual"),), "less than one in twenty is no news"
    assert [one.what for one in read(day(peak=54), narrow, FIRST).differs] == ["more"]
    (line,) = read(day(peak=30), past, FIRST).differs
    assert (line.what, line.numbers["figure"], line.numbers["pct"]) == ("less", "peak", 42)
    assert read(day(peak=30), past[:3], FIRST).differs == (Line("no_usual"),)
    assert read(day(peak=70), [], FIRST).differs[0].what == "over"


def open_alarms(*alarms):
    by_type = {type_: sum(1 for other, _ in alarms if other == type_) for type_, _ in alarms}
    found = tuple(OpenAlarm(type_, at) for type_, at in alarms)
    return Safety(0, {}, (0, 0, 0, 0), 0, len(alarms), by_type, 0, None, None, open_alarms=found)


def next_day(before, missed=0, **more):
    tomorrow = day(**{"day": "2024-10-05", **more})
    return read(tomorrow, [], Before(before, END, missed))


def test_todos_come_in_order_of_urgency():
    found = services([given(9), given(10, 10, 11)], END, 15 * MINUTE)
    now = read(day(safety=open_alarms(("FALL", END - HOUR), ("LOWBAT", END - HOUR)), services=found), [], FIRST)
    assert [todo.what for todo in now.todos] == ["close_alarms", "make_up_services", "mend_gear"]
    assert {todo.since for todo in now.todos} == {"2024-10-04"}
    assert now.before is None


def test_a_fall_that_is_still_open_the_next_day_is_open_and_its_todo_is_not_done():
    first = day(reading=read(day(safety=open_alarms(("FALL", START + HOUR))), [], FIRST))
    same = next_day(first, safety=open_alarms(("FALL", START + HOUR)))
    assert same.open == (Line("alarms_open", {"n": 1, "type": "FALL", "hours": 47}),)
    assert same.before == (Followed("close_alarms", "site_manager", "2024-10-04", False, {"n": 1, "type": "FALL"}),)
    assert [(todo.what, todo.since) for todo in same.todos] == [("close_alarms", "2024-10-04")]
    (closed,) = next_day(first, safety=open_alarms(("FALL", END + HOUR))).before
    assert closed.done


def test_a_todo_that_ranks_sixth_is_not_done_because_a_page_shows_five():
    reading = read(
        day(
            safety=open_alarms(("FALL", START), ("LOWBAT", START)),
            services=services([given(9)], END, 15 * MINUTE),
            peak=70,
            capacity=60,
            meals=meals({"meal.booked.lunch.dine_in": 10}),
            residents=residents([Move(START + HOUR, "r-7", "leave")], START, None),
        ),
        [],
        FIRST,
    )
    assert [todo.what for todo in reading.todos] == [
        "close_alarms", "limit_people", "make_up_services", "ask_not_fetched", "check_roll", "mend_gear",
    ]  # fmt: skip
    followed = next_day(day(reading=reading), safety=open_alarms(("LOWBAT", START)), peak=20, missed=1).before
    assert {one.what: one.done for one in followed} == {
        "close_alarms": True, "limit_people": True, "make_up_services": False, "ask_not_fetched": False,
        "check_roll": False, "mend_gear": False,
    }  # fmt: skip


def test_what_nothing_shows_to_be_done_is_asked_for_again_for_a_week():
    asked = Todo("add_staff", "site_manager", 600, "too_few_staff", {"n": 1}, "2024-10-01")
    kept = next_day(day(reading=replace(read(day(), [], FIRST), todos=(asked,))))
    assert (kept.before[0].done, kept.todos) == (False, (asked,))
    old = replace(asked, since="2024-09-28")
    assert next_day(day(reading=replace(read(day(), [], FIRST), todos=(old,)))).todos == ()


def test_versions_say_what_changed_and_why():
    one, two = day(peak=5), day(peak=7, gear=Gear(960, 960, (), 3, 0, 103, 0))
    assert changes(one, two) == [("peak", 5, 7)]
    assert (why(None, one, False), why(one, two, False), why(one, two, True), why(one, one, False)) == (
        "first", "late", "corrected", "recomputed",
    )  # fmt: skip
    assert isinstance(found := services([given(9)], END, SECOND), Services)
    assert ("services.due", None, 1) in changes(one, day(peak=5, services=found))


def test_a_version_stored_before_todos_were_followed_is_still_read():
    stored = json.loads(msgspec.json.encode(day(safety=open_alarms(), reading=read(day(), [], FIRST))))
    for block, added in {"safety": ("called", "open_alarms", "in_limit"), "gear": ("timed", "over")}.items():
        for name in added:
            del stored[block][name]
    del stored["doors"], stored["reading"]["before"]
    stored["safety"]["waits_us"] = [4_000_000]
    stored["reading"] |= {"before_done": 1, "before_open": 2}
    old = parsed(json.dumps(stored))
    assert (old.safety.called, old.doors, old.reading.before, old.reading.before_open) == (0, (), None, 2)
