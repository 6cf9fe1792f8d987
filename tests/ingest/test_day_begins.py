"""Days from morning to morning: a night belongs to the day that it began on, in what is folded, touched, summed up and kept."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from ingest.jobs.add_up_hours import add_up_hours
from ingest.jobs.begin_days import begin_days
from ingest.jobs.endings import Ending
from ingest.jobs.summarise_days import QUIET, summarise_days
from ingest.places import load
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import day_bounds
from models.database import read_only
from models.day_begin import begins_of
from models.site_day import read_day
from tests.ingest.conftest import NOW
from tests.ingest.test_jobs import DAY, END, START, TODAY, YESTERDAY, ZONE, event, occasion, opened, send, versions

SIX = 6 * HOUR
NIGHT, MORNING = END - 2 * HOUR, END + SIX
"""22:00 of Sunday, 06:00 of Monday."""


@pytest.fixture
def mornings(district):
    """The days of s-001 begin at six, those of s-002 at midnight."""
    opened(district, 1, 1)
    district.write("insert into day_begin (site_id, from_day, minutes) values (1, '0001-01-01', 360)", ())
    district.registry.forget()
    return district


def periods(district):
    return [
        row[0]
        for row in district.rows("select period from job_run where job = 'summarise_days' order by done_at, period")
    ]


def touched(district):
    return district.rows("select site_id, day from touched_day order by 1, 2")


def night(site):
    """A night shift with its guests, each event told as it happens."""
    told = (
        (NIGHT, "staff.on", {"worker": "li-0001", "role": "care"}),
        (NIGHT + HOUR, "person.in", {"person": "guest-1"}),
        (END + 2 * HOUR, "occupancy.flow", {"area": "hall", "in": 3, "out": 0}),
        (END + 3 * HOUR, "rating.given", {"score": 5}),
        (END + 4 * HOUR, "person.in", {"person": "guest-1"}),
        (END + 5 * HOUR, "meal.served", {"meal": "breakfast", "mode": "dine_in"}),
        (MORNING, "staff.off", {"worker": "li-0001"}),
    )
    for number, (at, kind, fields) in enumerate(told):
        if kind == "staff.off":
            fields |= {"role": "care"}
        yield at, event(f"{site}-{number}", at, kind, **fields)


def test_a_night_shift_and_all_that_it_did_belong_to_the_day_that_it_began_on(mornings):
    for site in ("s-001", "s-002"):
        for at, one in night(site):
            assert send(mornings, one, site=site, received_at=at + SECOND) == ["stored"]
    assert touched(mornings) == []
    assert summarise_days(occasion(mornings, MORNING + 10 * MINUTE))["days"] == 2
    (_, sunday), (_, cut) = versions(mornings)[0], versions(mornings, "s-002")[0]
    assert sunday["minutes"] == cut["minutes"] == 24 * 60
    assert (sunday["came"], sunday["voice"]["ratings"], sunday["meals"]["served"]) == (5, 1, 1)
    assert (cut["came"], cut["voice"], cut["meals"]) == (1, None, None)
    assert (sunday["staff"]["care_us"], cut["staff"]["care_us"]) == (8 * HOUR, 2 * HOUR)
    looks = [(one["shift"], one["at"], one["care"]) for one in sunday["staff"]["shifts"]]
    assert looks == [("day", START + 10 * HOUR, 0), ("evening", START + 16 * HOUR, 0), ("night", END + 4 * HOUR, 1)]
    cards = mornings.rows("select site_id, day, visits, persons from card_day order by 1, 2")
    assert cards == [(1, "2026-11-22", 2, 1), (2, "2026-11-22", 1, 1), (2, "2026-11-23", 1, 1)]


@pytest.mark.parametrize(
    ("at", "told_at", "days"),
    [
        (END + 5 * HOUR, MORNING - MINUTE, []),  # her day still runs
        (END + 5 * HOUR, MORNING + MINUTE, [(1, "2026-11-22")]),
        (MORNING - SECOND, NOW, [(1, "2026-11-22")]),
        (MORNING, NOW, []),
        (START + 5 * HOUR, NOW, [(1, "2026-11-21"), (1, "2026-11-22")]),  # what came in stays until somebody leaves
    ],
)
def test_what_comes_late_in_the_small_hours_opens_the_day_before_again(mornings, at, told_at, days):
    send(mornings, event("first", START - DAY + 12 * HOUR, **{"in": 1, "out": 0}))
    summarise_days(occasion(mornings, NOW))
    mornings.write("delete from touched_day", ())
    send(mornings, event("late", at, **{"in": 2, "out": 0}), received_at=told_at)
    assert touched(mornings) == days
    if days:
        summarise_days(occasion(mornings, NOW + QUIET + SECOND))
        opened_again = date.fromisoformat(days[0][1])
        assert versions(mornings, day=opened_again)[-1][1]["people_at_end"] == 3
        assert touched(mornings) == []


def test_three_missed_days_with_two_ends_are_made_up_for_each_once_and_in_order(mornings):
    then = NOW + 3 * DAY
    ends = [f"{YESTERDAY + timedelta(days=n)}{end}" for n in range(4) for end in ("", "@06:00")]
    for n in range(1, len(ends) + 1):
        looks = iter([False])
        run = occasion(mornings, then + n, is_stopping=lambda looks=looks: next(looks, True))
        assert summarise_days(run) == {"site_days": 1, "versions": 1, "days": 1}
        assert periods(mornings) == ends[:n]
    assert summarise_days(occasion(mornings, then + 20)) == {"site_days": 0, "versions": 0, "days": 0}
    assert mornings.rows("select site_id, count(*), max(version) from site_day group by site_id order by 1") == [
        (1, 4, 1), (2, 4, 1)]  # fmt: skip


def test_a_day_is_summed_up_after_its_own_end_and_the_district_s_hours_after_the_last(mornings):
    send(mornings, event("a", START + 12 * HOUR, **{"in": 4, "out": 0}))
    send(mornings, event("b", START + 12 * HOUR, **{"in": 1, "out": 0}), site="s-002")
    assert summarise_days(occasion(mornings, END + 10 * MINUTE))["days"] == 1
    assert (periods(mornings), add_up_hours(occasion(mornings, END + 10 * MINUTE))) == (["2026-11-22"], {})
    assert summarise_days(occasion(mornings, MORNING + 9 * MINUTE))["days"] == 0
    at = MORNING + 10 * MINUTE
    assert (summarise_days(occasion(mornings, at))["days"], add_up_hours(occasion(mornings, at))["days"]) == (1, 1)
    hours = "select at, last from site_hour where site_id = 1 order by at"
    assert [row[0] for row in mornings.rows(hours)] == [START + hour * HOUR for hour in range(12, 30)]
    noon = "select last from scope_hour where scope = '' and at = ?"
    assert mornings.rows(noon, START + 12 * HOUR) == [(5,)]
    send(mornings, event("c", END + HOUR, **{"in": 2, "out": 0}), received_at=NOW)
    summarise_days(occasion(mornings, NOW + QUIET + SECOND))
    again = mornings.rows("select period from job_run where job = 'add_up_hours'")
    assert again == []  # her small hours stand in the hours of two of the district's days


def told(district, **keys):
    return replace(district.cfg, time=replace(district.cfg.time, **keys))


def turns(district):
    return district.rows("select site_id, from_day, minutes from day_begin order by 1, 2")


def test_another_hour_begins_the_day_after_tomorrow_and_leaves_what_was_summed_up_as_it_is(district):
    opened(district, 2, 2)
    for number, at in enumerate((START + 2 * HOUR, START + 20 * HOUR, END + 2 * HOUR)):
        send(district, event(number, at, **{"in": 1, "out": 0}))
    summarise_days(occasion(district))
    before = versions(district)
    wanted = replace(occasion(district), cfg=told(district, day_begins="CST=06:00"))
    assert (begin_days(wanted), begin_days(wanted)) == ({"sites": 2}, {})
    assert turns(district) == [(1, "2026-11-25", 360), (2, "2026-11-25", 360)]
    assert district.registry.begins == {}
    send(district, event("late", START + 3 * HOUR, **{"in": 1, "out": 0}))
    assert set(district.registry.begins) == {1, 2}  # read with the next batch
    assert touched(district) == [(1, "2026-11-22")]
    summarise_days(occasion(district, NOW + QUIET + SECOND))
    first, second = versions(district)
    assert (first, second[1]["came"], second[1]["minutes"]) == (before[0], 3, 24 * 60)
    assert (begin_days(occasion(district)), turns(district)) == (
        {"sites": 2},
        [(1, "2026-11-25", 0), (2, "2026-11-25", 0)],
    )


def test_the_day_before_the_change_is_longer_and_no_moment_is_lost(district):
    opened(district, 1, 1)
    begin_days(replace(occasion(district), cfg=told(district, day_begins="CST=06:00")))
    district.write("update site set kind = 'MEAL' where id = 2", ())
    begin_days(replace(occasion(district, NOW + 5 * DAY), cfg=told(district, day_begins="CST=06:00")))
    assert turns(district) == [(1, "2026-11-25", 360), (2, "2026-11-25", 360), (2, "2026-11-30", 0)]
    with read_only(district.engine) as connection:
        begins = [begins_of(connection, site) for site in (1, 2)]
        days = [TODAY + timedelta(days=n) for n in range(10)]
        lengths = [[read_day(connection, site, day, ZONE).minutes // 60 for day in days] for site in (1, 2)]
    assert lengths == [[24, 30, 24, 24, 24, 24, 24, 24, 24, 24], [24, 30, 24, 24, 24, 24, 18, 24, 24, 24]]
    for one in begins:
        bounds = [day_bounds(day, ZONE, one) for day in days]
        assert all(one[1] == other[0] for one, other in pairwise(bounds))
    summarise_days(occasion(district, NOW + 9 * DAY))
    made = district.rows("select site_id, day, max(version) from site_day group by site_id, day order by 1, 2")
    assert made == [(site, str(YESTERDAY + timedelta(days=n)), 1) for site in (1, 2) for n in range(10)]


def test_a_site_that_is_new_has_its_kind_s_hour_from_the_beginning(district, tmp_path):
    file = tmp_path / "places.csv"
    file.write_text("site,name_zh,kind,street\nn-001,院,INST,440309002\nn-002,站,CST,440309002\n", encoding="utf-8")
    load(district.engine, file, NOW, day_begins={"INST": 360})
    assert turns(district) == [(3, "0001-01-01", 360)]
    load(district.engine, file, NOW + 1, day_begins={})
    assert turns(district) == [(3, "0001-01-01", 360)]


def test_what_is_usual_is_made_of_days_that_began_at_the_same_hour(mornings):
    sundays = [YESTERDAY - timedelta(weeks=n) for n in range(4, -1, -1)]
    mornings.write("update site set created_at = ?", (START - 40 * DAY,))
    for n, day in enumerate(sundays):
        start = day_bounds(day, ZONE)[0]
        send(mornings, event(f"in-{n}", start + 12 * HOUR, **{"in": 5, "out": 0}),
             event(f"out-{n}", start + 13 * HOUR, **{"in": 0, "out": 5}))  # fmt: skip
        summarise_days(occasion(mornings, day=day, forced=True))
    usual = versions(mornings)[-1][1]["reading"]["usual"]
    assert usual["visits"]["days"] == 4
    mornings.write("update day_begin set minutes = 300", ())
    mornings.write("insert into day_begin (site_id, from_day, minutes) values (1, ?, 360)", (str(YESTERDAY),))
    with read_only(mornings.engine) as connection:
        reading = read_day(connection, 1, YESTERDAY, ZONE).reading
    assert (reading.usual, reading.differs[0].what) == ({}, "no_usual")


def test_a_day_s_page_of_the_ledger_is_read_whatever_it_is_called():
    for ending, period in (
        (Ending(date(2026, 11, 25), 0), "2026-11-25"),
        (Ending(date(2026, 11, 25), 360), "2026-11-25@06:00"),
    ):
        assert (ending.period, Ending.of(period)) == (period, ending)
