"""What raises an alarm by itself: tables of situations, without a database and without a clock."""

from dataclasses import replace

import pytest

import config
from ingest.hearing import Ears
from ingest.judge import limits_of
from ingest.rules import ABOUT_OURSELVES, RAISED_BY_SITES, RULES
from ingest.rules.lasting import Hearing, Raise, Resolve, verdict
from ingest.rules.own import own
from ingest.rules.situation import AreaNow, DeviceNow, MealNow, Reading, SensorNow, Situation, StaffNow
from models.alarm import ALARM_TYPES
from models.base import HOUR, MINUTE, SECOND
from tests.ingest.conftest import NOW

LIMITS = limits_of(config.load())
CALM = Situation(1, NOW - 100 * HOUR, is_open=True, opened_at=NOW - 2 * HOUR, closed_at=None, heard_at=NOW)
CLOSED = replace(CALM, is_open=False, opened_at=None, closed_at=NOW - HOUR)
HALL = AreaNow("hall", 50, 50, 100, NOW, by_counter=True)
LONG = Hearing(NOW - 10 * HOUR, 300)
READ = {rule.code: rule.read for rule in RULES}


def hall(people, **more):
    area = replace(HALL, people=max(people, 0), signed=people, **more)
    return replace(CALM, areas=(area,))


def battery(pct=None, off_ms=None):
    return replace(CALM, devices=(DeviceNow("door-1", pct, off_ms),))


def planned(*minutes_ago):
    return replace(CALM, late_due=tuple(NOW - n * MINUTE for n in minutes_ago))


def running(minutes_ago, takes):
    return replace(CALM, running=((NOW - minutes_ago * MINUTE, takes),))


def lunch(stopped, left=5, began=40):
    meal = MealNow("lunch", NOW - began * MINUTE, NOW + HOUR, left, NOW - stopped * MINUTE)
    return replace(CALM, meals=(meal,))


def carers(on, elders, night=False):
    return replace(CALM, staff=StaffNow(on, elders), night_since=NOW - HOUR if night else None)


def sensor(metric, value, **more):
    said = {"at": NOW, "since": NOW - HOUR, "active_at": NOW - HOUR, "heard_at": NOW, "lived_in": True}
    return replace(CALM, sensors=(SensorNow("bed-1", metric, value, **(said | more)),))


def bed(value, lay=HOUR, heard=0, night=True):
    made = sensor("bed_occupied", value, active_at=NOW - lay, at=NOW - heard, heard_at=NOW - heard)
    return replace(made, night_since=NOW - 8 * HOUR if night else None, day_since=None if night else NOW - HOUR)


def motion(still_min, lived_in=True, heard=0, day_min=400):
    at = NOW - still_min * MINUTE
    made = sensor("motion", 0, since=at, active_at=at, lived_in=lived_in, at=NOW - heard, heard_at=NOW - heard)
    return replace(made, day_since=NOW - day_min * MINUTE)


def certificate(days, said=0):
    return sensor("cert_days_left", days, at=NOW - said)


def heard(ago, **more):
    return replace(CALM, heard_at=NOW - ago, **more)


HOT, COOL, BETWEEN = (True, False), (False, True), (False, False)

