"""Staff register, change and close sites in their scope; what is wrong stands beside its column; passwords are shown once."""

import csv
import hashlib
import io
import json
from base64 import b64decode, b64encode
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.parts.hours_words import hours_words
from dashboard.parts.registry_cards import users_card
from dashboard.queries.registry import registry_site
from dashboard.registry_actions import (
    change_site,
    close_site,
    give_password,
    give_passwords,
    register_site,
    reopen_site,
    revoke_password,
)
from dashboard.words import Speech
from models.audit import looked_through
from models.base import MINUTE
from models.broker_user import new_password
from models.civil_day import rule_fault
from models.database import read_only
from models.place_file import FileRefused
from models.sheet_cell import as_cell, as_meant, is_formula
from tests.browser.seeded import NOON
from tests.dashboard.test_recipients import AT, PEOPLE
from tests.dashboard.town import COMMUNITY, ELSEWHERE, OTHER_STREET, SAME_STREET, SITE, STREET

ZONE = "Asia/Shanghai"
TODAY = "2026-11-23"
DAY = "?from=2026-11-23T00:00:00%2B08:00&to=2026-11-23T12:00:00%2B08:00"
CELLS = {
    "site": "n-001",
    "name_zh": "新站",
    "kind": "CST",
    "street": STREET,
    "open_hours": "Mo-Fr 08:30-17:30",
    "capacity": "hall:40",
}
PEOPLE = PEOPLE | {"ops": Viewer("ops", "ops", ""), "provider": Viewer("p", "provider", f"site:{SITE}")}


def said(deed, *given):
    try:
        deed(*given)
    except ActionRefused as refused:
        return str(refused)
    except FileRefused as refused:
        return sorted({(one.column, one.why) for one in refused.wrong})
    return "done"


def register(town, who="district", **more):
    return register_site(town.engine, PEOPLE[who], CELLS | more, NOON, AT, ZONE, {})


def is_password(town, name, password):
    ((kept, revoked),) = town.rows("select password_hash, revoked_at from broker_user where name = ?", name)
    _, _, rounds, salt, digest = kept.split("$")
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), b64decode(salt), int(rounds))
    return b64encode(made).decode() == digest and revoked is None


def test_a_site_is_registered_with_a_user_for_itself_and_each_device(own_town):
    town = own_town()
    made = register(town, devices="door-1;bed-2", lat="22.540796131694766", lon="113.9171764808363", datum="gcj02")
    assert [one.name for one in made.credentials] == ["n-001", "n-001.bed-2", "n-001.door-1"]
    assert all(is_password(town, one.name, one.password) for one in made.credentials)
    lat, lon, street = town.rows("select lat, lon, street from site where code = 'n-001'")[0]
    assert (lat, lon, street) == (pytest.approx(22.543847, abs=1e-6), pytest.approx(113.912316, abs=1e-6), STREET)
    assert said(register, town) == "same"
    town.happens("n-001", "occupancy.flow", area="hall", **{"in": 1, "out": 0})
    ((what, subject, told),) = town.rows("select what, subject, said from audit_entry where author = 'chen'")
    assert (what, subject) == ("site.register", "n-001")
    assert not any(one.password in told for one in made.credentials)
    with read_only(town.engine) as connection:
        assert looked_through(connection).is_whole


@pytest.mark.parametrize(
    ("who", "more", "expected"),
    [
        ("admin", {"site": "n-101"}, "done"),
        ("district", {"site": "n-102", "street": "440309009=新街道/New"}, "done"),
        ("street", {"site": "n-103"}, "done"),
        ("street", {"site": "n-104", "street": OTHER_STREET}, [("street", "foreign")]),
        ("street", {"site": "n-105", "street": f"{STREET}=别名/Other"}, [("street", "foreign")]),
        ("street", {"site": ELSEWHERE}, "same"),
        ("street", {"site": SAME_STREET}, "same"),
        ("street", {"site": "n-105", "community": "c-9"}, [("community", "taken")]),
        ("street", {"site": "n-108", "community": f"{COMMUNITY}=北站/North"}, "done"),
        ("community", {"site": "n-106"}, "403"),
        ("manager", {"site": "n-106"}, "403"),
        ("provider", {"site": "n-106"}, "403"),
        ("auditor", {"site": "n-106"}, "403"),
        ("ops", {"site": "n-106"}, "403"),
        ("wall", {"site": "n-106"}, "403"),
        ("district", {"site": "eldercare-ingest"}, [("site", "")]),
        ("district", {"site": "N 1", "kind": "X", "capacity": "no"}, [("capacity", ""), ("kind", ""), ("site", "")]),
        ("district", {"site": "", "name_zh": ""}, [("name_zh", "needed"), ("site", "needed")]),
        ("district", {"site": "n-107", "open_hours": "weekdays"}, [("open_hours", "")]),
        ("district", {"site": "n-107", "lat": "22.5"}, [("lon", "needed")]),
        ("district", {"site": "n-107", "devices": "a;a"}, [("devices", "")]),
        ("district", {"site": "n-107", "password": "x"}, [("a column", "")]),
    ],
)
def test_who_may_register_what_and_what_is_wrong_where(file_town, who, more, expected):
    file_town.write(
        "insert into community (code, street, name_zh, name_en) values ('c-9', ?, '', '') on conflict do nothing",
        (OTHER_STREET,),
    )
    assert said(lambda: register(file_town, who, **more)) == expected


