"""Sign-in at the organisation's provider, against a real one that is run here."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from oidc_provider_mock import User, run_server_in_thread

import config
from clock import real_now
from config import Accounts, ConfigError
from dashboard.access import add_account
from dashboard.provider import believed
from dashboard.provider_accounts import groups_of
from models.base import SECOND
from tests.dashboard.test_sign_in import SHOWS_A_FACTOR, code_now, with_factor
from tests.dashboard.town import COMMUNITY, SITE, STREET, Caller, Town

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
        "account.invite", "account.provider", "session.begin", "session.begin",
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


# -- the second factor --------------------------------------------------------------------------------------------------


def where_to(town: Town) -> str:
    person = town.client()
    return person.get(at_the_provider(person)).headers["location"]


def test_each_role_shows_after_the_provider_the_factor_that_it_shows_after_a_password(town):
    add_account(town.engine, "liu@longhua.example", "site", SITE, real_now())
    scopes = {"street": f"street:{STREET}", "community": f"community:{COMMUNITY}"}
    for role, shows in SHOWS_A_FACTOR.items():
        scope = "" if role in ("admin", "district", "auditor", "ops", "wall") else scopes.get(role, f"site:{SITE}")
        town.write("update account set role = ?, scope = ?", (role, scope))
        assert where_to(town) == ("/login/code" if shows else "/"), role
    town.write("update account set role = 'site', scope = ?", (f"street:{STREET}",))
    assert where_to(town) == "/login/code"


def test_a_factor_of_her_own_is_asked_for_after_the_provider_as_well(town):
    add_account(town.engine, "liu@longhua.example", "site", SITE, real_now())
    app, _ = with_factor(town, town.rows("select id from account")[0][0])
    person = town.client()
    assert person.get(at_the_provider(person)).headers["location"] == "/login/code"
    assert (person.get("/").status_code, town.rows("select 1 from session")) == (303, [])
    assert person.post("/login/code", data={"code": "000000"}).status_code == 403
    assert person.post("/login/code", data={"code": code_now(app)}).headers["location"] == "/"
    assert person.get("/").status_code == 200
    assert town.rows("select way from session") == [("provider",)]


def test_the_provider_s_word_for_a_factor_counts_only_where_it_is_trusted(own_town, town, issuer, tmp_path):
    trusting = own_town(**town.environ, ELDERCARE_ACCOUNTS_OIDC_SECOND_FACTOR="amr=mfa, acr=gold")
    for one in (town, trusting):
        add_account(one.engine, "liu@longhua.example", "admin", "", real_now())
    for claims, is_trusted in (
        ({"amr": ["pwd", "mfa"]}, True), ({"acr": "gold"}, True), ({"amr": ["pwd"], "acr": "1"}, False),
        ({"amr": "mfa"}, False), ({"amr": {"mfa": 1}}, False), ({}, False),
    ):  # fmt: skip
        httpx.put(f"{issuer}/users/u-17", json=dict(LIU.claims) | claims).raise_for_status()
        assert where_to(trusting) == ("/" if is_trusted else "/login/code"), claims
        assert where_to(town) == "/login/code", claims
    httpx.put(f"{issuer}/users/u-17", json=LIU.claims).raise_for_status()
    assert '"factor": "provider"' in trusting.rows("select said from audit_entry where what = 'session.begin'")[0][0]


# -- what is believed ---------------------------------------------------------------------------------------------------

RULES = Accounts(**{one.name: getattr(config.load(environ={}).accounts, one.name) for one in fields(Accounts)} | {
    "oidc_issuer": "https://id.example", "oidc_client_id": "eldercare"
})  # fmt: skip
KEY, ANOTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
PUBLIC = KeySet([ECKey.import_key(KEY.as_dict(private=False))])
GOOD = {"iss": "https://id.example", "aud": "eldercare", "sub": "u-17", "nonce": "n", "exp": 2_000_000_000}


def b64(said: bytes) -> str:
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def signed(key: Any = KEY, alg: str = "ES256", **other: object) -> str:
    claims = {name: said for name, said in (GOOD | other).items() if said is not None}
    return jwt.encode({"alg": alg}, claims, key, algorithms=[alg])


def test_a_token_that_the_provider_signed_for_us_just_now_is_believed():
    assert believed(RULES, signed(), PUBLIC, "n", 1_999_999_999 * SECOND)["sub"] == "u-17"


def shared(alg: str) -> str:
    """With the public key taken for a secret that both know, or not signed at all."""
    said = f"{b64(json.dumps({'alg': alg}).encode())}.{b64(json.dumps(GOOD).encode())}"
    mac = hmac.digest(KEY.as_pem(private=False), said.encode(), "sha256") if alg != "none" else b""
    return f"{said}.{b64(mac)}"


UNBELIEVABLE = {
    "key": signed(ANOTHER), "issuer": signed(iss="https://id.example.evil"), "no issuer": signed(iss=None),
    "for another": signed(aud="another"), "for others": signed(aud=["another"]), "for nobody": signed(aud=None),
    "old": signed(exp=1_999_999_000), "endless": signed(exp=None), "another visit": signed(nonce="m"),
    "no visit": signed(nonce=None), "nobody": signed(sub=None), "shared secret": shared("HS256"),
    "not signed": shared("none"), "empty": "", "nonsense": "a.b.c", "cut": signed()[:-4],
}  # fmt: skip


@pytest.mark.parametrize("what", UNBELIEVABLE)
def test_any_other_token_is_not(what):
    with pytest.raises((JoseError, ValueError)):
        believed(RULES, UNBELIEVABLE[what], PUBLIC, "n", 1_999_999_999 * SECOND)


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


@pytest.mark.parametrize(
    "issuer", ["http://id.example", "http://127.0.0.1.evil.example", "http://localhost:1@evil.example", "ftp://x"]
)
def test_a_provider_beyond_this_machine_is_reached_by_https_alone(issuer):
    with pytest.raises(ConfigError, match="oidc_issuer"):
        config.load(environ={"ELDERCARE_ACCOUNTS_OIDC_ISSUER": issuer})


@pytest.mark.parametrize("groups", ["staff=boss", "staff=street", "staff=site:planet:x"])
def test_a_group_with_a_role_or_scope_that_cannot_be_stops_the_start(groups):
    cfg = config.load(environ={"ELDERCARE_ACCOUNTS_OIDC_GROUPS": groups})
    with pytest.raises(ConfigError, match="staff"):
        groups_of(cfg.accounts)