CASES = [
    ("OVERCAP", hall(100), BETWEEN),
    ("OVERCAP", hall(101), HOT),
    ("OVERCAP", hall(95), BETWEEN),
    ("OVERCAP", hall(94), COOL),
    ("OVERCAP", replace(hall(150), is_open=False), COOL),
    ("OVERCAP", replace(hall(150), heard_at=NOW - HOUR), COOL),
    ("NEARCAP", hall(90), BETWEEN),
    ("NEARCAP", hall(91), HOT),
    ("NEARCAP", hall(101), BETWEEN),
    ("NEARCAP", hall(84), COOL),
    ("OFFLINE", heard(16 * MINUTE), HOT),
    ("OFFLINE", heard(MINUTE), (True, True)),
    ("OFFLINE", CLOSED, COOL),
    ("OFFLINE", heard(3 * HOUR + SECOND), BETWEEN),
    ("OFFLINE", heard(3 * HOUR), HOT),
    ("OFFLINE", replace(CALM, heard_at=None), BETWEEN),
    ("NOTOPEN", CALM, COOL),
    ("NOTOPEN", replace(CALM, heard_at=None), HOT),
    ("NOTOPEN", heard(4 * HOUR), HOT),
    ("NOTOPEN", heard(int(2.5 * HOUR)), COOL),
    ("NOTOPEN", replace(CLOSED, heard_at=None), COOL),
    ("NOTOPEN", replace(CALM, opened_at=None, heard_at=NOW - 50 * HOUR), COOL),
    ("STUCK", hall(5), COOL),
    ("STUCK", hall(-4), COOL),
    ("STUCK", hall(-5), HOT),
    ("STUCK", hall(5, last_at=NOW - HOUR, came_elsewhere=10, came_usually=3), HOT),
    ("STUCK", hall(5, last_at=NOW - HOUR, came_elsewhere=10, came_usually=2), COOL),
    ("STUCK", hall(5, last_at=NOW - HOUR, came_elsewhere=9, came_usually=3), COOL),
    ("STUCK", hall(5, last_at=NOW - HOUR + SECOND, came_elsewhere=10, came_usually=3), COOL),
    ("STUCK", hall(5, last_at=NOW - HOUR, came_elsewhere=10, came_usually=3, by_counter=False), COOL),
    ("STUCK", replace(hall(3), is_open=False, opened_at=None, closed_at=NOW - 2 * HOUR), HOT),
    ("STUCK", replace(hall(3), is_open=False, opened_at=None, closed_at=NOW - 2 * HOUR + SECOND), COOL),
    ("STUCK", replace(hall(0), is_open=False, opened_at=None, closed_at=NOW - 3 * HOUR), COOL),
    ("LATE", planned(15), HOT),
    ("LATE", planned(14), COOL),
    ("LATE", planned(240), COOL),
    ("LATE", replace(planned(15), heard_at=NOW - HOUR), BETWEEN),
    ("LATE", replace(planned(15), heard_at=NOW - HOUR, is_open=False), HOT),
    ("OVERRUN", running(60, 30), HOT),
    ("OVERRUN", running(59, 30), COOL),
    ("OVERRUN", replace(running(60, 30), heard_at=None), BETWEEN),
    ("LOWBAT", battery(19), HOT),
    ("LOWBAT", battery(20), BETWEEN),
    ("LOWBAT", battery(25), COOL),
    ("CLOCK", battery(off_ms=60_001), HOT),
    ("CLOCK", battery(off_ms=-60_001), HOT),
    ("CLOCK", battery(off_ms=-30_000), COOL),
    ("MEALSHORT", lunch(stopped=15), HOT),
    ("MEALSHORT", lunch(stopped=14), COOL),
    ("MEALSHORT", lunch(stopped=15, left=4), COOL),
    ("MEALSHORT", lunch(stopped=60, began=15), HOT),
    ("MEALSHORT", lunch(stopped=60, began=14), COOL),
    ("MEALSHORT", lunch(stopped=60, began=-1), COOL),
    ("MEALSHORT", replace(lunch(stopped=15), heard_at=NOW - HOUR), BETWEEN),
    ("MEALSHORT", replace(lunch(stopped=15), is_open=False), BETWEEN),
    ("STAFFLOW", carers(2, 31), HOT),
    ("STAFFLOW", carers(2, 30), COOL),
    ("STAFFLOW", replace(carers(2, 31), heard_at=NOW - HOUR), BETWEEN),
    ("STAFFLOW", carers(1, 30, night=True), COOL),
    ("STAFFLOW", carers(1, 31, night=True), HOT),
    ("BEDEXIT", bed(0), HOT),
    ("BEDEXIT", bed(1), COOL),
    ("BEDEXIT", bed(0, lay=9 * HOUR), BETWEEN),
    ("BEDEXIT", bed(0, heard=91 * MINUTE), BETWEEN),
    ("BEDEXIT", bed(0, night=False), COOL),
    ("INACT", motion(300), HOT),
    ("INACT", motion(299), COOL),
    ("INACT", motion(300, lived_in=False), None),
    ("INACT", motion(300, heard=91 * MINUTE), BETWEEN),
    ("INACT", motion(300, day_min=299), COOL),
    ("CERT", certificate(13), HOT),
    ("CERT", certificate(14), COOL),
    ("CERT", certificate(20, said=7 * 24 * HOUR), HOT),
]


