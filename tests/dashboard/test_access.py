"""Who comes in, for how long, and how an operator lets people and programs in and out."""

import contextlib
import time

import pytest
from sqlalchemy import select

import dashboard.__main__ as commands
from clock import real_now
from dashboard.access import AccountRefused, Came, Viewer, add_account, begin_session, checked, make_link, use_link
from dashboard.gate import CSRF_COOKIE
from dashboard.queries.places import seen_by
from models.base import MINUTE
from models.database import transaction
from models.place import Site
from tests.dashboard.town import ROLES, SITE, STREET, Town
from tests.databases import url_of


def link(town: Town, made_ago_min: int = 0, name: str = "desk") -> str:
    with contextlib.suppress(AccountRefused):
        add_account(town.engine, name, "district", "", 0)
    return make_link(town.engine, name, real_now() - made_ago_min * MINUTE, 15)


def test_looking_at_a_link_uses_nothing_up_and_it_signs_in_once(own_town):
    town = own_town()
    path = f"/enter/{link(town)}"
    for _ in range(3):
        looked = town.client().get(path)
        assert (looked.status_code, "set-cookie" in looked.headers) == (200, False)
    person = town.client()
    entered = person.post(path)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert person.get("/").status_code == 200
    assert [town.client().get(path).status_code, town.client().post(path).status_code] == [410, 410]


@pytest.mark.parametrize("made_ago_min", [15, 16, 10_000])
def test_a_link_is_good_for_fifteen_minutes(town, made_ago_min):
    path = f"/enter/{link(town, made_ago_min)}"
    assert [town.client().get(path).status_code, town.client().post(path).status_code] == [410, 410]


def test_a_link_is_good_until_then(town):
    assert town.client().post(f"/enter/{link(town, 14)}").status_code == 303


@pytest.mark.parametrize("token", ["never-was", "x" * 43, "%00", "%ff", "'; drop table session; --"])
def test_a_link_that_never_was_is_like_a_used_one(town, token):
    assert [town.client().get(f"/enter/{token}").status_code, town.client().post(f"/enter/{token}").status_code] == [
        410,
        410,
    ]


