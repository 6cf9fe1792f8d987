"""Deeds are read, searched and taken as a file by those who may; files and refusals are deeds; the page says if the chain holds."""

import csv
import io
import json
import re

import pytest

from clock import real_now
from dashboard.access import Viewer, add_account, add_key, disable_account, make_link, revoke_key
from dashboard.gate import CSRF_COOKIE, REFUSALS_NOTED_PER_MIN
from dashboard.noted import Deed, note_deed
from dashboard.parts.deed_cards import deed_card
from dashboard.queries.deeds import DeedRow
from dashboard.rates import Rates
from dashboard.words import Speech
from models.audit import check_chain
from tests.browser.seeded import NOON
from tests.dashboard.town import ELSEWHERE, SITE, STREET, Town
from tests.models.test_quality import let_change


def page(town: Town, person, search: str = "", path: str = "/audit") -> str:
    place = [
        {"id": "_pages_location", "property": "pathname", "value": path},
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
    taken = person.get("/export/sites.csv?q=x").headers["content-disposition"]
    assert re.fullmatch(rf'attachment; filename="sites \({author} 20\d\d-\d\d-\d\d \d{{4}}Z\)\.csv"', taken)
    assert (what, subject, json.loads(said)) == ("export", "/export/sites.csv", {"from": "127.0.0.1", "asked": "q=x"})
    assert author.startswith("street-")
    before = len(deeds(town))
    assert person.get("/export/sites/d-999/devices.csv").status_code == 404
    assert person.get("/").status_code == 200
    assert [deed[1] for deed in deeds(town)[before:]] == ["refused"]


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


def refused_since(town: Town, begun: int) -> list[tuple[str, dict]]:
    return [(subject, json.loads(said)) for _, what, subject, said in deeds(town)[begun:] if what == "refused"]


def test_a_page_that_somebody_may_not_see_is_a_deed_and_one_that_nobody_has_is_none(own_town):
    town = own_town()
    auditor, site = town.person("auditor"), town.person("site")
    begun = len(deeds(town))
    page(town, auditor, "?lang=en", "/walls")
    page(town, site, path=f"/registry/{SITE}")
    page(town, site, path=f"/sites/{ELSEWHERE}")
    page(town, site, path="/sites/d-999")  # alike, so that the time it takes does not tell the two apart
    for path in ("/no-such-page", f"/sites/{SITE}", "/"):
        page(town, site, path=path)
    said = {"from": "127.0.0.1", "method": "GET", "why": "404"}
    assert refused_since(town, begun) == [
        ("/walls", said | {"asked": "?lang=en"}),
        *((path, said) for path in (f"/registry/{SITE}", f"/sites/{ELSEWHERE}", "/sites/d-999")),
    ]
    assert {deed[0].partition("-")[0] for deed in deeds(town)[begun:]} == {"auditor", "site"}


def test_what_is_somebody_else_s_is_a_deed_whatever_it_was_asked_by(own_town):
    town = own_town()
    key, begun = town.bearer("site"), len(deeds(town))
    asked = (
        f"/api/v1/sites/{ELSEWHERE}",
        f"/export/sites/{ELSEWHERE}/devices.csv",
        f"/live?view=site:{ELSEWHERE}",
        "/api/v1/sites/d-999",
    )
    for path in asked:
        assert town.client().get(path, headers=key).status_code == 404
    assert town.client().get(f"/api/v1/sites/{SITE}", headers=key).status_code == 200
    said = [(path, found.get("asked", "")) for path, found in refused_since(town, begun)]
    assert said == [(path.partition("?")[0], path.partition("?")[2]) for path in asked]


def test_a_refusal_about_a_person_says_neither_in_the_deeds_nor_in_the_log_who_she_is(own_town, caplog):
    town = own_town()
    admin, begun = town.person("admin"), len(deeds(town))
    path = f"/act/persons/{SITE}/tok-canary-77/reveal"
    for token in ("", admin.cookies[CSRF_COOKIE]):
        why = {"purpose": "visit", "reason": "every week"}
        assert admin.post(path, json=why, headers={"x-csrftoken": token}).status_code == 403
    assert [subject for subject, _ in refused_since(town, begun)] == [f"/act/persons/{SITE}/…/reveal"] * 2
    ours = [vars(record) for record in caplog.records if record.name.startswith("dashboard")]
    assert ours
    assert "tok-canary-77" not in str(deeds(town)) + str(ours)


def test_what_the_gate_itself_refuses_is_a_deed_as_well(own_town):
    town = own_town()
    person = town.person("district")
    assert person.post(f"/act/sites/{SITE}/count", json={}).status_code == 403
    assert deeds(town)[-1][1:3] == ("refused", f"/act/sites/{SITE}/count")
    assert town.client().get("/api/v1/sites", headers=town.bearer("wall")).status_code == 403
    assert deeds(town)[-1][:3] == ("key wall None", "refused", "/api/v1/sites")


@pytest.mark.engines("sqlite")
def test_refusals_without_end_do_not_fill_the_deeds(own_town, monkeypatch):
    town = own_town()
    assert town.gate._refusals._per_min == REFUSALS_NOTED_PER_MIN
    monkeypatch.setattr(town.gate, "_refusals", Rates(3))
    key = town.bearer("wall")
    for _ in range(10):
        assert town.client().get("/api/v1/sites", headers=key).status_code == 403
    assert 3 <= len([deed for deed in deeds(town) if deed[1] == "refused"]) < 10


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


@pytest.mark.parametrize(("language", "word"), [("zh", "命令行"), ("en", "Command line")])
def test_who_was_at_the_machine_is_said_in_the_readers_words(language, word):
    rows = [
        DeedRow(2, NOON, "li", "street", "export", "/export", "{}"),
        DeedRow(1, NOON, "command", "ops", "key.add", "key/gate", "{}"),
    ]
    shown = str(deed_card(Speech(language), rows, None, {}, "Asia/Shanghai"))
    assert (shown.count(word), shown.count("'command'"), shown.count("'li'")) == (1, 1, 1)


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
    shown = page(town, auditor, search)
    assert ("/export/" in shown and "下载文件" in shown) or not found


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
