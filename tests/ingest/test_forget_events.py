"""Raw events go by their age; what was counted from them stays, and so do events that a summary has yet to read."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from edge.ulid import ulid
from ingest.jobs.forget_events import forget_events
from ingest.jobs.summarise_days import QUIET, summarise_days
from models.base import SECOND
from models.database import transaction
from models.event_days import make_day, missing_days
from tests.ingest.conftest import NOW
from tests.ingest.test_jobs import DAY, TODAY, event, occasion, opened

KEEP_DAYS = 5
EVENING = NOW + QUIET + SECOND


@pytest.fixture(autouse=True)
def short(district):
    district.cfg = replace(district.cfg, ingest=replace(district.cfg.ingest, keep_raw_days=KEEP_DAYS))


def lived(district, *days_ago):
    """A flow and a door of each day, taken in when they happened; every day summed up."""
    opened(district, max(days_ago) + 1, max(days_ago) + 1)
    for number, ago in enumerate(days_ago):
        at = NOW - ago * DAY
        with transaction(district.engine) as connection:
            for day in missing_days(connection, at, 1):
                make_day(connection, day)
        flow = event(2 * number, at) | {"in": 3, "out": 1}
        said = [json.dumps(one).encode() for one in (flow, event(2 * number + 1, at, "door.opened"))]
        assert district.take(*said, received_at=at).verdicts == ["stored", "stored"]
    as_then = replace(district.cfg, ingest=replace(district.cfg.ingest, keep_raw_days=max(days_ago) + 2))
    summarise_days(replace(occasion(district, EVENING), cfg=as_then))
    assert district.rows("select count(*) from touched_day where day < ?", str(TODAY)) == [(0,)]


def kept(district):
    """How many days ago."""
    return [
        ago for (ago,) in district.rows("select distinct (? - at) / ? as ago from event order by ago desc", NOW, DAY)
    ]


def test_they_go_by_age_and_what_follows_from_them_stays(district):
    lived(district, 10, 8, 5, 0)
    tables = ("slot", "head_count", "tally", "site_day", "site_slot", "stream", "device")
    before = {table: district.rows(f"select * from {table} order by 1, 2") for table in tables}
    assert len(before["slot"]) == 4
    counts = forget_events(occasion(district, EVENING))
    assert kept(district) == [5, 0]
    assert counts["days"] or counts["events"] == 4
    assert {table: district.rows(f"select * from {table} order by 1, 2") for table in tables} == before
    assert json.loads(district.rows("select result from job_run where job = 'forget_events'")[0][0]) == counts
    assert forget_events(occasion(district, EVENING)) == {}


def test_more_than_a_bite_goes_in_bites(district):
    lived(district, 10, 0)
    at = NOW - 10 * DAY
    many = [json.dumps([event(1000 * n + m, at + m, "door.opened") for m in range(400)]).encode() for n in range(1, 4)]
    assert set(district.take(*many, received_at=at).verdicts) == {"stored"}
    if district.engine.dialect.name == "postgresql":
        district.write("alter table event detach partition event_20261113", ())
        district.write("insert into event select * from event_20261113", ())
    assert forget_events(occasion(district, EVENING))["events"] == 1202
    assert kept(district) == [0]


@pytest.mark.engines("postgresql")
def test_a_day_goes_with_its_table_and_waits_for_no_reader(district):
    lived(district, 10, 8, 0)
    with district.engine.connect() as reading:
        reading.exec_driver_sql("begin")
        reading.exec_driver_sql("select count(*) from event")
        with pytest.raises(Exception, match="lock timeout"):
            forget_events(occasion(district, EVENING))
        reading.exec_driver_sql("rollback")
    counts = forget_events(occasion(district, EVENING))
    assert counts["events"] == 0
    assert counts["days"] >= 2
    there = district.rows("select min(relname) from pg_class where relname like 'event\\_2%' and relkind = 'r'")
    assert there[0][0] > "event_20261115"


@pytest.mark.parametrize("why", ["touched", "not summed up"])
def test_what_a_summary_has_yet_to_read_stays(why, district):
    lived(district, 10, 8, 0)
    day = str(TODAY - timedelta(days=10))
    if why == "touched":
        district.write("insert into touched_day (site_id, day, since, touched_at) values (1, ?, ?, ?)", (day, NOW, NOW))
    else:
        district.write("delete from job_run where job = 'summarise_days' and period >= ?", (day,))
    forget_events(occasion(district, EVENING))
    assert kept(district) == [10, 8, 0]


def test_an_event_whose_key_is_wrong_about_its_time_is_judged_by_its_time(district):
    lived(district, 10, 0)
    said = event(7, NOW, "door.opened") | {"id": ulid(NOW - 10 * DAY)}
    assert district.take(json.dumps(said).encode()).verdicts == ["stored"]
    forget_events(occasion(district, EVENING))
    assert kept(district) == [0]
    assert district.rows("select count(*) from event") == [(3,)]


@pytest.mark.parametrize("years", [0.01, 70])
def test_an_event_whose_key_is_of_a_day_to_come_goes_when_it_is_old_itself(district, years):
    lived(district, 10, 0)
    for number, ago in ((7, 10), (8, 1)):
        at = NOW - ago * DAY
        said = event(number, at, "door.opened") | {"id": ulid(NOW + int(years * 365 * DAY) + number * SECOND)}
        assert district.take(json.dumps(said).encode(), received_at=at).verdicts == ["stored"]
    forget_events(occasion(district, EVENING))
    assert kept(district) == [1, 0]
    assert district.rows("select count(*) from event") == [(3,)]