def test_the_session_s_cookie_is_out_of_reach_of_scripts(town):
    cookies = town.client().post(f"/enter/{link(town)}").headers.get_list("set-cookie")
    session = next(c for c in cookies if c.startswith("session="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in session.split(";")}
    over_tls = town.client("https://127.0.0.1").post(f"/enter/{link(town)}").headers.get_list("set-cookie")
    session = next(c for c in over_tls if c.startswith("__Host-session="))
    assert {"HttpOnly", "Secure", "Path=/"} <= {part.strip() for part in session.split(";")}
    assert "Domain" not in session


def shift_sessions(town: Town, column: str, minutes: int) -> None:
    if column == "seen_at":
        town.write("update session set seen_at = seen_at - ?", (minutes * MINUTE,))
    else:
        town.write("update session set made_at = made_at - ?", (minutes * MINUTE,))


@pytest.mark.parametrize(
    ("column", "minutes", "status"),
    [("seen_at", 479, 200), ("seen_at", 481, 303), ("made_at", 719, 200), ("made_at", 721, 303)],
)
def test_a_session_ends_when_idle_and_after_a_shift(own_town, column, minutes, status):
    town = own_town()
    person = town.person()
    shift_sessions(town, column, minutes)
    assert person.get("/").status_code == status


def test_a_request_keeps_a_session_awake(own_town):
    town = own_town()
    person = town.person()
    for _ in range(2):
        shift_sessions(town, "seen_at", 300)
        assert person.get("/").status_code == 200


def test_a_database_that_is_written_to_for_long_keeps_nobody_from_reading(own_town):
    town = own_town()
    person = town.person()
    shift_sessions(town, "seen_at", 5)
    with transaction(town.engine):
        began = time.monotonic()
        assert person.get("/").status_code == 200
        assert time.monotonic() - began < 30


def test_signing_out_kills_the_session_and_not_only_the_cookie(own_town):
    town = own_town()
    person = town.person()
    kept = dict(person.cookies)
    out = person.post("/logout", headers={"x-csrftoken": kept[CSRF_COOKIE]})
    assert (out.status_code, out.headers["location"]) == (303, "/login?why=signed_out")
    for cookie in out.headers.get_list("set-cookie"):
        assert "Max-Age=0" in cookie
        assert not cookie.startswith("__Host-") or "Secure" in cookie
    thief = town.client()
    thief.cookies.update(kept)
    assert thief.get("/").status_code == 303


def test_a_disabled_account_is_out_at_once(own_town):
    from dashboard.access import disable_account

    town = own_town()
    token = link(town)
    person = town.client()
    person.post(f"/enter/{token}")
    another = link(town)
    disable_account(town.engine, "desk", real_now())
    assert person.get("/").status_code == 303
    assert town.client().post(f"/enter/{another}").status_code == 410
    with pytest.raises(AccountRefused):
        link(town)


@pytest.mark.engines("sqlite")  # the file itself is searched
def test_nothing_secret_stands_in_the_database(own_town):
    town = own_town()
    token, key = link(town), town.key("admin")
    with transaction(town.engine) as connection:
        session = begin_session(connection, use_link(connection, token, real_now()).id, Came(), real_now())
    town.engine.dispose()
    bytes_ = b"".join(path.read_bytes() for path in town.path.parent.glob("town.db*"))
    for secret in (token, key, session):
        assert secret.encode() not in bytes_


# -- scopes -------------------------------------------------------------------------------------------------------------


KINDS_OF_SCOPE = ("", f"street:{STREET}", "community:c-01", f"site:{SITE}", "site:", "planet:x", "street:' or 1=1")


@pytest.mark.parametrize("scope", KINDS_OF_SCOPE)
def test_the_database_and_the_program_agree_on_what_a_viewer_sees(town, scope):
    viewer = Viewer("x", "street", scope)
    with town.engine.connect() as connection:
        every = connection.execute(select(Site.code, Site.street, Site.community)).all()
        seen = {row.code for row in connection.execute(select(Site.code).where(seen_by(viewer)))}
    assert seen == {row.code for row in every if viewer.sees(row.code, row.street, row.community)}
    assert (len(seen) == 24) == (scope == "")


@pytest.mark.parametrize("role", ["street", "community", "site", "provider"])
def test_a_narrow_role_cannot_be_given_the_whole_district(role):
    with pytest.raises(AccountRefused, match="--scope"):
        checked(role, "")


@pytest.mark.parametrize(
    ("role", "scope"), [("boss", ""), ("district", "440309002"), ("street", "planet:x"), ("site", "site:")]
)
def test_a_role_or_scope_that_cannot_be_is_refused(role, scope):
    with pytest.raises(AccountRefused):
        checked(role, scope)


# -- commands -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(own_town, monkeypatch, capsys):
    """Runs `python -m dashboard …` on a database of its own; (status, standard output, standard error)."""
    town = own_town()
    monkeypatch.setenv("ELDERCARE_DATABASE_URL", url_of(town.path))

    def run(*arguments: str) -> tuple[int, str, str]:
        status = commands.main(list(arguments))
        said = capsys.readouterr()
        return status, said.out.strip(), said.err.strip()

    run.town = town
    return run


def test_a_key_is_printed_once_alone_and_works(run):
    for role in ROLES:
        scope = ("--scope", {"street": STREET}.get(role, SITE)) if role in ("street", "site", "provider") else ()
        scope = ("--scope", "c-01") if role == "community" else scope
        status, key, error = run("apikey", "add", f"the {role}", "--role", role, *scope)
        assert (status, error) == (0, "")
        assert run.town.client().get("/api/v1/live", headers={"authorization": f"Bearer {key}"}).status_code == 200
    listed = run("apikey", "list")[1]
    assert len(listed.splitlines()) == len(ROLES)
    assert key not in listed


def test_a_revoked_key_is_named_and_gone(run):
    run("apikey", "add", "meter", "--role", "ops")
    assert run("apikey", "revoke", "meter") == (0, "1 keys revoked", "")
    status, out, error = run("apikey", "revoke", "meter")
    assert (status, out) == (1, "")
    assert "apikey list" in error


def test_an_account_is_made_linked_listed_and_disabled(run):
    assert run("account", "add", "li", "--role", "street", "--scope", STREET)[0] == 0
    status, printed, _ = run("account", "link", "li")
    assert status == 0
    assert printed.startswith("http://127.0.0.1:8050/enter/")
    assert run.town.client().post("/enter/" + printed.rsplit("/", 1)[1]).status_code == 303
    assert f"li\tstreet\tstreet:{STREET}" in run("account", "list")[1]
    assert run("account", "disable", "li")[0] == 0
    assert "disabled" in run("account", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("account", "add", "x", "--role", "boss"), "known: admin, district"),
        (("account", "add", "x", "--role", "street"), "--scope CODE"),
        (("account", "add", "x", "--role", "site", "--scope", "planet:x"), "site:CODE"),
        (("account", "link", "nobody"), "account add nobody"),
        (("account", "disable", "nobody"), "account list"),
        (("apikey", "add", "x", "--role", "boss"), "known: admin, district"),
        (("apikey", "revoke", "nobody"), "apikey list"),
    ],
)
def test_a_command_that_cannot_be_done_says_what_to_do_on_one_line(run, arguments, said):
    status, out, error = run(*arguments)
    assert (status, out, error.count("\n")) == (1, "", 0)
    assert said in error


def test_a_scope_that_the_registry_does_not_know_is_noted(run):
    status, key, error = run("apikey", "add", "x", "--role", "site", "--scope", "d-999")
    assert (status, len(key)) == (0, 43)
    assert "no site d-999 yet" in error


def test_a_database_without_tables_says_what_to_run(run, monkeypatch, tmp_path):
    monkeypatch.setenv("ELDERCARE_DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    status, _, error = run("account", "list")
    assert (status, "python -m ingest migrate" in error) == (1, True)
