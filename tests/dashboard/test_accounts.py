"""One's own account, the accounts of others, and keys: what each may do, and that all of it is written down."""

import re

import pyotp
import pytest

from clock import real_now
from dashboard.access import Lifetime, SignedIn, Viewer, add_account
from dashboard.account_rows import browser_of
from dashboard.gate import CSRF_COOKIE
from dashboard.queries.accounts import own_account, people
from models.audit import looked_through
from models.database import read_only
from tests.dashboard.town import COMMUNITY, ELSEWHERE, OTHER_STREET, SCOPES, SITE, STREET, Caller, Town

pytestmark = pytest.mark.engines("sqlite")
both = pytest.mark.engines("sqlite", "postgresql")
OLD, NEW = "four words make it", "five words make it"


@pytest.fixture
def town(own_town, cheap_secrets) -> Town:
    return own_town(**cheap_secrets)


def send(person: Caller, path: str, **body: object):
    return person.post(path, json=body, headers={"x-csrftoken": person.cookies[CSRF_COOKIE]})


def said(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("title", "")


def name_of(town: Town, role: str) -> str:
    return town.rows("select name from account where role = ? order by id desc", role)[0][0]


def sign_in(town: Town, name: str, password: str, code: str = "") -> Caller:
    person = town.client()
    person.post("/login", data={"name": name, "password": password, "code": code})
    return person


# -- one's own ----------------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(("role", "name"), [("street", "街"), ("community", "社区"), ("site", "站"), ("district", "")])
def test_one_s_own_account_says_by_name_what_one_answers_for(town, role, name):
    for table, code, named in (("street", STREET, "街"), ("community", COMMUNITY, "社区"), ("site", SITE, "站")):
        town.write(f"update {table} set name_zh = ? where code = ?", (named, code))
    town.person(role)
    viewer = Viewer(name_of(town, role), role, SCOPES.get(role, ""))
    with read_only(town.engine) as connection:
        mine = own_account(connection, SignedIn(viewer, "", b""), Lifetime(10, 10), real_now())
    assert mine.where[0] == name


@both
def test_who_came_by_a_link_chooses_a_password_and_changes_it_with_the_old_one(town):
    first = town.person("site")
    name = name_of(town, "site")
    assert send(first, "/act/account/password", new=OLD).json() == {"done": True}
    second = sign_in(town, name, OLD)
    assert second.get("/").status_code == 200
    assert said(send(second, "/act/account/password", new=NEW)) == (400, "old")
    assert said(send(second, "/act/account/password", old="wrong", new=NEW)) == (400, "old")
    assert said(send(second, "/act/account/password", old=OLD, new="short")) == (400, "short")
    assert send(second, "/act/account/password", old=OLD, new=NEW).status_code == 200
    assert [first.get("/").status_code, second.get("/").status_code] == [303, 200]
    assert [sign_in(town, name, p).get("/").status_code for p in (OLD, NEW)] == [303, 200]


def test_the_leave_of_a_link_to_choose_a_password_without_the_old_one_ends_soon(town):
    person = town.person("site")
    send(person, "/act/account/password", new=OLD)
    assert send(person, "/act/account/password", new=NEW).status_code == 200
    town.write("update session set made_at = made_at - 16 * 60000000")
    assert said(send(person, "/act/account/password", new=OLD)) == (400, "old")


def test_the_old_password_cannot_be_guessed_at_an_open_screen(town):
    person = town.person("site")
    send(person, "/act/account/password", new=OLD)
    town.write("update session set way = 'password'")
    tries = [said(send(person, "/act/account/password", old=f"guess {n}", new=NEW)) for n in range(6)]
    assert tries == [(400, "old")] * 5 + [(429, "often")]


def test_a_factor_is_set_up_used_renewed_and_turned_off_with_a_code(town):
    person = town.person("site")
    name = name_of(town, "site")
    send(person, "/act/account/password", new=OLD)
    begun = send(person, "/act/account/factor/begin").json()
    assert begun["picture"].startswith("data:image/svg+xml")
    app = pyotp.TOTP(begun["secret"].replace(" ", ""))
    assert said(send(person, "/act/account/factor/confirm", code="abc")) == (400, "wrong")
    codes = send(person, "/act/account/factor/confirm", code=app.at(real_now() // 1_000_000)).json()["codes"]
    assert len(codes) == 10
    assert said(send(person, "/act/account/factor/begin")) == (409, "has")
    assert [sign_in(town, name, OLD, c).get("/").status_code for c in ("", codes[0])] == [303, 200]
    fresh = send(person, "/act/account/factor/codes", code=codes[1]).json()["codes"]
    assert not set(fresh) & set(codes)
    assert said(send(person, "/act/account/factor/remove", code=codes[2])) == (400, "wrong")
    assert send(person, "/act/account/factor/remove", code=fresh[0]).status_code == 200
    assert sign_in(town, name, OLD).get("/").status_code == 200
    assert said(send(person, "/act/account/factor/remove", code=fresh[1])) == (400, "wrong")


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(town):
    person = town.person("site")
    name = name_of(town, "site")
    send(person, "/act/account/password", new=OLD)
    others = [sign_in(town, name, OLD) for _ in range(3)]
    keys = {row[0][:8].hex() for row in town.rows("select token_hash from session")}
    assert len(keys) == 4
    stranger = town.person("site", f"site:{ELSEWHERE}")
    assert said(send(stranger, f"/act/account/sessions/{keys.copy().pop()}/end")) == (404, "404")
    latest = town.rows("select token_hash from session where way = 'password' order by made_at desc")[0][0]
    assert send(person, f"/act/account/sessions/{latest[:8].hex()}/end").status_code == 200
    assert [one.get("/").status_code for one in others] == [200, 200, 303]
    assert send(person, "/act/account/sessions/end").json() == {"ended": 2}
    assert [one.get("/").status_code for one in (*others, person, stranger)] == [303, 303, 303, 200, 200]


def test_the_language_is_kept_and_comes_back_with_the_next_sign_in(town):
    person = town.person("site")
    send(person, "/act/account/password", new=OLD)
    assert said(send(person, "/act/account/language", language="fr")) == (400, "code")
    assert send(person, "/act/account/language", language="en").status_code == 200
    assert sign_in(town, name_of(town, "site"), OLD).cookies["lang"] == "en"


# -- others' ------------------------------------------------------------------------------------------------------------


@both
def test_an_invitation_gets_in_once_and_everything_about_it_is_in_the_chain(town):
    admin = town.person("admin")
    made = send(admin, "/act/accounts", name="liu.fang", role="site", scope=f"site:{SITE}").json()
    assert re.fullmatch(r"/enter/[\w-]{43}", made["link"])
    person = town.client()
    assert [person.post(made["link"]).status_code, town.client().post(made["link"]).status_code] == [303, 410]
    number = town.rows("select id from account where name = 'liu.fang'")[0][0]
    for deed in ("end-sessions", "disable"):
        assert send(admin, f"/act/accounts/{number}/{deed}").json() == {"done": True}
    assert person.get("/").status_code == 303
    assert said(send(admin, f"/act/accounts/{number}/link")) == (409, "disabled")
    assert send(admin, f"/act/accounts/{number}/enable").status_code == 200
    assert person.get("/").status_code == 303
    link = send(admin, f"/act/accounts/{number}/link").json()["link"]
    assert town.client().post(link).status_code == 303
    told = town.rows("select what from audit_entry where subject = 'account/liu.fang' order by id")
    assert [what for (what,) in told] == [
        "account.invite", "session.begin", "account.end_sessions", "account.disable", "account.enable", "account.link",
        "session.begin",
    ]  # fmt: skip
    with read_only(town.engine) as connection:
        assert looked_through(connection).is_whole


@pytest.mark.parametrize(
    ("role", "body", "answer"),
    [
        ("admin", {"name": "a b", "role": "site", "scope": f"site:{SITE}"}, (400, "name")),
        ("admin", {"name": "", "role": "ops", "scope": ""}, (400, "name")),
        ("admin", {"name": "x", "role": "wall", "scope": ""}, (403, "403")),
        ("admin", {"name": "x", "role": "boss", "scope": ""}, (403, "403")),
        ("admin", {"name": "x", "role": "site", "scope": "site:d-999"}, (400, "scope")),
        ("admin", {"name": "x", "role": "site", "scope": f"street:{STREET}"}, (400, "scope")),
        ("admin", {"name": "x", "role": "street", "scope": ""}, (400, "scope")),
        ("district", {"name": "x", "role": "admin", "scope": ""}, (403, "403")),
        ("district", {"name": "x", "role": "district", "scope": ""}, (403, "403")),
        ("street", {"name": "x", "role": "street", "scope": f"street:{STREET}"}, (403, "403")),
        ("street", {"name": "x", "role": "site", "scope": f"site:{ELSEWHERE}"}, (400, "scope")),
        ("street", {"name": "x", "role": "community", "scope": f"street:{STREET}"}, (400, "scope")),
        ("site", {"name": "x", "role": "site", "scope": f"site:{SITE}"}, (403, "403")),
        ("auditor", {"name": "x", "role": "auditor", "scope": ""}, (403, "403")),
        ("ops", {"name": "x", "role": "ops", "scope": ""}, (403, "403")),
    ],
)
def test_nobody_invites_what_is_not_hers_to_give(file_town, role, body, answer):
    assert said(send(file_town.person(role), "/act/accounts", **body)) == answer
    assert not file_town.rows("select 1 from account where name = 'x'")


def test_a_name_is_given_once_whatever_its_capitals(town):
    admin = town.person("admin")
    assert send(admin, "/act/accounts", name="Liu", role="ops").status_code == 200
    assert said(send(admin, "/act/accounts", name="liu", role="ops")) == (409, "same")


def test_an_account_that_is_not_hers_answers_like_one_that_is_not_there(town):
    officer = town.person("street")
    for name, role, scope in (("her", "site", SITE), ("far", "site", ELSEWHERE), ("top", "district", "")):
        add_account(town.engine, name, role, scope, real_now())
    numbers = dict(town.rows("select name, id from account"))
    for deed in ("link", "disable", "enable", "reset-factor", "end-sessions", "no-such-deed"):
        answers = [send(officer, f"/act/accounts/{n}/{deed}") for n in (numbers["far"], numbers["top"], 99_999)]
        assert {(one.status_code, one.content) for one in answers} == {(404, answers[0].content)}
    assert send(officer, f"/act/accounts/{numbers['her']}/disable").status_code == 200


def test_nobody_disables_herself_and_the_last_administrator_stays(town):
    admin = town.person("admin")
    number = town.rows("select id from account where role = 'admin'")[0][0]
    assert said(send(admin, f"/act/accounts/{number}/disable")) == (409, "self")
    add_account(town.engine, "second", "admin", "", real_now())
    second = town.rows("select id from account where name = 'second'")[0][0]
    assert send(admin, f"/act/accounts/{second}/disable").status_code == 200
    scoped = town.person("admin", f"street:{OTHER_STREET}")
    assert said(send(scoped, f"/act/accounts/{number}/disable")) == (404, "404")


def test_a_lost_phone_is_put_right_by_whoever_answers_for_the_account(town):
    person = town.person("site")
    name, number = town.rows("select name, id from account where role = 'site'")[0]
    send(person, "/act/account/password", new=OLD)
    app = pyotp.TOTP(send(person, "/act/account/factor/begin").json()["secret"].replace(" ", ""))
    assert send(person, "/act/account/factor/confirm", code=app.at(real_now() // 1_000_000)).status_code == 200
    assert sign_in(town, name, OLD).get("/").status_code == 303
    assert send(town.person("district"), f"/act/accounts/{number}/reset-factor").status_code == 200
    assert person.get("/").status_code == 303
    assert sign_in(town, name, OLD).get("/").status_code == 200


def test_each_sees_the_people_whom_she_answers_for(town):
    for name, role, scope in (
        ("adm", "admin", ""), ("dis", "district", ""), ("str", "street", STREET), ("far-str", "street", OTHER_STREET),
        ("com", "community", "c-01"), ("sit", "site", SITE), ("far", "site", ELSEWHERE), ("aud", "auditor", ""),
    ):  # fmt: skip
        add_account(town.engine, name, role, scope, real_now())
    seen = {}
    with read_only(town.engine) as connection:
        for role, scope in (("admin", ""), ("district", ""), ("street", f"street:{STREET}"), ("site", f"site:{SITE}")):
            rows = people(connection, Viewer("x", role, scope), Lifetime(10, 10), real_now())
            seen[role] = {row.name for row in rows}
    assert seen == {
        "admin": {"adm", "dis", "str", "far-str", "com", "sit", "far", "aud"},
        "district": {"str", "far-str", "com", "sit", "far"},
        "street": {"com", "sit"},
        "site": set(),
    }


# -- keys ---------------------------------------------------------------------------------------------------------------


@both
def test_a_key_is_shown_once_opens_the_api_notes_its_use_and_is_revoked(town):
    admin = town.person("admin")
    key = send(admin, "/act/keys", name="meter", role="site", scope=f"site:{SITE}").json()["key"]
    assert said(send(admin, "/act/keys", name="meter", role="ops")) == (409, "same")
    assert said(send(town.person("district"), "/act/keys", name="other", role="site", scope=f"site:{SITE}")) == (
        403,
        "403",
    )
    number, used = town.rows("select id, used_at from api_key where name = 'meter'")[0]
    assert used is None
    asked = {"authorization": f"Bearer {key}"}
    assert town.client().get("/api/v1/live", headers=asked).status_code == 200
    assert town.rows("select used_at from api_key where name = 'meter'")[0][0] > real_now() - 60_000_000
    assert said(send(town.person("district"), f"/act/keys/{number}/revoke")) == (403, "403")
    assert send(admin, f"/act/keys/{number}/revoke").status_code == 200
    assert said(send(admin, f"/act/keys/{number}/revoke")) == (404, "404")
    assert town.client().get("/api/v1/live", headers=asked).status_code == 401


@pytest.mark.parametrize(
    ("agent", "short"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
            "Edge · Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126 MicroMessenger/8.0", "WeChat · Android"),
        ("python-httpx/0.28", "python-httpx/0.28"),
        ("", ""),
    ],
)
def test_a_browser_has_a_short_name(agent, short):
    assert browser_of(agent) == short