def change(town, who, site, **cells):
    return change_site(town.engine, PEOPLE[who], site, cells, NOON, AT, ZONE)


def test_a_change_holds_from_its_day_and_leaves_the_rest(own_town):
    town = own_town()
    register(town)
    line = {"name_zh": "大站", "kind": "CST", "street": OTHER_STREET, "capacity": "hall:60", "valid_from": "2026-11-20"}
    assert change(town, "district", "n-001", **line).changed == ("name_zh", "street", "capacity")
    rule = "select rule from opening_hours o join site s on s.id = o.site_id where s.code = 'n-001'"
    assert town.rows(rule) == [("Mo-Fr 08:30-17:30",)]
    assert town.rows("select name_zh, street from site where code = 'n-001'") == [("大站", OTHER_STREET)]
    assert change(town, "district", "n-001", **line).changed == ()
    assert said(lambda: change(town, "street", "n-001", **line)) == "404"
    assert said(lambda: change(town, "street", SITE, **line)) == [("street", "foreign")]
    mine = {"name_zh": "小站", "kind": "CST", "street": STREET}
    assert said(lambda: change(town, "street", "n-999", **mine)) == said(
        lambda: change(town, "street", "n-001", **mine)
    )
    assert said(lambda: change(town, "district", "n-999", **line)) == "404"
    assert said(lambda: change(town, "manager", SITE, **line)) == "403"
    page = town.person().get("/registry/n-001")
    assert page.status_code == 200


def test_passwords_are_given_anew_and_taken_away_in_scope(own_town):
    town = own_town()
    ((first,),) = [register(town).credentials]

    def give(who, site, device=""):
        return give_password(town.engine, PEOPLE[who], site, device, NOON, AT)

    second = give("street", "n-001")
    assert is_password(town, "n-001", second.password)
    assert not is_password(town, "n-001", first.password)
    assert give("district", "n-001", "door-9").name == "n-001.door-9"
    refusals = [
        ("street", ELSEWHERE, ""),
        ("district", "n-999", ""),
        ("manager", SITE, ""),
        ("district", "n-001", "Door 9"),
    ]
    assert [said(give, *one) for one in refusals] == ["404", "404", "403", "code"]

    def revoke(who, site, device=""):
        return revoke_password(town.engine, PEOPLE[who], site, device, NOON, AT)

    refusals = [("street", ELSEWHERE), ("district", SITE), ("auditor", SITE)]
    assert [said(revoke, *one) for one in refusals] == ["404", "404", "403"]
    revoke("street", "n-001", "door-9")
    assert town.rows("select name from broker_user where revoked_at is not null") == [("n-001.door-9",)]
    made = give_passwords(town.engine, PEOPLE["street"], ["n-001", SITE], NOON, AT)
    assert [one.name for one in made] == [SITE]
    assert said(give_passwords, town.engine, PEOPLE["street"], [SITE, ELSEWHERE], NOON, AT) == "404"


