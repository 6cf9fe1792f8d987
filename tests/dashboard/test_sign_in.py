"""By name and password, with a second factor: who comes in, who must wait, and what ends a session."""

import base64
import json
import re
from urllib.parse import unquote

import pyotp
import pytest
from sqlalchemy import select, update

import config
import dashboard.__main__ as commands
from clock import real_now
from config import ConfigError
from dashboard import second_factor
from dashboard.access import Came, add_account, make_link
from dashboard.lockout import FREE, NAME
from dashboard.passwords import Passwords
from dashboard.second_factor import passes
from dashboard.sign_in_tallies import charge, keys_of
from dashboard.signing_in import Entered, Halfway, SignInRefused, by_password, factor_roles
from models.account import Account
from models.audit import looked_through
from models.base import MINUTE
from models.database import read_only, transaction
from models.permission import ROLES
from models.sealing import seal_of
from tests.dashboard.town import SCOPES, SITE, STREET, Town
from tests.databases import url_of

pytestmark = pytest.mark.engines("sqlite")
both = pytest.mark.engines("sqlite", "postgresql")
GOOD, WRONG = "four words make it", "five words make it"


@pytest.fixture
def town(own_town, cheap_secrets) -> Town:
    return own_town(**cheap_secrets)


SHOWS_A_FACTOR = {
    "admin": True, "district": True, "street": True, "community": True, "site": False, "provider": False,
    "auditor": True, "ops": True, "wall": True,
}  # fmt: skip
"""By its scope a wall's account sees the whole district as well."""


def account(town: Town, name: str = "chen", role: str = "site", scope: str = SITE) -> int:
    """One that has a password already."""
    add_account(town.engine, name, role, scope, real_now())
    with transaction(town.engine) as connection:
        hashed = town.shell.state.passwords.hash(GOOD)
        set_ = update(Account).where(Account.name == name).values(password_hash=hashed, password_at=real_now())
        return connection.execute(set_.returning(Account.id)).scalar_one()


def sign_in(person, password: str = GOOD, name: str = "chen", code: str = ""):
    return person.post("/login", data={"name": name, "password": password, "code": code})


def with_factor(town: Town, number: int) -> tuple[pyotp.TOTP, list[str]]:
    """(the app on her phone, her recovery codes)"""
    seal = seal_of(town.cfg.database.seal_key_file)
    with transaction(town.engine) as connection:
        app = pyotp.TOTP(second_factor.begun(connection, seal, number))
        codes = second_factor.confirmed(connection, seal, number, app.at(3600), 3_600_000_000)
        assert codes is not None
    return app, codes