@pytest.mark.parametrize(("code", "site", "expected"), CASES)
def test_a_rule_reads_a_situation(code, site, expected):
    readings = [(reading.hot, reading.cool) for reading in READ[code](site, LIMITS, NOW)]
    assert readings == ([] if expected is None else [expected])


def test_what_nobody_reports_is_not_read_and_never_rings():
    unread = {rule.code for rule in RULES if not list(rule.read(CALM, LIMITS, NOW))}
    assert unread == {
        "OVERCAP", "NEARCAP", "STUCK", "MEALSHORT", "STAFFLOW", "BEDEXIT", "INACT", "LOWBAT", "CERT", "CLOCK",
    }  # fmt: skip


def test_every_kind_is_raised_by_a_rule_or_by_the_site():
    assert sorted([*(rule.code for rule in RULES), *RAISED_BY_SITES, *ABOUT_OURSELVES]) == sorted(ALARM_TYPES)


@pytest.mark.parametrize("key", ["bedexit_after_min", "inactive_after_min"])
def test_a_rule_of_persons_can_be_turned_off(key):
    off = replace(LIMITS, **{key: 0})
    assert [list(READ[code](site, off, NOW)) == [] for code, site in (("BEDEXIT", bed(0)), ("INACT", motion(300)))] == [
        key == "bedexit_after_min", key == "inactive_after_min",
    ]  # fmt: skip


def test_a_canteen_is_looked_at_when_it_may_have_stopped():
    (reading,) = READ["MEALSHORT"](lunch(stopped=5, left=40), LIMITS, NOW)
    assert (reading.look_at, reading.numbers) == (NOW + 10 * MINUTE, (40,))
    (reading,) = READ["MEALSHORT"](lunch(stopped=600, began=-30), LIMITS, NOW)
    assert reading.look_at == NOW + 45 * MINUTE


@pytest.mark.parametrize(("people", "grade"), [(101, 2), (120, 2), (121, 1)])
def test_far_above_capacity_is_urgent(people, grade):
    (reading,) = READ["OVERCAP"](hall(people), LIMITS, NOW)
    assert (reading.grade, reading.numbers) == (grade, (people, 100))


@pytest.mark.parametrize(("ago", "grade"), [(15, 3), (59, 3), (60, 2)])
def test_a_service_that_waits_for_an_hour_is_grave(ago, grade):
    (reading,) = READ["LATE"](planned(ago), LIMITS, NOW)
    assert reading.grade == grade


def test_a_capacity_of_the_whole_site_counts_all_its_areas():
    areas = (replace(HALL, capacity=None, people=70), replace(HALL, area="tea", capacity=None, people=40))
    (reading,) = READ["OVERCAP"](replace(CALM, areas=areas, people=110, capacity=100), LIMITS, NOW)
    assert (reading.hot, reading.subject, reading.area) == (True, "", None)


def test_what_will_be_late_is_looked_at_then():
    (reading,) = READ["LATE"](planned(5, -3), LIMITS, NOW)
    assert reading.look_at == NOW + 10 * MINUTE
    (reading,) = READ["OVERRUN"](running(10, 30), LIMITS, NOW)
    assert reading.look_at == NOW + 50 * MINUTE


def reading(hot=False, cool=False, **more):
    return Reading("", hot, cool, **({"for_s": 300, "calm_for_s": 120} | more))


@pytest.mark.parametrize(
    ("said", "holds", "brewing", "decision", "kept"),
    [
        (reading(hot=True), False, None, None, NOW),
        (reading(hot=True), False, NOW - 299 * SECOND, None, NOW - 299 * SECOND),
        (reading(hot=True), False, NOW - 300 * SECOND, Raise(NOW - 300 * SECOND), None),
        (reading(), False, NOW - 299 * SECOND, None, None),
        (reading(hot=True), False, NOW + HOUR, None, NOW),
        (reading(hot=True, since=NOW - 400 * SECOND), False, None, Raise(NOW - 400 * SECOND), None),
        (reading(hot=True), True, None, None, None),
        (reading(), True, NOW - 100 * SECOND, None, None),
        (reading(cool=True), True, None, None, NOW),
        (reading(cool=True), True, NOW - 120 * SECOND, Resolve(), None),
    ],
)
def test_what_must_last_before_it_counts(said, holds, brewing, decision, kept):
    found = verdict(said, holds, brewing, NOW, LONG)
    assert (found.decision, found.brewing) == (decision, kept)