@pytest.mark.engines("sqlite")
def test_of_a_user_is_told_what_is_known_and_not_what_others_sent(own_town):
    """No message says by which user it came: `agent2` is no device, and the camera goes on under another user."""
    town = own_town()
    register(town)
    for device in ("door-1", "camera", "agent2"):
        give_password(town.engine, PEOPLE["district"], "n-001", device, NOON, AT)

    def heard():
        with read_only(town.engine) as connection:
            users = registry_site(connection, PEOPLE["district"], "n-001", NOON).users
        return {one.name.partition(".")[2]: (one.heard_of, one.heard_at) for one in users}

    unheard = ("unheard", None)
    assert heard() == {"": ("site", None), "door-1": unheard, "camera": unheard, "agent2": unheard}
    for device in ("door-1", "camera"):
        town.happens("n-001", "device.status", device=device, online=True)
    assert heard() == {"": ("site", NOON), "door-1": ("device", NOON), "camera": ("device", NOON), "agent2": unheard}
    town.write("update broker_user set revoked_at = ? where name = 'n-001.camera'", (NOON - MINUTE,))
    town.write("update broker_user set revoked_at = ? where name = 'n-001.door-1'", (NOON + MINUTE,))
    assert (heard()["camera"], heard()["door-1"]) == (("revoked", NOON - MINUTE), ("device", NOON))
    with read_only(town.engine) as connection:
        shown = str(users_card(Speech("en"), registry_site(connection, PEOPLE["district"], "n-001", NOON), ZONE))
    for words in ("site: ", "device: ", "not after ", "no device of this name heard yet"):
        assert shown.count(f"'{words}") == 1, words


@pytest.mark.engines("sqlite")
def test_a_site_that_splits_names_both_who_go_on_and_keeps_its_past(own_town):
    town = own_town()

    def past():
        answer = town.client().get(f"/api/v1/sites/{SITE}/history{DAY}&step=1h", headers=town.bearer("district"))
        return answer.json()["slots"]

    before = past()
    assert any(slot["last"] for slot in before)
    close_site(town.engine, PEOPLE["district"], SITE, TODAY, [SAME_STREET, ELSEWHERE], NOON, AT, ZONE)
    town.look()
    assert past() == before

    def said_of(site, who="district"):
        with read_only(town.engine) as connection:
            return registry_site(connection, PEOPLE[who], site, NOON).kin

    assert {code for code, _ in said_of(SITE).successors} == {SAME_STREET, ELSEWHERE}
    assert [code for one in (SAME_STREET, ELSEWHERE) for code, _ in said_of(one).predecessors] == [SITE, SITE]
    assert [code for code, _ in said_of(SITE, "street").successors] == [SAME_STREET]  # the other is not hers to see


def test_sites_merge_and_one_of_them_reopens(own_town):
    town = own_town()

    def close(who, site, day=TODAY, successors=()):
        return close_site(town.engine, PEOPLE[who], site, day, successors, NOON, AT, ZONE)

    faults = [
        said(close, "street", ELSEWHERE),
        said(close, "manager", SITE),
        said(close, "district", SITE, "2026-11-24"),
        said(close, "district", SITE, "never"),
        said(close, "district", SITE, TODAY, ["d-999"]),
        said(close, "district", SITE, TODAY, [SITE]),
        said(close, "street", SITE, TODAY, [ELSEWHERE]),
    ]
    assert faults == ["404", "403", "span", "span", "successor", "successor", "successor"]
    close("street", SITE, "2026-11-22", [SAME_STREET])
    assert said(close, "street", SITE) == "closed"
    assert said(lambda: give_password(town.engine, PEOPLE["street"], SITE, "", NOON, AT)) == "closed"
    assert said(close, "street", "d-014", TODAY, [SITE]) == "successor"
    close("street", "d-014", TODAY, [SAME_STREET])
    town.look()
    live = town.client().get("/api/v1/sites", headers=town.bearer("district")).json()["sites"]
    assert {one["site"]: one["state"] for one in live if one["site"] in (SITE, "d-014")} == {
        SITE: "closed",
        "d-014": "closed",
    }
    links = town.rows("select s.code from succession n join site s on s.id = n.site_id order by 1")
    assert links == [(SITE,), ("d-014",)]

    def reopen(who, site, day=TODAY):
        return reopen_site(town.engine, PEOPLE[who], site, day, NOON, AT, ZONE)

    assert [said(reopen, "street", SITE, "2026-11-21"), said(reopen, "street", SAME_STREET)] == ["span", "span"]
    reopen("street", SITE)
    assert town.rows("select s.code from succession n join site s on s.id = n.site_id") == [("d-014",)]


# -- by HTTP ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def posting(own_town):
    town = own_town(ELDERCARE_BROKER_SITES_URL="mqtts://broker.example.cn:8883")
    person = town.person()
    token = {"x-csrftoken": person.cookies["_csrf_token"]}

    def post(path, body, **more):
        kind = {"content": body} if isinstance(body, bytes) else {"json": body}
        return person.post(f"/act/registry/{path}", headers=token | more, **kind)

    post.town, post.person = town, person
    return post


