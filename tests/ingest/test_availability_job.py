"""A day's availability is reckoned once, the same after late data, and forgotten steps take nothing else with them."""

from datetime import date

from ingest.jobs.forget_alarm_steps import forget_alarm_steps
from ingest.jobs.occasion import Occasion
from ingest.jobs.reckon_availability import reckon_availability
from models.alarm_steps import Cause, Place, clear_alarm, raise_alarm
from models.base import HOUR, MINUTE
from models.civil_day import day_bounds
from models.database import transaction
from tests.ingest.conftest import NOW
from tests.ingest.said import flow, payload

DAY = 24 * HOUR
START, END = day_bounds(date(2026, 11, 22), "Asia/Shanghai")


def occasion(district, now=NOW, **more):
    return Occasion(district.engine, district.cfg, now, now, **more)


def test_a_day_is_reckoned_once_from_what_came_in_time(district):
    district.write("update site set created_at = ?", (START + 6 * HOUR,))
    for n in range(24):
        at = START + 12 * HOUR + n * 5 * MINUTE
        district.take(payload(flow(at)), received_at=at + MINUTE)
    assert reckon_availability(occasion(district)) == {"site_days": 2, "days": 1}
    rows = [(1, "2026-11-22", 18 * 60, 23 * 5 + 15, 0), (2, "2026-11-22", 18 * 60, 0, 0)]
    assert district.rows("select * from availability_day order by 1") == rows
    district.take(payload(*(flow(START + 15 * HOUR + n * MINUTE) for n in range(60))), received_at=NOW)
    assert reckon_availability(occasion(district)) == {}
    assert reckon_availability(occasion(district, day=date(2026, 11, 22), forced=True)) == {"site_days": 2, "days": 1}
    assert district.rows("select * from availability_day order by 1") == rows


def test_steps_of_alarms_settled_long_ago_go_and_the_alarms_stay(district):
    with transaction(district.engine) as connection:
        old = raise_alarm(connection, Cause(Place(1), "OFFLINE"), NOW - 800 * DAY, {})
        clear_alarm(connection, old, NOW - 731 * DAY)
        recent = raise_alarm(connection, Cause(Place(2), "OFFLINE"), NOW - 800 * DAY, {})
        clear_alarm(connection, recent, NOW - 729 * DAY)
        raise_alarm(connection, Cause(Place(1), "LATE"), NOW - 800 * DAY, {})
    district.write(
        "insert into delivery (transition_id, channel, state, tries, detail)"
        " select id, 'wecom', 'sent', 1, '' from transition",
        (),
    )
    district.write(
        "insert into job_run (job, period, done_at) values (?, 'x', ?)",
        ("optimise", NOW - 401 * DAY), ("summarise_days", NOW - 401 * DAY), ("forget_seen", NOW - 399 * DAY),
    )  # fmt: skip
    assert forget_alarm_steps(occasion(district)) == {"alarms": 1, "occasions": 1}
    assert district.rows("select alarm_id, count(*) from transition group by 1 order by 1") == [(2, 2), (3, 1)]
    assert district.rows("select count(*) from delivery") == [(3,)]
    assert district.rows("select count(*) from alarm") == [(3,)]
    assert forget_alarm_steps(occasion(district)) == {}