def code_now(app: pyotp.TOTP) -> str:
    return app.at(real_now() // 1_000_000)


def test_a_name_and_a_password_sign_in(town):
    account(town)
    person = town.client()
    assert person.get("/login").status_code == 200
    done = sign_in(person)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert person.get("/").status_code == 200


def test_an_unknown_name_a_wrong_password_no_password_and_a_disabled_account_are_answered_alike(town):
    account(town)
    add_account(town.engine, "by-link-only", "site", SITE, real_now())
    account(town, "gone")
    town.write("update account set disabled = 1 where name = 'gone'")
    tried = [(WRONG, "chen"), (GOOD, "nobody"), ("", "by-link-only"), (GOOD, "gone"), (GOOD, ""), ("x" * 5000, "chen")]
    answers = [sign_in(town.client(), password, name) for password, name in tried]
    assert {answer.status_code for answer in answers} == {403}
    assert len({re.sub(r"value='[^']*'| autofocus", "", answer.text) for answer in answers}) == 1


def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(town):
    account(town)
    verified: list[str] = []

    class Noting:
        def __init__(self, hasher) -> None:
            self.hasher = hasher

        def hash(self, password: str) -> str:
            return self.hasher.hash(password)

        def verify(self, known: str, password: str) -> bool:
            verified.append(known.rsplit("$", 2)[0])
            return self.hasher.verify(known, password)

    passwords = town.shell.state.passwords
    passwords._hasher = Noting(passwords._hasher)
    for name in ("chen", "nobody"):
        assert sign_in(town.client(), WRONG, name).status_code == 403
    assert len(verified) == 2
    assert len(set(verified)) == 1


@both
def test_signing_in_rotates_the_session_and_the_old_one_ends(town):
    account(town)
    person = town.client()
    sign_in(person)
    thief = town.client()
    thief.cookies.update(dict(person.cookies))
    assert thief.get("/").status_code == 200
    sign_in(person)
    assert [person.get("/").status_code, thief.get("/").status_code] == [200, 303]


def test_a_password_is_hashed_anew_when_the_parameters_have_changed(town):
    number = account(town)
    stronger = Passwords(type(town.cfg.accounts)(**{**_fields(town), "argon2_passes": 2}))
    done = by_password(town.engine, stronger, frozenset(), "chen", GOOD, Came(), real_now())
    assert isinstance(done, Entered)
    with read_only(town.engine) as connection:
        kept = connection.execute(select(Account.password_hash).where(Account.id == number)).scalar_one()
    assert ",t=2," in kept
    assert stronger.is_right(kept, GOOD)


def _fields(town: Town) -> dict:
    return {name: getattr(town.cfg.accounts, name) for name in town.cfg.accounts.__dataclass_fields__}


# -- waiting ------------------------------------------------------------------------------------------------------------


@both
def test_after_five_wrong_ones_even_the_right_one_waits_and_another_address_does_not(town):
    account(town)
    for _ in range(5):
        assert sign_in(town.client(), WRONG).status_code == 403
    waits = sign_in(town.client())
    assert (waits.status_code, 0 < int(waits.headers["retry-after"]) <= 15) == (429, True)
    assert sign_in(town.client("https://127.0.0.1", ("192.0.2.9", 1))).status_code == 303
    unknown = [sign_in(town.client(), WRONG, "nobody").status_code for _ in range(6)]
    assert unknown == [403] * 5 + [429]


def test_an_attack_on_a_name_from_everywhere_neither_ends_a_session_nor_locks_out_who_is_known_here(town):
    account(town)
    person = town.client()
    assert sign_in(person).status_code == 303
    now = real_now()
    for n in range(FREE[NAME] + 1):
        charge(town.engine, keys_of("chen", f"198.51.100.{n}"), now)
    stranger = town.client("https://127.0.0.1", ("203.0.113.5", 1))
    assert sign_in(stranger).status_code == 429
    assert person.get("/").status_code == 200
    assert sign_in(town.client()).status_code == 303


def test_a_link_gets_in_while_the_name_waits(town):
    account(town)
    for _ in range(7):
        sign_in(town.client(), WRONG)
    link = make_link(town.engine, "chen", real_now(), 15)
    assert town.client().post(f"/enter/{link}").status_code == 303


def test_a_wait_is_over_when_it_is_over(town):
    account(town)
    keys, now = keys_of("chen", ""), real_now()
    for _ in range(5):
        assert charge(town.engine, keys, now) == 0
    passwords = town.shell.state.passwords
    for later in range(3):
        with pytest.raises(SignInRefused, match="often"):
            by_password(town.engine, passwords, frozenset(), "chen", GOOD, Came(), now + later)
    noted = "select subject from audit_entry where what = 'session.refused'"
    assert town.rows(noted) == [("account/chen",)]  # once, however often it is tried meanwhile
    done = by_password(town.engine, passwords, frozenset(), "chen", GOOD, Came(), now + MINUTE)
    assert isinstance(done, Entered)
    assert charge(town.engine, keys, now + MINUTE) == 0


def test_when_too_many_are_checked_at_once_it_says_so_and_counts_nobody(town):
    account(town)
    passwords = town.shell.state.passwords
    while passwords._waiting.acquire(blocking=False):
        pass
    for _ in range(7):
        busy = sign_in(town.client())
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "5")
    passwords._waiting.release()
    assert sign_in(town.client()).status_code == 303


# -- by a link ----------------------------------------------------------------------------------------------------------