def last(answer):
    return json.loads(answer.text.strip().split("\n")[-1])


def test_the_form_says_what_is_wrong_and_shows_the_password_with_lines_to_try(posting):
    wrong = posting("sites", {"cells": CELLS | {"kind": "?"}})
    assert (wrong.status_code, [one["column"] for one in wrong.json()["wrong"]]) == (422, ["kind"])
    (user,) = posting("sites", {"cells": CELLS}).json()["users"]
    assert all(new_password()[0].isalnum() for _ in range(500))  # a hyphen in front is an option, or a formula
    assert is_password(posting.town, "n-001", user["password"])
    publish, edge = (one["line"] for one in user["tries"])
    assert "-h broker.example.cn -p 8883 --tls-use-os-certs -u n-001" in publish
    assert "eldercare/v1/n-001/events" in publish
    assert "mqtts://n-001:" in edge
    assert posting("sites", {"cells": CELLS}).status_code == 409
    assert [posting("sites", body).status_code for body in ({}, {"cells": []}, {"cells": {"site": "x" * 5000}})] == [
        400
    ] * 3
    assert posting("sites/n-001/password", {"device": "door-1"}).json()["users"][0]["name"] == "n-001.door-1"
    assert posting("sites/n-001/revoke", {"device": "door-1"}).status_code == 200
    assert posting("sites/n-001/close", {"day": TODAY, "successors": []}).status_code == 200
    assert posting("sites/n-001/reopen", {"day": TODAY}).status_code == 200
    assert posting.person.post("/act/registry/sites", json={"cells": CELLS}).status_code == 403


def test_hours_are_read_back_in_words(posting):
    rule = {"rule": "Mo-Fr 08:30-12:00,14:00-17:30; Sa 09:00-12:00"}
    told = [posting("hours", rule | {"language": language}).json()["words"] for language in ("zh", "en")]
    assert told[0] == "周一至周五 08:30–12:00，14:00–17:30；周六 09:00–12:00；周日 不开放"
    assert told[1] == "Mon to Fri 08:30–12:00, 14:00–17:30; Sat 09:00–12:00; Sun closed"
    assert posting("hours", {"rule": "weekdays", "language": "en"}).json() == {"words": None}
    assert hours_words(Speech("en"), "", date(2026, 11, 23)) == "Always open"
    assert rule_fault("off") is None
    assert hours_words(Speech("en"), "off", date(2026, 11, 23)) == "Mon to Sun closed"


def test_a_file_is_checked_written_and_changes_nothing_again(posting):
    head = "site,name_zh,kind,street,capacity\n"
    good = (head + f"n-201,甲,CST,{STREET},40\nn-202,乙,CST,{STREET},30\n{SITE},丙,CST,{STREET},20\n").encode()
    dry = last(posting("file?dry_run=true", good))
    assert (dry["dry_run"], dry["created"], dry["updated"], dry["new_sites"]) == (True, 2, 1, ["n-201", "n-202"])
    assert dry["changes"][0]["site"] == SITE
    assert posting.town.rows("select code from site where code like 'n-%'") == []
    done = last(posting("file?dry_run=false", good))
    assert (done["created"], done["updated"], done["unchanged"]) == (2, 1, 0)
    again = last(posting("file?dry_run=false", good))
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 3)
    keys = posting("passwords", {"sites": done["new_sites"]}).text.splitlines()
    assert [line.partition(",")[0] for line in keys[1:]] == ["n-201", "n-202"]
    assert is_password(posting.town, "n-201", keys[1].partition(",")[2])
    wrong = last(posting("file?dry_run=false", good.replace(b"CST", b"XX", 1)))
    assert (wrong["wrong_total"], wrong["wrong"][0]["line"], wrong["wrong"][0]["value"]) == (1, 2, "XX")
    bad = last(posting("file?dry_run=true", b"\xff\xfe"))
    assert bad["wrong"][0]["column"] == "encoding"


