"""What people do about alarms: legal moves only, one of two wins, everything written with who and when."""

import itertools
import threading
from dataclasses import replace

import pytest

from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.queries import desk
from models.alarm_life import MOVES, POSTS, RESULTS, Move, State, moves_from
from models.alarm_steps import Asked, Cause, Place, raise_alarm
from models.base import MINUTE, SECOND
from models.database import read_only, transaction
from models.incident import Account
from tests.browser.seeded import NOON
from tests.dashboard import moves as actions
from tests.dashboard.moves import DEADLINES, act
from tests.dashboard.town import ELSEWHERE, OTHER_STREET, SITE, STREET

CHEN = Viewer("chen", "district", "")
STREET_OFFICER = Viewer("liu", "street", f"street:{STREET}")
SITE_DUTY = Viewer("wang", "site", f"site:{SITE}")
REAL = 1_800_000_000_000_000
numbers = itertools.count()


@pytest.fixture(scope="module")
def town(file_town):
    """One for all of these: each test has an alarm of its own."""
    return file_town


def called(town, site=SITE, code="SOS", ref=None):
    """Somebody calls for help; the alarm's number."""
    ref = ref or f"call-{next(numbers)}"
    town.happens(site, "alarm.raised", alarm=ref, type=code)
    return town.rows("select a.id from alarm a join site s on s.id = a.site_id where code = ? and ref = ?", site, ref)[
        0
    ][0]


def deeds_of(town, alarm):
    """What of it stands in the chain, which nobody can change."""
    return [row[0] for row in town.rows("select what from audit_entry where subject = ? order by id", f"alarm/{alarm}")]


def look(town, viewer, query, *more):
    with read_only(town.engine) as connection:
        return query(connection, viewer, *more)


def test_an_alarm_goes_from_the_call_to_the_review_and_every_step_says_who(town):
    alarm = called(town)
    now = town.clock.at
    steps = [
        (actions.acknowledge, ()), (actions.assign, ("site_duty",)), (actions.on_site, ()),
        (actions.resolve, ("helped",)),
    ]  # fmt: skip
    for number, (do, more) in enumerate(steps, 1):
        assert do(town.engine, SITE_DUTY, alarm, *more, now + number * SECOND, REAL + number).done
    assert actions.close(town.engine, CHEN, alarm, "reviewed", now + MINUTE, REAL + 9).state == "closed"
    told = [(s.step, s.author, s.code, s.post, s.real_at) for s in look(town, CHEN, desk.history, alarm)]
    assert told == [
        ("raised", "site", None, None, None),
        ("acknowledged", "wang", None, None, REAL + 1),
        ("assigned", "wang", None, "site_duty", REAL + 2),
        ("on_site", "wang", None, None, REAL + 3),
        ("resolved", "wang", "helped", None, REAL + 4),
        ("closed", "chen", "reviewed", None, REAL + 9),
    ]
    deeds = "select author, role, what, said from audit_entry where subject = ? order by id"
    assert town.rows(deeds, f"alarm/{alarm}") == [
        ("wang", "site", "alarm.acknowledge", "{}"),
        ("wang", "site", "alarm.assign", '{"post": "site_duty"}'),
        ("wang", "site", "alarm.on_site", "{}"),
        ("wang", "site", "alarm.resolve", '{"code": "helped"}'),
        ("chen", "district", "alarm.close", '{"code": "reviewed"}'),
    ]
    assert alarm not in {one.id for one in look(town, CHEN, desk.desk)}
    assert alarm in {one.id for one in look(town, CHEN, desk.settled, now)}


@pytest.mark.parametrize("move", Move)
def test_only_legal_moves_change_anything(town, move):
    alarm = called(town)
    code = next(iter(MOVES[move].codes), None) if MOVES[move].codes else None
    asked = Asked(move, "chen", code, "site_duty" if move is Move.ASSIGN else None)
    for state in State:
        town.write("update alarm set state = ? where id = ?", (str(state), alarm))
        before = deeds_of(town, alarm)
        outcome = act(town.engine, CHEN, alarm, asked, town.clock.at, REAL)
        assert outcome.done == (move in moves_from(state))
        assert deeds_of(town, alarm) == before + [f"alarm.{move}"] * outcome.done
        assert outcome.state == ((MOVES[move].after or state) if outcome.done else state)


