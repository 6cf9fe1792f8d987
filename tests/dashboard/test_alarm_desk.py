"""The alarms desk's frame and its buttons: her own alarms only, her role's moves only, and never without the form's token."""

import csv
import io
import json

import pytest

from contract import format_instant
from dashboard.access import Viewer
from dashboard.alarm_desk import desk_frame, with_hers
from dashboard.frames.overview import overview_frame
from models.alarm_steps import Cause, Place, raise_alarm
from models.base import MINUTE
from models.database import read_only, transaction
from tests.dashboard.moves import DEADLINES
from tests.dashboard.town import COMMUNITY, ELSEWHERE, SITE, STREET

OFFICER = Viewer("liu", "street", f"street:{STREET}")


@pytest.fixture(scope="module")
def town(file_town):
    return file_town


def called(town, site, ref):
    town.happens(site, "alarm.raised", alarm=ref, type="SOS")
    return town.rows("select id from alarm where ref = ?", ref)[0][0]


def frame(town, viewer, alarm=None):
    with read_only(town.engine) as connection:
        found = desk_frame(connection, viewer, alarm, town.clock.now(), town.feed._rules)
        return with_hers(connection, viewer, found) if found else None


def test_an_alarm_elsewhere_and_one_that_is_not_there_look_the_same(town):
    foreign = called(town, ELSEWHERE, "far-1")
    assert frame(town, OFFICER, foreign) is frame(town, OFFICER, 10**9) is None
    assert foreign not in {row.id for row in frame(town, OFFICER).alarms}
    assert town.look().desk(str(foreign), OFFICER) is None
    shown = json.loads(town.feed.desk(str(foreign), Viewer("chen", "district", "")))
    assert shown["shown"]["id"] == foreign
    assert [step["step"] for step in shown["steps"]] == ["raised"]


def test_it_offers_each_role_its_own_moves(town):
    mine = called(town, SITE, "role-1")
    assert "acknowledge" in frame(town, OFFICER, mine).shown.moves
    assert frame(town, Viewer("audit", "auditor", ""), mine).shown.moves == ()
    assert frame(town, Viewer("ops", "ops", ""), mine).shown.moves == ()


def test_a_button_needs_the_token_a_known_move_and_a_choice_of_the_list(town):
    mine, foreign = called(town, SITE, "push-1"), called(town, ELSEWHERE, "push-2")
    person = town.person("street")
    token = {"x-csrftoken": person.cookies["_csrf_token"]}

    def press(alarm, move, body, headers=token):
        return person.post(f"/act/alarms/{alarm}/{move}", json=body, headers=headers)

    assert press(mine, "acknowledge", {}, {}).status_code == 403
    assert press(mine, "assign", {"post": "my friend"}).status_code == 400
    assert press(mine, "assign", {"name": "x"}).status_code == 400
    assert [press(alarm, "acknowledge", {}).status_code for alarm in (foreign, 10**9, "x", "9" * 30)] == [404] * 4
    assert press(mine, "delete", {}).status_code == 404
    assert press(mine, "acknowledge", {}).json()["done"] is True
    second = press(mine, "acknowledge", {}).json()
    assert (second["done"], second["state"]) == (False, "acknowledged")


WAITS_FOR = {
    "level = 0": {"site"},
    "level = 2": {"site", "street"},
    "level = 3": {"site", "street", "district", "admin"},
    "level = 3, state = 'acknowledged'": set(),
    "state = 'assigned', post = 'technician'": {"ops"},
    "state = 'assigned', post = 'street_duty'": {"street"},
    "state = 'raised', post = 'district_duty'": {"district", "admin"},
    "state = 'resolved', post = 'site_manager'": {"street"},
    "state = 'resolved', post = 'site_manager', level = 3": {"street", "district", "admin"},
    "state = 'closed', post = 'street_duty', settled_at = 1": set(),
}


def test_an_alarm_waits_for_the_post_that_has_it_and_unseen_for_all_who_were_called(town):
    alarm = called(town, SITE, "waits-1")
    scopes = {"site": f"site:{SITE}", "street": OFFICER.scope, "community": f"community:{COMMUNITY}"}
    for done, roles in WAITS_FOR.items():
        town.write(f"update alarm set state = 'raised', level = 0, post = null, settled_at = null where id = {alarm}")
        town.write(f"update alarm set {done} where id = {alarm}")
        for role in ("admin", "district", "street", "community", "site", "auditor", "ops"):
            mine = frame(town, Viewer("somebody", role, scopes.get(role, ""))).mine
            assert (alarm in {row.id for row in mine}) is (role in roles), (done, role)


