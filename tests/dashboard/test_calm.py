"""Staff keep a place calm: in their scope, with a reason, audited; alarms are recorded, and an early end calls at once."""

import json

import pytest

from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.alarm_desk import desk_frame
from dashboard.calm_actions import CalmTime, end_calm, keep_calm
from dashboard.queries.calm import calm_times
from dashboard.queries.site import site_page
from models.alarm_steps import Cause, Place, raise_alarm
from models.base import HOUR, MINUTE
from models.database import read_only, transaction
from tests.browser.seeded import NOON
from tests.dashboard.town import COMMUNITY, ELSEWHERE, OTHER_STREET, SAME_STREET, SITE, STREET

PEOPLE = {
    "district": Viewer("chen", "district", ""),
    "street": Viewer("liu", "street", f"street:{STREET}"),
    "manager": Viewer("wang", "site", f"site:{SITE}"),
    "community": Viewer("zhao", "community", f"community:{COMMUNITY}"),
    "auditor": Viewer("audit", "auditor", ""),
    "wall": Viewer("wall", "wall", ""),
}


def asked(site="", street="", kind="maintenance", since=NOON, until=NOON + 2 * HOUR, reason="repair"):
    return CalmTime(kind, site, street, since, until, reason)


def outcome(town, who, said):
    try:
        return keep_calm(town.engine, PEOPLE[who], said, 31, NOON, NOON) > 0
    except ActionRefused as refused:
        return str(refused)


def seen(town, who, site=None):
    with read_only(town.engine) as connection:
        return [(row.site or row.street, row.holds) for row in calm_times(connection, PEOPLE[who], NOON, site)]


@pytest.fixture(scope="module")
def town(file_town):
    return file_town


@pytest.mark.parametrize(
    ("who", "said", "expected"),
    [
        ("district", asked(street=STREET), True),
        ("street", asked(street=STREET), True),
        ("street", asked(street=OTHER_STREET), "404"),
        ("street", asked(site=ELSEWHERE), "404"),
        ("manager", asked(site=SITE), True),
        ("manager", asked(site=SAME_STREET), "404"),
        ("manager", asked(street=STREET), "404"),
        ("community", asked(site=SITE), "403"),
        ("auditor", asked(site=SITE), "403"),
        ("wall", asked(street=STREET), "403"),
        ("district", asked(site="d-999"), "404"),
        ("district", asked(street="1"), "404"),
        ("district", asked(), "code"),
        ("district", asked(site=SITE, street=STREET), "code"),
        ("district", asked(site=SITE, reason="because"), "code"),
        ("district", asked(site=SITE, kind="sleep"), "code"),
        ("district", asked(site=SITE, until=NOON), "span"),
        ("district", asked(site=SITE, since=NOON - HOUR - 1), "span"),
        ("district", asked(site=SITE, until=NOON + 31 * 24 * HOUR + 1), "span"),
        ("district", asked(site=SITE, since=NOON + 3 * HOUR, until=NOON + HOUR), "span"),
    ],
)
def test_who_may_keep_what_calm(town, who, said, expected):
    assert outcome(town, who, said) == expected


def test_each_sees_what_concerns_her_and_the_audit_knows_who(own_town):
    town = own_town()
    for said in (asked(street=STREET), asked(site=ELSEWHERE, since=NOON + MINUTE), asked(site=SITE, kind="quiet")):
        assert outcome(town, "district", said) is True
    assert seen(town, "district") == [(STREET, True), (SITE, True), (ELSEWHERE, False)]
    assert seen(town, "street") == seen(town, "manager") == [(STREET, True), (SITE, True)]
    assert seen(town, "district", SAME_STREET) == [(STREET, True)]
    with read_only(town.engine) as connection:
        rules = town.feed._rules
        assert desk_frame(connection, PEOPLE["street"], None, NOON, rules).calm == 2
        assert [row.kind for row in site_page(connection, PEOPLE["manager"], SITE, NOON, rules).calm] == [
            "maintenance",
            "quiet",
        ]
    told = town.rows("select author, what, subject, said from audit_entry where what = 'calm.keep' order by id")
    assert [row[:3] for row in told] == [("chen", "calm.keep", one) for one in (STREET, ELSEWHERE, SITE)]
    assert json.loads(told[2][3])["kind"] == "quiet"


def test_an_early_end_looks_again_at_what_was_put_off_and_only_hers(own_town):
    town = own_town()
    number = keep_calm(town.engine, PEOPLE["district"], asked(street=STREET), 31, NOON, NOON)
    site = town.rows("select id from site where code = ?", SITE)[0][0]
    with transaction(town.engine) as connection:
        alarm = raise_alarm(connection, Cause(Place(site), "OFFLINE", "calm"), NOON, {})
    town.write("update alarm set due_at = ? where id = ?", (NOON + 2 * HOUR, alarm))
    for who, why in (("manager", "403"), ("auditor", "403"), ("wall", "403")):
        with pytest.raises(ActionRefused, match=why):
            end_calm(town.engine, PEOPLE[who], number, NOON + MINUTE, NOON)
    end_calm(town.engine, PEOPLE["street"], number, NOON + MINUTE, NOON)
    assert town.rows("select due_at from alarm where id = ?", alarm) == [(NOON + MINUTE,)]
    assert town.rows("select what, author from audit_entry order by id desc limit 1") == [("calm.end", "liu")]
    with pytest.raises(ActionRefused, match="404"):
        end_calm(town.engine, PEOPLE["street"], number, NOON + 2 * MINUTE, NOON)


def test_the_form_speaks_the_district_s_clock(own_town):
    town = own_town()
    person = town.person("district")
    token = {"x-csrftoken": person.cookies["_csrf_token"]}

    def post(path, body):
        return person.post(path, json=body, headers=token)

    said = {"kind": "quiet", "place": f"site:{SITE}", "until": "2026-11-23T13:30", "reason": "event"}
    assert person.post("/act/calm", json=said).status_code == 403
    assert post("/act/calm", said | {"until": "soon"}).json()["title"] == "span"
    assert post("/act/calm", said | {"until": "2026-11-23T13:30+00:00"}).json()["title"] == "span"
    assert post("/act/calm", said | {"place": "everywhere"}).json()["title"] == "code"
    assert post("/act/calm", said | {"extra": 1}).status_code == 400
    number = post("/act/calm", said).json()["number"]
    assert town.rows("select since, until - since from maintenance") == [
        (NOON, (13 * 60 + 30 - 11 * 60 - 36) * MINUTE - NOON % MINUTE)
    ]
    assert post(f"/act/calm/{number}/end", {}).status_code == 200
    assert [post(f"/act/calm/{one}/end", {}).status_code for one in (number, 0, 2**40)] == [404] * 3
