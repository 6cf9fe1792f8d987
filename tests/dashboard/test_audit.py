"""Deeds are read, searched and taken as a file by those who may; files and refusals are deeds; the page says if the chain holds."""

import csv
import io
import json

import pytest

from clock import real_now
from dashboard.access import Viewer, add_account, add_key, disable_account, make_link, revoke_key
from dashboard.gate import CSRF_COOKIE, REFUSALS_NOTED_PER_MIN
from dashboard.noted import Deed, note_deed
from models.audit import check_chain
from tests.dashboard.town import SITE, STREET, Town
from tests.models.test_quality import let_change


def page(town: Town, person, search: str = "") -> str:
    place = [
        {"id": "_pages_location", "property": "pathname", "value": "/audit"},
        {"id": "_pages_location", "property": "search", "value": search},
    ]
    output = ".._pages_content.children..._pages_store.data.."
    outputs = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    body = {"output": output, "outputs": outputs, "inputs": place, "state": []}
    body |= {"changedPropIds": ["_pages_location.pathname"]}
    answer = person.post("/_dash-update-component", json=body, headers={"x-csrftoken": person.cookies[CSRF_COOKIE]})
    assert answer.status_code == 200
    return json.dumps(answer.json(), ensure_ascii=False)


def deeds(town: Town) -> list[tuple]:
    return town.rows("select author, what, subject, said from audit_entry order by id")


def test_who_takes_a_file_is_written_down_before_it_leaves(own_town):
    town = own_town()
    person = town.person("street")
    assert person.get("/export/sites.csv?q=x").status_code == 200
    author, what, subject, said = deeds(town)[-1]
    assert (what, subject, json.loads(said)) == ("export", "/export/sites.csv", {"asked": "q=x"})
    assert author.startswith("street-")
    before = len(deeds(town))
    assert person.get("/export/sites/d-999/devices.csv").status_code == 404
    assert person.get("/").status_code == 200
    assert len(deeds(town)) == before


def test_no_file_leaves_that_cannot_be_written_down(own_town):
    town = own_town()
    key = town.bearer("admin")
    town.write("alter table audit_entry rename to elsewhere")
    assert town.client().get("/export/sites.csv", headers=key).status_code >= 500


def test_what_was_refused_to_whom_is_a_deed(own_town):
    town = own_town()
    person = town.person("auditor")
    body = {"area": "main", "count": 3, "reason": "round"}
    headers = {"x-csrftoken": person.cookies[CSRF_COOKIE]}
    assert person.post(f"/act/sites/{SITE}/count", json=body, headers=headers).status_code == 403
    assert deeds(town)[-1][1:3] == ("refused", f"/act/sites/{SITE}/count")
    assert town.client().get("/api/v1/rejected", headers=town.bearer("auditor")).status_code == 403
    assert deeds(town)[-1][:2] == ("key auditor None", "refused")


def test_what_the_gate_itself_refuses_is_a_deed_as_well(own_town):
    town = own_town()
    person = town.person("district")
    assert person.post(f"/act/sites/{SITE}/count", json={}).status_code == 403
    assert deeds(town)[-1][1:3] == ("refused", f"/act/sites/{SITE}/count")
    assert town.client().get("/api/v1/sites", headers=town.bearer("wall")).status_code == 403
    assert deeds(town)[-1][:3] == ("key wall None", "refused", "/api/v1/sites")


@pytest.mark.engines("sqlite")
def test_refusals_without_end_do_not_fill_the_deeds(own_town):
    town = own_town()
    key = town.bearer("wall")
    for _ in range(REFUSALS_NOTED_PER_MIN + 5):
        assert town.client().get("/api/v1/sites", headers=key).status_code == 403
    refused = [deed for deed in deeds(town) if deed[1] == "refused"]
    assert REFUSALS_NOTED_PER_MIN <= len(refused) < REFUSALS_NOTED_PER_MIN + 5


@pytest.mark.engines("sqlite")
def test_a_refusal_is_answered_while_the_database_is_busy(own_town):
    town = own_town()
    key = town.bearer("wall")
    with town.engine.connect() as other:
        other.exec_driver_sql("begin immediate")
        assert town.client().get("/api/v1/sites", headers=key).status_code == 403


def test_what_is_done_to_accounts_by_command_is_a_deed(own_town):
    town = own_town()
    begun = len(deeds(town))
    add_account(town.engine, "li", "street", STREET, real_now())
    make_link(town.engine, "li", real_now(), 15)
    disable_account(town.engine, "li", real_now())
    add_key(town.engine, "gate", "site", SITE, real_now())
    assert revoke_key(town.engine, "gate", real_now()) == 1
    assert revoke_key(town.engine, "gate", real_now()) == 0
    assert [deed[:3] for deed in deeds(town)[begun:]] == [
        ("command", "account.invite", "account/li"),
        ("command", "account.link", "account/li"),
        ("command", "account.disable", "account/li"),
        ("command", "key.add", "key/gate"),
        ("command", "key.revoke", "key/gate"),
    ]


@pytest.mark.parametrize(
    ("search", "found"),
    [("?who=li", 2), ("?what=export", 3), ("?what=exp&who=li", 2), ("?subject=%2Fexport%2Fstreets", 1), ("?since=2000-01-01", 3),
     ("?since=2099-01-01", 0), ("?until=2001-01-01", 0), ("?before=2", 1), ("?what=%25", 0), ("?since=nonsense", 3)],
)  # fmt: skip
def test_deeds_are_searched_by_what_stands_in_the_address(own_town, search, found):
    town = own_town()
    for who, file in (("li", "sites"), ("wang", "streets"), ("li", "alarms")):
        note_deed(town.engine, Viewer(who, "district", ""), Deed("export", f"/export/{file}.csv", {}), real_now())
    auditor = town.person("auditor")
    rows = list(csv.DictReader(io.StringIO(auditor.get(f"/export/audit.csv{search}").content.decode("utf-8-sig"))))
    assert len([row for row in rows if row["author"] in ("li", "wang")]) == found
    assert ("/export/" in page(town, auditor, search)) or not found


def test_the_page_says_how_far_the_chain_was_found_whole(own_town):
    town = own_town()
    admin = town.person("admin")
    admin.get("/export/sites.csv")
    assert "尚未核验" in page(town, admin)
    found = check_chain(town.engine, real_now())
    assert found.is_whole
    assert f"已核验至第 {found.upto} 条" in page(town, admin)
    let_change(town.engine)
    town.write("delete from audit_entry where id = ?", (found.upto,))
    check_chain(town.engine, real_now())
    assert f"止于第 {found.upto - 1} 条" in page(town, admin)
    town.write("update audit_entry set author = 'nobody' where id = 1")
    check_chain(town.engine, real_now())
    assert "第 1 条断开" in page(town, admin)