def test_who_has_taken_an_alarm_finds_it_until_she_gives_it_away(town):
    alarm, elsewhere = called(town, SITE, "taken-1"), called(town, ELSEWHERE, "taken-2")
    person = town.person("street")
    name = town.rows("select max(name) from account where role = 'street'")[0][0]
    token = {"x-csrftoken": person.cookies["_csrf_token"]}

    def waits_for(viewer_name):
        shown = json.loads(town.feed.desk("", Viewer(viewer_name, "street", f"street:{STREET}")))
        town.feed.desks.clear()
        return {row["id"] for row in shown["mine"]}

    assert not {alarm, elsewhere} & waits_for(name)
    person.post(f"/act/alarms/{alarm}/acknowledge", json={}, headers=token)
    person.post(f"/act/alarms/{alarm}/comment", json={"code": "called"}, headers=token)
    assert alarm in waits_for(name)
    assert alarm not in waits_for("another-officer")
    file = csv.DictReader(io.StringIO(person.get("/export/alarms.csv?state=mine").content.decode("utf-8-sig")))
    assert {int(row["id"]) for row in file} == waits_for(name)
    person.post(f"/act/alarms/{alarm}/assign", json={"post": "site_duty"}, headers=token)
    assert alarm not in waits_for(name)


def test_the_desk_lists_by_the_clock_it_shows_and_what_came_too_late_last(town):
    first, second, third = (called(town, SITE, f"order-{n}") for n in range(3))
    town.write("update alarm set raised_at = raised_at - ? where id = ?", (MINUTE, third))
    town.write("update alarm set raised_at = raised_at - ?, late = 1 where id = ?", (90 * MINUTE, first))
    town.write("update alarm set opened_at = opened_at - ? where id = ?", (2, second))
    listed = [row.id for row in frame(town, OFFICER).alarms if row.id in (first, second, third)]
    assert listed == [third, second, first]


def test_every_alarm_has_one_limit_on_the_overview_at_the_desk_and_on_its_own_page(town):
    """Known late, called up the line, seen by somebody, of a street and opened again: none of it makes the pages differ."""
    now = town.clock.at
    town.write("update alarm set settled_at = 1, open = 0, holds = 0, state = 'closed'")
    told_late, escalated, seen = (called(town, SITE, f"limit-{n}") for n in range(3))
    with transaction(town.engine) as connection:
        causes = [Cause(Place(street=STREET), "OFFLINE"), Cause(Place(), "OWN", "listening", since=now - 5 * MINUTE)]
        street, ours = (raise_alarm(connection, cause, now, DEADLINES) for cause in causes)
    town.write("update alarm set raised_at = raised_at - ? where id in (?, ?)", (4 * MINUTE, told_late, street))
    town.write("update alarm set level = 2, due_at = ? where id = ?", (now + 3 * MINUTE, escalated))
    town.write("update alarm set state = 'on_site', due_at = null, level = 3 where id = ?", (seen,))
    expected = {told_late: now + MINUTE, escalated: now + MINUTE, seen: now + 3 * MINUTE,
                street: now + 15 * MINUTE, ours: now + 15 * MINUTE}  # fmt: skip
    everybody = Viewer("chen", "admin", "")
    overview = {need.alarm: need for need in overview_frame(town.look().picture, "", 0).needs if need.alarm in expected}
    listed = {row.id: row for row in frame(town, everybody).alarms}
    file = csv.DictReader(io.StringIO(town.person("admin").get("/export/alarms.csv").content.decode("utf-8-sig")))
    written = {int(row["id"]): row["limit_at"] for row in file}
    for alarm, at in expected.items():
        row = frame(town, everybody, alarm).shown
        assert overview[alarm].limit_at == listed[alarm].limit_at == row.limit_at == at, alarm
        assert overview[alarm].knew_at == row.opened_at == now
        assert overview[alarm].unseen == (row.state == "raised")
        assert written[alarm] == format_instant(at)
    assert listed[escalated].due_at == now + 3 * MINUTE


def test_the_first_row_of_the_times_is_of_the_whole_scope(town):
    times = frame(town, Viewer("chen", "district", "")).times
    assert (times[0].street, times[0].grade) == ("", 0)
    assert times[0].alarms == sum(row.alarms for row in times if row.street and not row.grade) > 0
    for street in {row.street for row in times}:
        whole, *grades = [row for row in times if row.street == street]
        assert [row.grade for row in grades] == [1, 2, 3, 4]
        assert whole.alarms == sum(row.alarms for row in grades)
        assert whole.acknowledged == sum(row.acknowledged for row in grades)


def test_a_site_has_its_silence_on_its_own_desk_though_its_street_speaks_for_it_elsewhere(town):
    """A manager does not see the alarm of the street; who sees it reads of the site behind it."""
    site = town.rows("select id from site where code = ?", SITE)[0][0]
    with transaction(town.engine) as connection:
        storm = raise_alarm(connection, Cause(Place(street=STREET), "OFFLINE", "storm"), town.clock.now(), DEADLINES)
        silent = raise_alarm(
            connection, Cause(Place(site), "OFFLINE", "storm"), town.clock.now(), DEADLINES, parent=storm
        )
    eyes = [OFFICER, Viewer("chen", "district", ""), Viewer("wang", "site", f"site:{SITE}")]
    shown = [{row.id for row in frame(town, eye).alarms} & {storm, silent} for eye in eyes]
    assert shown == [{storm}, {storm}, {silent}]
    town.look()
    for eye in eyes:
        told = json.loads(town.feed.whole("overview", eye.scope, 0))["strip"]["alarms"]
        desk_rows = [row.grade for row in frame(town, eye).alarms]
        assert told == [desk_rows.count(grade) for grade in (1, 2, 3, 4)], eye.role
