"""What staff send from a site's page: handed to the worker like a sensor's count, kept with author and reason, or refused."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.acts import site as forms
from dashboard.frames.overview import overview_frame
from dashboard.queries.site import site_page
from dashboard.site_actions import Correction, correct_count, move_door
from models.audit import looked_through
from models.base import SECOND
from models.database import read_only
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, worker

WANG = Viewer("wang", "site", f"site:{SITE}")
CHEN = Viewer("chen", "district", "")
REAL = 1_800_000_000_000_000
GOOD = {"area": "main", "count": 7, "reason": "round"}


@pytest.fixture(scope="module")
def town(file_town):
    file_town.look()
    return file_town


def send(person, path, body, token=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return person.post(path, content=raw, headers={"x-csrftoken": token or person.cookies["_csrf_token"]})


def traces(town):
    """Of deeds; that one was refused is noted beside them, and so is a key that the test makes."""
    return town.rows(
        "select (select count(*) from inbox), (select count(*) from audit_entry"
        " where what <> 'refused' and author <> 'command')"
    )[0]


def page(town, site=SITE, viewer=CHEN):
    with read_only(town.engine) as connection:
        return site_page(connection, viewer, site, town.clock.at, town.shell.state.house.rules)


def corrections(town, site=SITE):
    (ledger,) = page(town, site).frame.ledgers
    assert ledger.recomputed == ledger.signed
    return [line for line in ledger.lines if line.method == "staff"]


def test_a_count_by_staff_goes_through_the_intake_and_stands_in_the_ledger_with_post_and_reason(town):
    before = page(town).frame.site.people
    person = town.person("site")
    town.clock.at += SECOND
    with worker(town):
        answer = send(person, f"/act/sites/{SITE}/count", GOOD | {"count": before + 5})
    assert (answer.status_code, answer.json()["results"]) == (200, ["stored"])
    shown = page(town).frame
    assert shown.site.people == before + 5
    line = corrections(town)[-1]
    assert (line.at, line.number, line.post, line.reason) == (town.clock.at, 5, "site", "round")


def test_what_was_done_is_kept_with_who_why_and_the_real_time(town):
    row = correct_count(town.engine, WANG, SITE, Correction("main", 9, "drift"), town.clock.at, REAL)
    entry = town.rows("select at, author, role, what, subject, said from audit_entry order by id desc limit 1")[0]
    said = json.loads(entry[5])
    assert entry[:5] == (REAL, "wang", "site", "count.correct", f"{SITE}/main")
    assert (said["count"], said["reason"], said["inbox"]) == (9, "drift", row)
    source, author, payload = town.rows("select source, author, payload from inbox where id = ?", row)[0]
    assert (source, author) == ("staff", "wang")
    sent = json.loads(bytes(payload))
    assert (sent["kind"], sent["method"], sent["id"]) == ("occupancy.count", "staff", said["event"])
    assert "wang" not in bytes(payload).decode()
    town.drain_inbox()
    assert town.rows("select outcome from inbox where id = ?", row) == [('["stored"]',)]
    with read_only(town.engine) as connection:
        assert looked_through(connection).is_whole


def test_two_people_at_once_are_both_in_the_ledger(town):
    town.clock.at += SECOND
    people = [(WANG, 21, "round"), (CHEN, 23, "missed")]
    with ThreadPoolExecutor(2) as threads:
        rows = list(
            threads.map(
                lambda one: correct_count(
                    town.engine, one[0], SITE, Correction("main", one[1], one[2]), town.clock.at, REAL
                ),
                people,
            )
        )
    assert len(set(rows)) == 2
    town.drain_inbox()
    last = corrections(town)[-2:]
    assert {(line.post, line.reason) for line in last} == {("site", "round"), ("district", "missed")}
    assert page(town).frame.site.people in (21, 23)
    with read_only(town.engine) as connection:
        assert looked_through(connection).is_whole


def test_a_flow_that_comes_late_is_counted_before_the_staff_count_and_changes_nothing(town):
    town.clock.at += 10 * SECOND
    correct_count(town.engine, WANG, SITE, Correction("main", 12, "round"), town.clock.at, REAL)
    town.drain_inbox()
    town.happens(SITE, "occupancy.flow", town.clock.at - SECOND, **{"in": 3, "out": 0})
    assert page(town).frame.site.people == 12
    town.happens(SITE, "occupancy.flow", town.clock.at + SECOND, **{"in": 3, "out": 0})
    assert page(town).frame.site.people == 15


def test_a_closed_site_leaves_n_and_the_sums_and_an_opened_one_comes_back(town):
    def counted():
        town.look()
        frame = overview_frame(town.feed.picture, "", 0)
        return frame.strip.sites_reporting, frame.strip.sites_total, frame.tiles[0].value

    town.happens(SAME_STREET, "occupancy.count", count=8, method="staff")
    reporting, total, people = counted()
    town.clock.at += SECOND
    move_door(town.engine, CHEN, SAME_STREET, False, "weather", town.clock.at, REAL)
    town.drain_inbox()
    assert counted() == (reporting - 1, total - 1, people - 8)
    town.clock.at += SECOND
    person = town.person("admin")
    with worker(town):
        assert send(person, f"/act/sites/{SAME_STREET}/door", {"opens": True, "reason": "back"}).json()["results"] == [
            "stored"
        ]
    assert counted() == (reporting, total, people)
    entries = town.rows("select what, said from audit_entry where subject = ? order by id", SAME_STREET)
    assert [(what, json.loads(said)["reason"]) for what, said in entries] == [
        ("site.close", "weather"),
        ("site.open", "back"),
    ]


@pytest.mark.parametrize("role", ["street", "community", "provider", "auditor", "ops", "wall"])
def test_other_roles_may_look_and_not_touch(town, role):
    person, before = town.person(role), traces(town)
    assert send(person, f"/act/sites/{SITE}/count", GOOD).status_code == 403
    assert send(person, f"/act/sites/{SITE}/door", {"opens": False, "reason": "weather"}).status_code == 403
    assert traces(town) == before
    assert not page(town, viewer=Viewer(role, role, "")).may_act


@pytest.mark.parametrize("site", [SAME_STREET, ELSEWHERE, "nowhere", "UPPER", "d-002%00", "x" * 200])
def test_a_site_of_somebody_else_is_as_absent_as_one_that_is_not_there(town, site):
    person, before = town.person("site"), traces(town)
    answers = [
        send(person, f"/act/sites/{site}/count", GOOD),
        send(person, f"/act/sites/{site}/door", {"opens": True, "reason": "back"}),
    ]
    assert [(a.status_code, a.json()["title"]) for a in answers] == [(404, "404")] * 2
    assert traces(town) == before


@pytest.mark.parametrize(
    "body",
    [
        GOOD | {"area": "cellar"}, GOOD | {"area": ""}, GOOD | {"area": "main\0"}, GOOD | {"count": -1},
        GOOD | {"count": 100_001}, GOOD | {"count": True}, GOOD | {"count": "7"}, GOOD | {"count": 7.5},
        GOOD | {"reason": "because"}, GOOD | {"reason": "weather"}, GOOD | {"method": "sensor"}, {"count": 7}, [],
        b"", b"{", b'"\xff"', b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_forged_form_is_refused_and_leaves_no_trace(town, body):
    person, before = town.person("site"), traces(town)
    assert send(person, f"/act/sites/{SITE}/count", body).status_code == 400
    assert traces(town) == before


def test_no_form_without_a_session_and_its_own_token(town):
    person, before = town.person("site"), traces(town)
    path, body = f"/act/sites/{SITE}/count", json.dumps(GOOD).encode()
    assert person.post(path, content=body).status_code == 403
    assert send(person, path, GOOD, token="another").status_code == 403
    foreign = {"x-csrftoken": person.cookies["_csrf_token"], "sec-fetch-site": "cross-site"}
    assert person.post(path, content=body, headers=foreign).status_code == 403
    assert town.client().post(path, content=body, headers=town.bearer("site")).status_code == 401
    assert traces(town) == before


def test_without_a_worker_it_is_kept_and_said_to_be(town, monkeypatch):
    monkeypatch.setattr(forms, "WAIT_S", 0.1)
    before = page(town).frame.site.people
    answer = send(town.person("site"), f"/act/sites/{SITE}/count", GOOD | {"count": before + 1})
    assert (answer.status_code, answer.json()["title"]) == (504, "kept")
    town.drain_inbox()
    assert page(town).frame.site.people == before + 1


def test_a_reason_of_closing_opens_nothing():
    with pytest.raises(ActionRefused, match="code"):
        move_door(None, CHEN, SITE, True, "weather", 0, 0)
