"""Sign-in at the organisation's provider, against a real one that is run here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

import config
from clock import real_now
from config import ConfigError
from dashboard.access import add_account
from dashboard.provider_accounts import groups_of
from tests.dashboard.town import SITE, Caller, Town

pytestmark = pytest.mark.engines("sqlite")
LIU = User(
    sub="u-17", claims={"email": "liu@longhua.example", "email_verified": True, "groups": ["staff", "site-d-002"]}
)
WANG = User(sub="u-18", claims={"email": "wang@longhua.example", "email_verified": False})


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread(user_claims=(LIU, WANG)) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def town(own_town: Callable[..., Town], issuer: str, tmp_path) -> Town:
    (tmp_path / "secret").write_text("shared secret\n")
    (tmp_path / "secret").chmod(0o600)
    return own_town(
        ELDERCARE_ACCOUNTS_OIDC_ISSUER=issuer,
        ELDERCARE_ACCOUNTS_OIDC_CLIENT_ID="eldercare",
        ELDERCARE_ACCOUNTS_OIDC_SECRET_FILE=str(tmp_path / "secret"),
    )


def at_the_provider(person: Caller, sub: str = "u-17") -> str:
    """Goes there, says who she is; the address by which the provider sends her back."""
    there = person.get("/login/provider")
    asked = parse_qs(urlsplit(there.headers["location"]).query)
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    assert asked["redirect_uri"] == ["http://127.0.0.1/login/provider/back"]
    said = httpx.post(there.headers["location"], data={"sub": sub})
    back = urlsplit(said.headers["location"])
    assert back.path == "/login/provider/back"
    return f"{back.path}?{back.query}"


def test_an_account_of_her_name_signs_in_and_from_then_on_by_her_number(town):
    add_account(town.engine, "liu@longhua.example", "site", SITE, real_now())
    person = town.client()
    assert "/login/provider" in person.get("/login").text
    assert person.get(at_the_provider(person)).headers["location"] == "/"
    assert person.get("/").status_code == 200
    town.write("update account set name = 'liu.renamed' where name = 'liu@longhua.example'")
    again = town.client()
    assert again.get(at_the_provider(again)).headers["location"] == "/"
    assert town.rows("select way from session") == [("provider",)] * 2
    assert [what for (what,) in town.rows("select what from audit_entry order by id")] == [
        "account.provider", "session.begin", "session.begin",
    ]  # fmt: skip


def test_who_has_no_account_is_told_so_and_an_address_that_nobody_checked_is_no_name(town):
    add_account(town.engine, "wang@longhua.example", "site", SITE, real_now())
    for sub in ("u-17", "u-18"):
        person = town.client()
        assert person.get(at_the_provider(person, sub)).headers["location"] == "/login?why=provider_none"
        assert person.get("/").status_code == 303
    assert "no account here" in town.client().get("/login?why=provider_none&lang=en").text


def test_a_name_that_is_bound_to_somebody_else_is_not_taken_over_and_a_disabled_one_stays_out(town):
    add_account(town.engine, "liu@longhua.example", "site", SITE, real_now())
    town.write("update account set provider_subject = 'somebody else'")
    person = town.client()
    assert person.get(at_the_provider(person)).headers["location"] == "/login?why=provider_none"
    town.write("update account set provider_subject = null, disabled = 1")
    assert person.get(at_the_provider(person)).headers["location"] == "/login?why=provider_none"


def test_a_group_gets_an_account_by_itself_where_the_configuration_says_so(own_town, issuer, tmp_path):
    (tmp_path / "secret").write_text("shared secret")
    (tmp_path / "secret").chmod(0o600)
    town = own_town(
        ELDERCARE_ACCOUNTS_OIDC_SECRET_FILE=str(tmp_path / "secret"),
        ELDERCARE_ACCOUNTS_OIDC_ISSUER=issuer,
        ELDERCARE_ACCOUNTS_OIDC_CLIENT_ID="eldercare",
        ELDERCARE_ACCOUNTS_OIDC_GROUP_CLAIM="groups",
        ELDERCARE_ACCOUNTS_OIDC_GROUPS=f"boss=admin, site-d-002=site:{SITE}, staff=district",
    )
    person = town.client()
    assert person.get(at_the_provider(person)).headers["location"] == "/"
    assert town.rows("select name, role, scope from account") == [("liu@longhua.example", "site", f"site:{SITE}")]


def test_what_comes_back_is_good_once_for_the_browser_that_went(town):
    add_account(town.engine, "liu@longhua.example", "site", SITE, real_now())
    person, thief = town.client(), town.client()
    back = at_the_provider(person)
    failed = "/login?why=provider_failed"
    assert thief.get(back).headers["location"] == failed
    assert person.get(back.replace("state=", "state=x")).headers["location"] == failed
    assert person.get("/login/provider/back?error=access_denied&state=x").headers["location"] == failed
    kept = dict(person.cookies)
    assert person.get(back).headers["location"] == "/"
    person.cookies.update(kept)
    assert person.get(back).headers["location"] == failed


def test_another_visit_s_nonce_and_a_late_return_are_refused(town):
    add_account(town.engine, "liu@longhua.example", "site", SITE, real_now())
    person = town.client()
    back = at_the_provider(person)
    town.write("update provider_visit set nonce = 'another'")
    assert person.get(back).headers["location"] == "/login?why=provider_failed"
    back = at_the_provider(person)
    town.write("update provider_visit set expires_at = 1")
    assert person.get(back).headers["location"] == "/login?why=provider_failed"


@contextmanager
def gone(town: Town) -> Iterator[None]:
    kept = town.shell.state.cfg
    accounts = {name: getattr(kept.accounts, name) for name in kept.accounts.__dataclass_fields__}
    town.shell.state.cfg = type(kept)(
        **{name: getattr(kept, name) for name in kept.__dataclass_fields__ if name != "accounts"},
        accounts=type(kept.accounts)(**accounts | {"oidc_issuer": "http://localhost:9"}),
    )
    yield
    town.shell.state.cfg = kept


def test_a_provider_that_does_not_answer_leaves_the_other_ways(town):
    person = town.client()
    with gone(town):
        assert person.get("/login/provider").headers["location"] == "/login?why=provider_away"
        page = person.get("/login?why=provider_away&lang=en")
    assert "one-time link" in page.text


@pytest.mark.parametrize("groups", ["staff=boss", "staff=street", "staff=site:planet:x"])
def test_a_group_with_a_role_or_scope_that_cannot_be_stops_the_start(groups):
    cfg = config.load(environ={"ELDERCARE_ACCOUNTS_OIDC_GROUPS": groups})
    with pytest.raises(ConfigError, match="staff"):
        groups_of(cfg.accounts)
