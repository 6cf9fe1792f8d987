"""Alarms that sites raise and clear: the same in every order; what people have done stays."""

import itertools

import pytest
from sqlalchemy import text

from models.database import transaction
from tests.ingest.conftest import NOW
from tests.ingest.said import MINUTE, event, payload

COLUMNS = "type, holds, open, late, raised_at, cleared_at, state, settled_at is null, area"


def raised(at, ref="a-1", code="SOS"):
    return event("alarm.raised", at, alarm=ref, type=code, area="hall")


def cleared(at, ref="a-1", code="SOS"):
    return event("alarm.cleared", at, alarm=ref, type=code)


@pytest.mark.parametrize("code", ["SOS", "VITAL"])
@pytest.mark.parametrize("ends_cleared", [False, True])
def test_any_order_of_a_sites_events_gives_the_same_alarm(district, code, ends_cleared):
    times = [
        raised(NOW - 4 * MINUTE, code=code),
        cleared(NOW - 3 * MINUTE, code=code),
        raised(NOW - 2 * MINUTE, code=code),
    ]
    if ends_cleared:
        times.append(cleared(NOW - MINUTE, code=code))
    seen = set()
    for number, order in enumerate(itertools.permutations(times)):
        ref = f"o-{number}"
        for said in order:
            district.take(payload(said | {"alarm": ref, "id": f"{said['id']}-{number}"}))
        seen |= set(district.rows(f"select {COLUMNS} from alarm where ref = ?", ref))
    assert len(seen) == 1
    assert next(iter(seen))[1:3] == ((0, 0) if ends_cleared else (1, 1))


def test_an_alarm_older_than_the_limit_opens_as_late_and_calls_nobody(district):
    district.take(payload(raised(NOW - 16 * MINUTE)))
    assert district.rows("select late, open, due_at from alarm") == [(1, 1, None)]
    assert district.rows("select step, tell from transition") == [("raised", 0)]


def test_a_late_alarm_that_the_site_has_cleared_waits_for_nobody(district):
    district.take(payload(raised(NOW - 60 * MINUTE), cleared(NOW - 50 * MINUTE)))
    assert district.rows("select state, open from alarm") == [("closed", 0)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(("code", "waits"), [("SOS", 1), ("VITAL", 0)])
def test_what_a_person_must_end_calls_on_though_the_site_has_taken_it_back(district, code, waits, order):
    said = raised(NOW - MINUTE, code=code), cleared(NOW - MINUTE + 5_000_000, code=code)
    for number in order:
        district.take(payload(said[number]), received_at=NOW)
    assert district.rows("select holds, open, due_at is not null, settled_at is null from alarm") == [
        (0, 0, waits, waits)
    ]


def test_nobody_is_called_for_what_was_seen_before_its_cause_went(district):
    district.take(payload(raised(NOW - MINUTE)), received_at=NOW)
    with transaction(district.engine) as connection:
        connection.execute(text("update alarm set state = 'acknowledged'"))
    district.take(payload(cleared(NOW)), received_at=NOW)
    assert district.rows("select state, due_at from alarm") == [("acknowledged", None)]


def test_a_fresh_alarm_has_a_deadline_and_waits_to_be_told(district):
    district.take(payload(raised(NOW - MINUTE)), received_at=NOW)
    assert district.rows("select due_at - opened_at, opened_at from alarm") == [(60_000_000, NOW)]
    assert district.rows("select step, author, tell from transition") == [("raised", "site", 1)]


@pytest.mark.parametrize(
    ("code", "after_min", "seen", "calls", "state"),
    [
        ("VITAL", 2, False, 1, "raised"),
        ("VITAL", 2, True, 1, "acknowledged"),
        ("VITAL", 32, True, 5, "raised"),
        ("SOS", 2, True, 5, "raised"),
    ],
)
def test_what_comes_and_goes_at_a_site_is_counted_and_calls_once_but_a_second_press_calls(
    district, code, after_min, seen, calls, state
):
    at = NOW
    for _ in range(4):
        district.take(payload(raised(at, code=code)), received_at=at)
        if seen:
            district.write("update alarm set state = 'acknowledged', acknowledged_at = opened_at", ())
        district.take(payload(cleared(at + MINUTE, code=code)), received_at=at + MINUTE)
        at += after_min * MINUTE
    assert district.rows("select count(*), max(times) from alarm") == [(1, 4)]
    district.take(payload(raised(at, code=code)), received_at=at)
    assert district.rows("select times, holds, open, state, due_at > ? from alarm", at) == [(5, 1, 1, state, 1)]
    assert district.rows("select count(*) from transition where tell = 1") == [(calls,)]


def test_what_opened_as_late_calls_when_it_comes_back_now(district):
    district.take(payload(raised(NOW - 20 * MINUTE, code="VITAL"), cleared(NOW - MINUTE, code="VITAL")))
    district.take(payload(raised(NOW, code="VITAL")))
    assert district.rows("select step, tell from transition order by id")[-1] == ("reopened", 1)


def test_the_same_raise_again_takes_no_step(district):
    said = raised(NOW)
    for _ in range(3):
        district.take(payload(said))
    assert district.rows("select times from alarm") == [(1,)]
    assert district.rows("select count(*) from transition") == [(1,)]


def test_what_people_have_done_stays_while_the_cause_stays(district):
    district.take(payload(raised(NOW - MINUTE)))
    district.write("update alarm set state = 'on_site', due_at = null", ())
    district.take(payload(raised(NOW)))
    assert district.rows("select state, times from alarm") == [("on_site", 1)]