def test_of_two_officers_at_once_one_wins_and_the_other_hears_who(town):
    alarm = called(town)
    outcomes = {}

    def answer(name):
        viewer = Viewer(name, "district", "")
        outcomes[name] = actions.acknowledge(town.engine, viewer, alarm, town.clock.at, REAL)

    threads = [threading.Thread(target=answer, args=(name,)) for name in ("chen", "liu", "wu")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    (winner,) = [name for name, outcome in outcomes.items() if outcome.done]
    assert {outcome.by for outcome in outcomes.values()} == {winner}
    assert {outcome.state for outcome in outcomes.values()} == {"acknowledged"}


@pytest.mark.parametrize(
    ("role", "scope", "move", "answer"),
    [
        ("admin", "", Move.CLOSE, None),
        ("district", "", Move.ACKNOWLEDGE, None),
        ("street", f"street:{STREET}", Move.CLOSE, None),
        ("street", f"street:{OTHER_STREET}", Move.ACKNOWLEDGE, "404"),
        ("site", f"site:{SITE}", Move.ACKNOWLEDGE, None),
        ("site", f"site:{SITE}", Move.CLOSE, "403"),
        ("site", f"site:{ELSEWHERE}", Move.ACKNOWLEDGE, "404"),
        ("auditor", "", Move.ACKNOWLEDGE, "403"),
        ("wall", "", Move.COMMENT, "403"),
        ("ops", "", Move.ACKNOWLEDGE, "403"),
    ],
)
def test_scope_and_role_decide_who_may_act(town, role, scope, move, answer):
    alarm = called(town)
    town.write("update alarm set state = ? where id = ?", ("resolved" if move is Move.CLOSE else "raised", alarm))
    code = next(iter(MOVES[move].codes)) if MOVES[move].codes else None
    asked = Asked(move, "x", code)
    if answer is None:
        assert act(town.engine, Viewer("x", role, scope), alarm, asked, town.clock.at, REAL).done
        return
    with pytest.raises(ActionRefused, match=answer):
        act(town.engine, Viewer("x", role, scope), alarm, asked, town.clock.at, REAL)


SAID = Account("hospital", "phone", NOON + MINUTE, "site_manager", "care_plan")


@pytest.mark.parametrize(
    "said",
    [
        None,
        replace(SAID, done=""),
        replace(SAID, told="by pigeon"),
        replace(SAID, told_by="Mrs Wang"),
        replace(SAID, prevention="hope"),
        replace(SAID, told_at=NOON - 2 * MINUTE),
        replace(SAID, told_at=NOON + 3 * MINUTE),
    ],
)
def test_an_incident_is_not_closed_before_all_of_it_is_said(town, said):
    alarm = called(town, code="INCID")
    actions.resolve(town.engine, SITE_DUTY, alarm, "helped", NOON + MINUTE, REAL)
    with pytest.raises(ActionRefused, match="account"):
        act(town.engine, CHEN, alarm, Asked(Move.CLOSE, "chen", "reviewed", account=said), NOON + 2 * MINUTE, REAL)
    assert act(
        town.engine, CHEN, alarm, Asked(Move.CLOSE, "chen", "reviewed", account=SAID), NOON + 2 * MINUTE, REAL
    ).done
    assert look(town, CHEN, desk.history, alarm)[-1].account == SAID


def test_only_an_incident_takes_such_an_account_and_a_click_says_it_by_the_districts_clock(town):
    call, incident = called(town), called(town, code="INCID")
    for alarm in (call, incident):
        actions.resolve(town.engine, SITE_DUTY, alarm, "helped", NOON, REAL)
    person = town.person()
    told = {
        "done": "first_aid",
        "told": "in_person",
        "told_at": "2026-11-23T11:36",
        "told_by": "site_duty",
        "prevention": "device",
    }

    def close(alarm, account):
        body = {"code": "reviewed", "account": account}
        return person.post(
            f"/act/alarms/{alarm}/close", json=body, headers={"x-csrftoken": person.cookies["_csrf_token"]}
        )

    assert [close(call, told).status_code, close(incident, told | {"told_at": "half past"}).status_code] == [400, 400]
    assert close(incident, told).json()["done"] is True
    assert look(town, CHEN, desk.history, incident)[-1].account.told_at == NOON // MINUTE * MINUTE


def test_those_who_run_the_platform_answer_for_it_and_for_devices(town):
    ops = Viewer("ops", "ops", "")
    with transaction(town.engine) as connection:
        own = raise_alarm(connection, Cause(Place(), "OWN", "worker"), town.clock.at, DEADLINES)
    battery = called(town, code="LOWBAT", ref="b-0")
    for alarm in (own, battery):
        assert actions.acknowledge(town.engine, ops, alarm, town.clock.at, REAL).done
    assert own in {one.id for one in look(town, ops, desk.desk)}
    assert own not in {one.id for one in look(town, STREET_OFFICER, desk.desk)}


@pytest.mark.parametrize("code", ["", "Mrs Chen fell again", None])
def test_people_choose_and_do_not_write(town, code):
    with pytest.raises(ActionRefused, match="code"):
        actions.resolve(town.engine, CHEN, called(town), code, town.clock.at, REAL)
    assert "helped" in RESULTS
    assert "site_duty" in POSTS


def test_a_call_that_the_site_has_cleared_still_waits_for_a_person(town):
    alarm = called(town, ref="cleared")
    (before,) = [one for one in look(town, CHEN, desk.desk) if one.id == alarm]
    town.happens(SITE, "alarm.cleared", alarm="cleared", type="SOS")
    (row,) = [one for one in look(town, CHEN, desk.desk) if one.id == alarm]
    assert (row.holds, row.open, row.state) == (False, False, "raised")
    assert row.due_at == before.due_at is not None
    assert actions.resolve(town.engine, CHEN, alarm, "helped", town.clock.at, REAL).done


def test_what_clears_by_itself_is_closed_with_it(town):
    alarm = called(town, code="LOWBAT", ref="b-1")
    town.happens(SITE, "alarm.cleared", alarm="b-1", type="LOWBAT")
    assert look(town, CHEN, desk.one, alarm).state == "closed"


def test_a_second_press_opens_the_alarm_again_and_calls_again(town):
    alarm = called(town, ref="again")
    actions.acknowledge(town.engine, CHEN, alarm, town.clock.at, REAL)
    town.clock.at += MINUTE
    town.happens(SITE, "alarm.cleared", alarm="again", type="SOS")
    town.clock.at += MINUTE
    town.happens(SITE, "alarm.raised", alarm="again", type="SOS")
    row = look(town, CHEN, desk.one, alarm)
    assert (row.state, row.times, row.open) == ("raised", 2, True)
    assert town.rows("select step from transition where alarm_id = ? and tell = 1 order by id", alarm) == [
        ("raised",),
        ("reopened",),
    ]


def test_response_times_are_of_calls_that_rang(town):
    town.clock.at += 24 * 60 * MINUTE
    for number in range(10):
        alarm = called(town, ref=f"r-{number}")
        actions.acknowledge(town.engine, CHEN, alarm, town.clock.at + (number + 1) * 10 * SECOND, REAL)
        actions.call_false(town.engine, CHEN, alarm, "test", town.clock.at + 5 * MINUTE, REAL)
    old = town.clock.at - 60 * MINUTE
    town.happens(SITE, "alarm.raised", old, alarm="late", type="SOS")
    with read_only(town.engine) as connection:
        (row,) = desk.response_times(connection, SITE_DUTY, town.clock.at, town.clock.at + 1, by_site=True)
        assert desk.response_times(connection, SITE_DUTY, town.clock.at + 1, town.clock.at + 2) == []
    assert (row.site, row.alarms, row.ack_p50_s, row.ack_p90_s, row.close_p90_s, row.false) == (
        SITE,
        10,
        50,
        90,
        300,
        10,
    )