def test_a_street_s_file_of_guesses_tells_nothing_of_other_streets_codes(own_town):
    """A dry run not at all; a real one that a code is taken, of the first, as it must: codes are one district's."""
    town = own_town()
    town.write("insert into community (code, street, name_zh, name_en) values ('c-9', ?, '甲', '')", (OTHER_STREET,))
    office = town.person("street")

    def load(mode: str, *pairs: tuple[str, str]) -> dict:
        rows = "".join(f"{site},站,CST,{STREET},{community}\n" for site, community in pairs)
        content = f"site,name_zh,kind,street,community\n{rows}".encode()
        token = {"x-csrftoken": office.cookies["_csrf_token"]}
        return last(office.post(f"/act/registry/file?dry_run={mode}", content=content, headers=token))

    for guess, missing in ((("d-003", ""), ("d-999", "")), (("n-301", "c-9"), ("n-301", "c-8"))):
        theirs, nobodys = load("true", guess), load("true", missing)
        assert theirs | {"new_sites": []} | _less(theirs, guess[1]) == nobodys | {"new_sites": []} | _less(
            nobodys, missing[1]
        )
        assert load("false", guess)["wrong"][0]["why"] == "taken"
    wrong = load("false", ("d-003", ""), ("d-004", ""), ("n-301", "c-9"))
    assert (wrong["wrong_total"], [one["value"] for one in wrong["wrong"]]) == (1, ["d-003"])
    assert OTHER_STREET not in json.dumps(wrong)
    assert town.rows("select count(*) from site") == [(24,)]
    assert load("false", ("d-999", ""))["created"] == 1


def _less(told: dict, code: str) -> dict:
    """A warning that a community is new and has no name says its code, which was asked."""
    return {"notices": [one | {"code": one["code"].replace(code, "#")} for one in told["notices"]]}


def test_a_file_may_be_longer_than_anything_else_that_is_posted_and_not_endless(posting):
    rows = "".join(f"{'m'}-{n:05},站{'长' * 60},CST,{STREET}\n" for n in range(2000))
    whole = ("site,name_zh,kind,street\n" + rows).encode()
    assert len(whole) > 262_144
    answer = posting("file?dry_run=true", whole)
    assert (last(answer)["created"], json.loads(answer.text.split("\n")[0])) == (2000, {"step": "2,000"})
    assert posting("sites", whole).status_code == 413
    assert posting("file?dry_run=true", b"x" * (5 * 1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("path", ["/registry", "/register", f"/registry/{SITE}", "/export/registry.csv"])
def test_who_may_not_manage_the_registry_gets_no_page_of_it(file_town, path):
    for role, seen in (("street", True), ("manager", False), ("auditor", False)):
        caller = file_town.person({"manager": "site"}.get(role, role))
        if path.startswith("/export"):
            assert (caller.get(path).status_code == 200) == seen
        else:
            assert caller.get(path).status_code == 200


@given(st.text(alphabet="'=＝+-@ \tx1.e", max_size=6))
def test_a_cell_comes_back_as_it_was_and_runs_nowhere(text):
    assert as_meant(as_cell(text)) == text
    assert not is_formula(as_cell(text)) or float(as_cell(text)) <= 0


def test_what_held_of_a_site_since_when_is_a_file(posting):
    posting("sites", {"cells": CELLS})
    answer = posting.person.get(f"/export/registry/{CELLS['site']}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert ("open_hours", CELLS["open_hours"]) in {(row["what"], row["value"]) for row in rows}
    assert all(row["since"].endswith("Z") for row in rows)
    assert posting.person.get("/export/registry/nowhere.csv").status_code == 404


def test_the_list_as_a_file_is_a_registry_file_that_changes_nothing(posting):
    posting("sites", {"cells": CELLS | {"devices": "door-1"}})
    texts = {"name_zh": "=cmd|' /C calc'!A0", "name_en": "'=x", "address": "＝1+1", "phone": "+86 755 0000"}
    posting("sites", {"cells": CELLS | texts | {"site": "n-002", "lat": "-22.5", "lon": "-114"}})
    kept = "select name_zh, name_en, address, phone, lat from site where code = 'n-002'"
    before = posting.town.rows(kept)
    assert before == [(*texts.values(), -22.5)]
    written = posting.person.get("/export/registry.csv")
    assert "'=cmd|" in written.text
    assert ",-22.5," in written.text
    posting.town.write("update site set name_zh = 'x', name_en = 'x', address = 'x', phone = 'x' where code = 'n-002'")
    assert last(posting("file?dry_run=false", written.content))["updated"] == 1
    assert posting.town.rows(kept) == before
    assert written.headers["content-type"].startswith("text/csv")
    again = last(posting("file?dry_run=true", written.content))
    assert (again.get("wrong"), again["created"], again["updated"], again["unchanged"]) == (None, 0, 0, 26)