@pytest.mark.parametrize(
    ("hearing", "of_absence", "raises"),
    [
        (Hearing(None, 300), True, False),
        (Hearing(None, 300), False, False),
        (Hearing(NOW - 299 * SECOND, 300), True, False),
        (Hearing(NOW - 299 * SECOND, 300), False, True),
        (Hearing(NOW - 300 * SECOND, 300), True, True),
    ],
)
def test_what_did_not_come_proves_nothing_before_we_have_listened(hearing, of_absence, raises):
    said = reading(hot=True, since=NOW - HOUR, of_absence=of_absence)
    assert isinstance(verdict(said, False, None, NOW, hearing).decision, Raise) == raises


@pytest.mark.parametrize(
    ("lost", "hears", "holds", "expected"),
    [
        (None, True, False, (False, False)),
        (59 * SECOND, False, False, (False, False)),
        (60 * SECOND, False, False, (True, False)),
        (60 * SECOND, False, True, (False, False)),
        (60 * SECOND, True, False, (True, True)),
        (5 * SECOND, True, False, (False, False)),
        (None, True, True, (False, True)),
    ],
)
def test_a_gap_of_ours_is_one_alarm_about_us(lost, hears, holds, expected):
    assert own(None if lost is None else NOW - lost, hears, holds, NOW, 60) == expected


def test_the_ears_begin_anew_after_a_line_lost_a_clock_set_or_a_sleep():
    ears = Ears()
    ears.note(False, NOW, 0.0)
    ears.note(True, NOW + SECOND, 1.0)
    assert (ears.since, ears.lost_at) == (NOW + SECOND, NOW)
    ears.spoken_of()
    ears.note(True, NOW + 2 * SECOND, 2.0)
    assert (ears.since, ears.lost_at) == (NOW + SECOND, None)
    ears.note(True, NOW + HOUR, 3.0)  # the clock was set, and nobody was heard in what it left out
    assert (ears.since, ears.lost_at) == (NOW + HOUR, NOW + 2 * SECOND)
    ears.spoken_of()
    ears.note(True, NOW + HOUR + MINUTE, 63.0)  # the process stood still
    assert (ears.since, ears.lost_at) == (NOW + HOUR + MINUTE, NOW + HOUR)
    ears.note(False, NOW + HOUR + MINUTE + SECOND, 64.0)
    assert ears.since is None


@pytest.mark.parametrize(
    ("to", "lost_at", "known_to"),
    [
        (20 * SECOND, None, None),
        (2 * HOUR, NOW, None),
        (72 * HOUR, NOW, None),
        (73 * HOUR, None, NOW),
        (-2 * HOUR, None, NOW - 2 * HOUR),
    ],
)
def test_what_the_clock_leaves_out_is_a_gap_of_ours_unless_it_is_more_than_can_be_believed(to, lost_at, known_to):
    ears = Ears()
    ears.note(True, NOW, 0.0)
    ears.note(True, NOW + to, 0.0)
    assert (ears.lost_at, ears.known_to) == (lost_at, known_to)
    assert ears.has_news == (lost_at is not None or known_to is not None)
    ears.spoken_of()
    assert not ears.has_news


@pytest.mark.parametrize(
    ("to", "lost_at"), [(2 * HOUR, NOW), (100 * HOUR, NOW + 100 * HOUR), (-2 * HOUR, NOW - 2 * HOUR)]
)
def test_an_outage_over_which_the_clock_is_set_is_no_longer_than_can_be_known(to, lost_at):
    ears = Ears()
    ears.note(False, NOW, 0.0)
    ears.note(False, NOW + to, 0.0)
    assert ears.lost_at == lost_at
    ears.note(True, NOW + to + MINUTE, 4.0)
    assert ears.lost_at == lost_at
