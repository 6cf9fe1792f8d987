"""The clock reckons what is usual today: once, from the days that were lived as today, and again when one of them changed."""

import json
from dataclasses import replace
from datetime import date

import pytest

from contract import format_instant
from ingest.jobs.reckon_usual import reckon_usual
from ingest.jobs.summarise_days import QUIET, summarise_days
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import day_bounds
from models.usual import Point, read
from tests.databases import at_once
from tests.ingest.conftest import NOW
from tests.ingest.test_jobs import occasion

WEEK = 7 * 24 * HOUR
START = day_bounds(date(2026, 11, 23), "Asia/Shanghai")[0]
TEN = 40
"""The quarter of an hour from ten o'clock on."""
numbers = iter(range(1_000_000))


def event(kind, at, **fields):
    return {"id": f"u{next(numbers)}", "kind": kind, "at": format_instant(at), **fields}


def send(district, site, *events):
    taken = district.take(json.dumps(list(events)).encode(), site=site)
    assert set(taken.verdicts) == {"stored"}


def lived(district, site, week, people, *, lunches=0, bath=None):
    """From ten to eleven, so many weeks ago; `bath`: whether the one that was due at ten was given."""
    ten = START - week * WEEK + 10 * HOUR
    send(
        district,
        site,
        event("occupancy.count", ten, count=0, method="reset"),
        event("occupancy.flow", ten + SECOND, **{"in": people, "out": 0}),
        *(event("device.status", ten + n * 5 * MINUTE, device="door-1", online=True) for n in range(12)),
        *(event("meal.served", ten + n * MINUTE, meal="lunch", mode="dine_in") for n in range(lunches)),
        *(event("meal.served", ten, meal="dinner", mode="dine_in") for _ in range(lunches)),
    )
    if bath is not None:
        due = {"service": f"b{week}", "type": "BA.ST", "due_at": format_instant(ten)}
        send(district, site, event("service.planned", ten - HOUR, **due))
        if bath:
            send(district, site, event("service.completed", ten + 20 * MINUTE, service=f"b{week}"))


def usual(district, scope, figure):
    found = district.rows("select points from usual where scope = ? and figure = ?", scope, figure)
    return read(found[0][0]) if found else []


def test_a_site_a_street_and_the_district_know_what_is_usual_of_everything(district):
    for week, people in enumerate((10, 12, 14, 16), start=1):
        lived(district, "s-001", week, people, lunches=week, bath=week > 1)
        lived(district, "s-002", week, 100)
    assert reckon_usual(occasion(district))["sites"] == 2
    assert usual(district, "site:s-001", "people")[TEN] == Point(12, 10, 16, 4)
    assert usual(district, "site:s-001", "people")[TEN - 8] is None
    assert usual(district, "site:s-001", "visits")[-1] == Point(12, 10, 16, 4)
    assert usual(district, "site:s-001", "lunch")[TEN + 1] == Point(2, 1, 4, 4)
    assert [usual(district, "site:s-001", name)[TEN + 1].middle for name in ("due", "done")] == [1, 1]
    assert usual(district, "site:s-001", "done")[TEN] == Point(0, 0, 0, 4)
    for scope in ("", "street:440309002"):
        assert usual(district, scope, "people")[TEN] == Point(112, 110, 116, 4)
    assert district.rows("select distinct day from usual") == [("2026-11-23",)]


def test_neither_other_days_nor_today_nor_fewer_than_four_weeks_say_anything(district):
    for week in (0, 1, 2, 3):
        lived(district, "s-001", week, 10)
    lived(district, "s-001", 8 / 7, 10)
    reckon_usual(occasion(district))
    assert district.rows("select * from usual") == []


def test_residents_in_house_are_counted_as_they_were(district):
    for week in (1, 2, 3, 4):
        lived(district, "s-001", week, 1)
    long_ago = START - 6 * WEEK - 24 * HOUR
    moves = [event("bed.moved", long_ago + n, person=f"person-{n}", move="admit", bed=f"b-{n}") for n in range(3)]
    last_week = event("bed.moved", START - WEEK + 12 * HOUR, person="person-0", move="hospital")
    send(district, "s-001", *moves, last_week)
    reckon_usual(occasion(district))
    points = usual(district, "site:s-001", "in_house")
    assert (points[TEN], points[-1]) == (Point(3, 3, 3, 4), Point(3, 2, 3, 4))


def test_the_calendar_says_as_which_weekday_a_day_was_lived(district, tmp_path):
    file = tmp_path / "days.csv"
    file.write_text("date,rule\n2026-11-16,closed\n2026-11-22,as Monday\n", encoding="utf-8")
    for week, people in ((1, 900), (2, 10), (3, 10), (4, 10), (1 / 7, 50)):
        lived(district, "s-001", week, people)
    cfg = replace(district.cfg, time=replace(district.cfg.time, days_file=str(file)))
    reckon_usual(replace(occasion(district), cfg=cfg))
    assert usual(district, "site:s-001", "people")[TEN] == Point(10, 10, 50, 4)


def test_it_is_done_once_a_day_and_again_when_a_past_day_is_restated(district):
    for week in (1, 2, 3, 4):
        lived(district, "s-001", week, 10)
    assert reckon_usual(occasion(district))["sites"] == 2
    assert reckon_usual(occasion(district, NOW + MINUTE)) == {}
    lived(district, "s-001", 5, 30)
    later = NOW + QUIET + SECOND
    assert summarise_days(occasion(district, later))["versions"] > 0
    assert reckon_usual(occasion(district, later + SECOND))["sites"] == 2
    assert usual(district, "site:s-001", "people")[TEN].days == 5
    assert reckon_usual(occasion(district, later + 2 * SECOND)) == {}
    assert reckon_usual(occasion(district, later + 24 * HOUR))["sites"] == 2


def test_a_run_that_is_told_to_stop_is_not_done(district):
    assert reckon_usual(occasion(district, is_stopping=lambda: True))["sites"] == 0
    assert reckon_usual(occasion(district))["sites"] == 2


def test_two_schedulers_at_once_keep_the_same_rows(district, database):
    for week, people in enumerate((10, 12, 14, 16), start=1):
        lived(district, "s-001", week, people)
    at_once(database, 2, lambda engine: reckon_usual(replace(occasion(district), engine=engine)))
    assert usual(district, "", "people")[TEN] == Point(12, 10, 16, 4)
    assert district.rows("select period from job_run where job = 'reckon_usual'") == [("2026-11-23",)]


@pytest.mark.parametrize("scope", ["", "street:440309002"])
def test_a_site_that_was_not_heard_one_week_does_not_pull_the_sum_down(district, scope):
    for week in (1, 2, 3, 4, 5):
        lived(district, "s-001", week, 10)
        if week != 2:
            lived(district, "s-002", week, 100)
    reckon_usual(occasion(district))
    assert usual(district, scope, "people")[TEN] == Point(110, 110, 110, 5)