@both
def test_a_link_stands_for_the_password_and_skips_no_factor_that_is_set(town):
    app, codes = with_factor(town, account(town))
    for code in (code_now(app), codes[0]):
        person, path = town.client(), f"/enter/{make_link(town.engine, 'chen', real_now(), 15)}"
        assert person.post(path).headers["location"] == "/login/code"
        assert person.get("/").status_code == 303
        assert town.client().post(path).status_code == 410
        assert "class='qr'" not in person.get("/login/code").text
        assert person.post("/login/code", data={"code": "000000"}).status_code == 403
        assert person.post("/login/code", data={"code": code}).headers["location"] == "/"
        assert person.get("/").status_code == 200
    begun = [
        json.loads(row[0]) for row in town.rows("select said from audit_entry where what = 'session.begin' order by id")
    ]
    assert [(one["way"], one["factor"]) for one in begun] == [("link", "totp"), ("link", "recovery")]


def test_a_found_link_is_no_way_to_guess_a_code_and_an_attack_on_the_name_does_not_stop_a_link(town):
    app, _ = with_factor(town, account(town))
    for n in range(FREE[NAME] + 1):
        charge(town.engine, keys_of("chen", f"198.51.100.{n}"), real_now())
    thief = town.client("https://127.0.0.1", ("203.0.113.5", 1))
    thief.post(f"/enter/{make_link(town.engine, 'chen', real_now(), 15)}")
    tried = [thief.post("/login/code", data={"code": f"{n:06}"}) for n in range(6)]
    assert [one.status_code for one in tried] == [403] * 4 + [303] * 2
    assert thief.post("/login/code", data={"code": code_now(app)}).headers["location"] == "/login?why=over"
    person = town.client("https://127.0.0.1", ("192.0.2.9", 1))
    person.post(f"/enter/{make_link(town.engine, 'chen', real_now(), 15)}")
    assert person.post("/login/code", data={"code": code_now(app)}).headers["location"] == "/"


def test_whose_phone_is_lost_gets_in_by_a_link_once_the_factor_was_taken_away_at_the_machine(town, monkeypatch, capsys):
    with_factor(town, account(town))
    monkeypatch.setenv("ELDERCARE_DATABASE_URL", url_of(town.path))
    assert commands.main(["account", "reset-factor", "nobody"]) == 1
    assert commands.main(["account", "reset-factor", "chen"]) == 0
    assert "account link chen" in capsys.readouterr().out
    deed = town.rows("select author, what, subject from audit_entry order by id desc limit 1")
    assert deed == [("command", "account.reset_factor", "account/chen")]
    link = make_link(town.engine, "chen", real_now(), 15)
    assert town.client().post(f"/enter/{link}").headers["location"] == "/"


# -- the second factor --------------------------------------------------------------------------------------------------


def test_with_a_factor_the_password_alone_opens_nothing(town):
    app, _ = with_factor(town, account(town))
    person = town.client()
    assert sign_in(person).headers["location"] == "/login/code"
    assert person.get("/").status_code == 303
    assert "class='qr'" not in person.get("/login/code").text
    wrong = person.post("/login/code", data={"code": "000000"})
    assert wrong.status_code == 403
    assert person.post("/login/code", data={"code": code_now(app)}).headers["location"] == "/"
    assert person.get("/").status_code == 200
    assert town.client().post("/login/code", data={"code": code_now(app)}).headers["location"] == "/login?why=over"


@both
def test_name_password_and_code_in_one_form_sign_in_and_a_code_is_good_once(town):
    app, _ = with_factor(town, account(town))
    code = code_now(app)
    assert sign_in(town.client(), code=code).headers["location"] == "/"
    assert sign_in(town.client(), code=code).status_code == 403


def test_codes_of_the_half_minutes_around_are_good_and_older_ones_are_not(town):
    number = account(town)
    app, _ = with_factor(town, number)
    seal, now = seal_of(town.cfg.database.seal_key_file), 1_800_000_000
    with transaction(town.engine) as connection:
        for at, expected in ((now - 60, None), (now + 60, None), (now - 30, "totp"), (now + 30, "totp"), (now, None)):
            assert passes(connection, seal, number, app.at(at), now * 1_000_000) == expected, at - now


def test_a_recovery_code_signs_in_once(town):
    _, codes = with_factor(town, account(town))
    assert (len(codes), len(set(codes))) == (10, 10)
    assert sign_in(town.client(), code=codes[3].lower()).headers["location"] == "/"
    assert sign_in(town.client(), code=codes[3]).status_code == 403
    assert sign_in(town.client(), code=codes[4].replace("-", " ")).headers["location"] == "/"


