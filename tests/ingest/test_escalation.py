"""Who is called when nobody answers: a table of moments, and the job that takes each step once."""

from dataclasses import replace

import pytest

import config
from ingest.jobs.escalate_alarms import escalate_alarms
from ingest.jobs.occasion import Occasion
from models.alarm_steps import Cause, Place, raise_alarm
from models.base import HOUR, MINUTE, SECOND
from models.database import transaction
from models.deadlines import deadlines_of
from models.escalation import NextStep, Settings, Waiting, due_of, next_step, quiet_until
from tests.databases import at_once
from tests.ingest.conftest import NOW
from tests.ingest.said import event, payload

DEADLINES = deadlines_of(config.load(environ={}).deadlines)
SETTINGS = Settings("Asia/Shanghai", "22:00", "07:00", 3, 30, DEADLINES)
NIGHT = NOW + 14 * HOUR  # 23:02 in Shenzhen
MORNING = NIGHT // MINUTE * MINUTE + 7 * HOUR + 58 * MINUTE


def sos(state="raised", level=0, grade=1, type_="SOS", repaired=None, hushed=None):
    return Waiting(type_, grade, state, level, NOW, repaired, hushed)


@pytest.mark.parametrize(
    ("alarm", "after", "expected"),
    [
        (sos(), 60, NextStep(1, NOW + 120 * SECOND)),
        (sos("notified"), 60, NextStep(1, NOW + 120 * SECOND)),
        (sos(level=1), 120, NextStep(2, NOW + 180 * SECOND)),
        (sos(level=2), 180, NextStep(3, NOW + 180 * SECOND + 30 * MINUTE)),
        (sos(level=3), 3000, NextStep(3, NOW + 3000 * SECOND + 30 * MINUTE)),
        # After an outage of ours: half the limit between two levels, not all at once.
        (sos(), 9000, NextStep(1, NOW + 9030 * SECOND)),
        (sos("acknowledged"), 180, NextStep(1, None)),
        (sos("on_site", level=3), 180, NextStep(3, None)),
        (sos("resolved"), 60, NextStep(None, None)),
        (sos("closed"), 60, NextStep(None, None)),
        (sos(repaired=NOW + HOUR), 60, NextStep(1, NOW + 120 * SECOND)),
        (sos(grade=2, type_="OFFLINE", repaired=NOW + HOUR), 900, NextStep(None, NOW + HOUR)),
        (sos(grade=2, type_="OFFLINE", hushed=NOW + HOUR), 900, NextStep(1, NOW + 1800 * SECOND)),
        (sos(grade=3, type_="LATE", hushed=NOW + HOUR), 1800, NextStep(None, NOW + HOUR)),
        (sos(grade=2, type_="OFFLINE", repaired=NOW + 60 * SECOND), 900, NextStep(1, NOW + 1800 * SECOND)),
    ],
)
def test_the_next_one_up_the_line_is_called_at_stated_delays(alarm, after, expected):
    assert next_step(alarm, NOW + after * SECOND, SETTINGS) == expected


@pytest.mark.parametrize(
    ("grade", "now", "expected"),
    [(3, NIGHT, NextStep(None, MORNING)), (2, NIGHT, None), (1, NIGHT, None), (3, MORNING, None), (3, NOW, None)],
)
def test_what_may_wait_waits_for_the_morning(grade, now, expected):
    step = next_step(Waiting("LATE", grade, "raised", 0, now - HOUR), now, SETTINGS)
    assert step == expected if expected else step.level == 1


@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        ("22:00", "07:00", NIGHT, MORNING),
        ("09:02", "09:03", NOW, NOW // MINUTE * MINUTE + MINUTE),
        ("09:03", "09:02", NOW, None),
        ("09:02", "09:02", NOW, None),
        ("08:00", "09:02", NOW, None),
    ],
)
def test_quiet_hours_may_go_over_midnight_or_not_be(start, end, now, until):
    assert quiet_until(now, Settings("Asia/Shanghai", start, end, 3, 30, DEADLINES)) == until


@pytest.mark.parametrize(("code", "state", "due"), [("SOS", "raised", 60), ("SOS", "assigned", 180), ("NEARCAP", "raised", None),
                                                    ("XYZ", "raised", None), ("SOS", "resolved", None)])  # fmt: skip
def test_a_deadline_follows_from_the_type(code, state, due):
    assert due_of(code, state, 0, NOW, DEADLINES) == (None if due is None else NOW + due * SECOND)


@pytest.mark.parametrize(("seconds", "due"), [(20, NOW + 20 * SECOND), (0, None)])
def test_an_operator_says_how_soon_a_call_must_be_seen(district, seconds, due):
    district.cfg = replace(district.cfg, deadlines=replace(district.cfg.deadlines, sos_ack_s=seconds))
    district.take(payload(event("alarm.raised", NOW, alarm="a", type="SOS")))
    assert district.rows("select due_at from alarm") == [(due,)]


def occasion(district, now, engine=None):
    return Occasion(engine or district.engine, district.cfg, now, now)


def test_any_number_of_schedulers_take_each_step_once(district, database):
    with transaction(district.engine) as connection:
        for number in range(4):
            raise_alarm(connection, Cause(Place(1), "OFFLINE", str(number)), NOW, DEADLINES)
    at_once(database, 3, lambda engine: escalate_alarms(occasion(district, NOW + 15 * MINUTE, engine)))
    assert district.rows("select level, count(*) from alarm group by level") == [(1, 4)]
    assert district.rows("select count(*) from transition where step = 'escalated' and tell = 1") == [(4,)]


def test_a_call_that_nobody_answers_reaches_the_district_and_is_repeated(district):
    district.take(payload(event("alarm.raised", NOW, alarm="a", type="SOS")))
    seen = []
    for seconds in range(0, 2100, 30):
        escalate_alarms(occasion(district, NOW + seconds * SECOND))
        seen.append(district.rows("select level from alarm")[0][0])
    assert [seen.index(level) * 30 for level in (1, 2, 3)] == [60, 120, 180]
    assert district.rows("select count(*) from transition where step = 'escalated'") == [(4,)]


def test_a_site_under_repair_calls_nobody_until_it_is_over(district):
    with transaction(district.engine) as connection:
        alarm = raise_alarm(connection, Cause(Place(1), "OFFLINE"), NOW, DEADLINES)
    district.write(
        "insert into maintenance (street, since, until, reason, author, made_at) values ('440309002', ?, ?, 'power', 'chen', ?)",
        (NOW, NOW + HOUR, NOW),
    )
    assert escalate_alarms(occasion(district, NOW + 20 * MINUTE)) == {"called": 0, "put_off": 1, "own": 0}
    assert district.rows("select due_at, level from alarm where id = ?", alarm) == [(NOW + HOUR, 0)]
    assert escalate_alarms(occasion(district, NOW + HOUR))["called"] == 1
