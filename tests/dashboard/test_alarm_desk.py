"""The alarms desk's frame and its buttons: her own alarms only, her role's moves only, and never without the form's token."""

import json

import pytest

from dashboard.access import Viewer
from dashboard.alarm_desk import desk_frame
from models.database import read_only
from tests.dashboard.town import ELSEWHERE, SITE, STREET

OFFICER = Viewer("liu", "street", f"street:{STREET}")


@pytest.fixture(scope="module")
def town(file_town):
    return file_town


def called(town, site, ref):
    town.happens(site, "alarm.raised", alarm=ref, type="SOS")
    return town.rows("select id from alarm where ref = ?", ref)[0][0]


def frame(town, viewer, alarm=None):
    with read_only(town.engine) as connection:
        return desk_frame(connection, viewer, alarm, town.clock.now(), town.feed._rules)


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


def test_the_first_row_of_the_times_is_of_the_whole_scope(town):
    times = frame(town, Viewer("chen", "district", "")).times
    assert (times[0].street, times[0].grade) == ("", 0)
    assert times[0].alarms == sum(row.alarms for row in times if row.street and not row.grade) > 0
    for street in {row.street for row in times}:
        whole, *grades = [row for row in times if row.street == street]
        assert [row.grade for row in grades] == [1, 2, 3, 4]
        assert whole.alarms == sum(row.alarms for row in grades)
        assert whole.acknowledged == sum(row.acknowledged for row in grades)