def test_codes_cannot_be_guessed_with_a_stolen_password(town):
    with_factor(town, account(town))
    statuses = []
    for _ in range(3):
        thief = town.client()
        statuses.append(sign_in(thief).status_code)
        statuses += [thief.post("/login/code", data={"code": f"{n:06}"}).status_code for n in range(6)]
    assert statuses.count(403) <= 5
    assert 429 in statuses


@both
def test_a_role_that_must_have_a_factor_sets_it_up_before_it_is_in(town):
    account(town, "li", "district", "")
    person = town.client()
    assert sign_in(person, name="li").headers["location"] == "/login/code"
    page = person.get("/login/code").text
    assert page == person.get("/login/code").text
    assert "<svg" in unquote(re.search(r"src='data:image/svg\+xml;[^,]*,([^']+)'", page)[1])
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    assert base64.b32decode(secret)
    app = pyotp.TOTP(secret)
    assert person.post("/login/code", data={"code": "123"}).status_code == 403
    done = person.post("/login/code", data={"code": code_now(app)})
    codes = re.findall(r"<li>((?:[A-Z2-7]{4}-){3}[A-Z2-7]{4})</li>", done.text)
    assert (done.status_code, len(codes)) == (200, 10)
    assert person.get("/").status_code == 200
    assert sign_in(town.client(), name="li").headers["location"] == "/login/code"
    assert sign_in(town.client(), name="li", code=codes[0]).headers["location"] == "/"


def test_each_role_whose_files_are_of_more_than_one_site_shows_a_factor_after_its_password(town):
    assert set(SHOWS_A_FACTOR) == set(ROLES)
    for role, shows in SHOWS_A_FACTOR.items():
        account(town, f"x-{role}", role, SCOPES.get(role, ""))
        assert sign_in(town.client(), name=f"x-{role}").headers["location"] == ("/login/code" if shows else "/"), role
    account(town, "wide", "site", f"street:{STREET}")
    assert sign_in(town.client(), name="wide").headers["location"] == "/login/code"


@pytest.mark.parametrize(
    "said", ["", "admin, district, street, auditor", "admin, district, street, community, auditor, ops, boss"]
)
def test_a_list_of_roles_with_a_factor_that_leaves_one_out_or_names_a_strange_one_stops_the_start(said):
    with pytest.raises(ConfigError, match="second_factor_roles"):
        factor_roles(config.load(environ={"ELDERCARE_ACCOUNTS_SECOND_FACTOR_ROLES": said}).accounts)


def test_no_secret_of_a_factor_stands_in_the_database(town):
    number = account(town)
    app, codes = with_factor(town, number)
    town.engine.dispose()
    bytes_ = b"".join(path.read_bytes() for path in town.path.parent.glob("town.db*"))
    for secret in (app.secret, base64.b32decode(app.secret).hex(), GOOD, *codes, *(c.replace("-", "") for c in codes)):
        assert secret.encode() not in bytes_
    assert base64.b32decode(app.secret) not in bytes_


# -- what is written down -----------------------------------------------------------------------------------------------


def test_sign_ins_and_refusals_are_kept_in_the_chain_without_what_strangers_typed(town):
    account(town)
    sign_in(town.client(), WRONG)
    sign_in(town.client(), WRONG, "my secret password")
    sign_in(town.client())
    rows = town.rows("select author, role, what, subject, said from audit_entry where author <> 'command' order by id")
    assert [row[:4] for row in rows] == [
        ("chen", "site", "session.refused", "account/chen"),
        ("?", "", "session.refused", "account/?"),
        ("chen", "site", "session.begin", "account/chen"),
    ]
    assert '"from": "127.0.0.1"' in rows[2][4]
    assert "secret" not in str(rows)
    with read_only(town.engine) as connection:
        assert looked_through(connection).is_whole


def test_halfway_is_no_viewer(town):
    with_factor(town, account(town))
    done = by_password(town.engine, town.shell.state.passwords, frozenset(), "chen", GOOD, Came(), real_now())
    assert isinstance(done, Halfway)
    person = town.client()
    person.cookies.set("session", done.token)
    assert person.get("/").status_code == 303
