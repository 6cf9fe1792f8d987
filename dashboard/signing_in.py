"""From a name and a password, or a link, to a session, by way of a second factor where there is one or must be one."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from config import Accounts, ConfigError
from contract import format_instant
from dashboard import second_factor
from dashboard.access import Came, begin_session, hashed, use_link
from dashboard.lockout import LONGEST
from dashboard.passwords import Busy, Passwords
from dashboard.sign_in_tallies import charge, give_back, keys_of, note_good, wait_of
from models.account import Account, SignInStep
from models.audit import AuditEntry, audit
from models.base import MINUTE, Instant
from models.database import read_only, transaction
from models.permission import EXPORT_ROLES, ROLES
from models.sealing import Seal

STEP_FOR: Instant = 10 * MINUTE
TRIES_MOST = 5
LINK = "link"


class SignInRefused(Exception):
    """`why`: `wrong`, `often` (with how long to wait), `busy`, `over` (begin again)."""

    def __init__(self, why: str, wait: Instant = 0) -> None:
        super().__init__(why)
        self.why, self.wait = why, wait


@dataclass(frozen=True, slots=True)
class Entered:
    """A session has begun. `codes`: recovery codes of a factor that was just set up, shown this once."""

    token: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Halfway:
    """The second factor is still to come."""

    token: str


@dataclass(frozen=True, slots=True)
class Step:
    """`secret` of a factor that is being set up; '' where there is one already."""

    name: str
    secret: str


def factor_roles(cfg: Accounts) -> frozenset[str]:
    """Raises ConfigError for a role that does not exist, or one left out that takes files of more than one site."""
    roles = frozenset(role.strip() for role in cfg.second_factor_roles.split(",") if role.strip())
    if strange := roles - set(ROLES):
        raise ConfigError(
            f"accounts.second_factor_roles: no role {', '.join(sorted(strange))}; known: {', '.join(ROLES)}"
        )
    if missing := EXPORT_ROLES - roles:
        raise ConfigError(
            f"accounts.second_factor_roles: add {', '.join(sorted(missing))}; whoever takes files of more than one site"
            " has a second factor"
        )
    return roles


def needs_factor(account: Any, must: frozenset[str]) -> bool:
    """She has one, her role must, or her scope is wider than her role's usual one site."""
    return bool(account.totp_sealed) or account.role in must or not account.scope.startswith("site:")


def by_password(
    engine: Engine, passwords: Passwords, must: frozenset[str], name: str, password: str, came: Came, now: Instant
) -> Entered | Halfway:
    """Raises SignInRefused `wrong`, `often`, `busy`: for a name that does not exist as for one that does."""
    keys = keys_of(name, came.client)
    if wait := wait_of(engine, keys, now) or charge(engine, keys, now):
        _note_held_up(engine, _account(engine, name), wait, came, now)
        raise SignInRefused("often", wait)
    found = _account(engine, name)
    try:
        is_right = passwords.is_right(found.password_hash if found else None, password)
        anew = passwords.hash(password) if is_right and passwords.is_outdated(found.password_hash) else None
    except Busy as error:
        with transaction(engine) as connection:
            give_back(connection, keys)
        raise SignInRefused("busy") from error
    if not is_right:
        _note_refused(engine, found, "password", came, now)
        raise SignInRefused("wrong")
    with transaction(engine) as connection:
        if anew:
            connection.execute(update(Account).where(Account.id == found.id).values(password_hash=anew))
        if needs_factor(found, must):
            # What went wrong before stays counted until the factor is right too: a stolen password is no leave to guess.
            give_back(connection, keys)
            return Halfway(begin_step(connection, found.id, "password", now))
        note_good(connection, keys, now)
        return Entered(begin_session(connection, found.id, came.by("password"), now))


def by_link(engine: Engine, token: str, came: Came, now: Instant) -> Entered | Halfway | None:
    """None for a link that is not good. It stands for the password alone: whoever made it, or found it, has not her phone.

    Raises AccountRefused as `use_link`.
    """
    with transaction(engine) as connection:
        account = use_link(connection, token, now)
        if account is None:
            return None
        if account.totp_sealed:
            return Halfway(begin_step(connection, account.id, LINK, now))
        return Entered(begin_session(connection, account.id, came.by(LINK), now))


def step_of(engine: Engine, seal: Seal, token: str, now: Instant) -> Step:
    """What is asked of her. Raises SignInRefused `over`."""
    with transaction(engine) as connection:
        row = _step(connection, token, now)
        return Step(row.name, "" if row.totp_sealed else second_factor.begun(connection, seal, row.account_id))


def by_code(engine: Engine, seal: Seal, token: str, code: str, came: Came, now: Instant) -> Entered:
    """Raises SignInRefused `wrong`, `often`, or `over` after five wrong ones."""
    with read_only(engine) as connection:
        row = _step(connection, token, now)
    keys = keys_of(row.name, came.client)
    # A link gets in however a name is attacked; five tries at each that an administrator makes are no way to guess.
    if row.way != LINK and (wait := charge(engine, keys, now)):
        _note_held_up(engine, row, wait, came, now)
        raise SignInRefused("often", wait)
    with transaction(engine) as connection:
        row = _step(connection, token, now)
        entered = _passed(connection, seal, row, code, came.by(row.way), now)
        if entered:
            if row.way != LINK:
                note_good(connection, keys, now)
            connection.execute(delete(SignInStep).where(SignInStep.token_hash == row.token_hash))
            return entered
        tried = update(SignInStep).where(SignInStep.token_hash == row.token_hash)
        connection.execute(tried.values(tries=SignInStep.tries + 1))
    _note_refused(engine, row, "code", came, now)
    raise SignInRefused("wrong" if row.tries + 1 < TRIES_MOST else "over")


def _passed(connection: Connection, seal: Seal, row: Any, code: str, came: Came, now: Instant) -> Entered | None:
    if row.totp_sealed:
        how = second_factor.passes(connection, seal, row.account_id, code, now)
        return Entered(begin_session(connection, row.account_id, came, now, how)) if how else None
    codes = second_factor.confirmed(connection, seal, row.account_id, code.replace(" ", ""), now)
    if codes is None:
        return None
    audit(connection, now, row.name, row.role, "factor.add", f"account/{row.name}", {})
    return Entered(begin_session(connection, row.account_id, came, now, "totp"), tuple(codes))


def _account(engine: Engine, name: str) -> Any:
    with read_only(engine) as connection:
        wanted = select(Account).where(Account.name == name.strip(), Account.disabled == 0)
        return connection.execute(wanted).first()


def begin_step(connection: Connection, account: int, way: str, now: Instant) -> str:
    """The token with which the second factor may be shown, by whichever `way` she came so far."""
    token = secrets.token_urlsafe(32)
    row = {"token_hash": hashed(token), "account_id": account, "way": way, "expires_at": now + STEP_FOR, "tries": 0}
    connection.execute(insert(SignInStep).values(**row))
    return token


def _step(connection: Connection, token: str, now: Instant) -> Any:
    wanted = (
        select(SignInStep, Account.id, Account.name, Account.role, Account.totp_sealed)
        .join(Account, Account.id == SignInStep.account_id)
        .where(SignInStep.token_hash == hashed(token), SignInStep.expires_at > now, SignInStep.tries < TRIES_MOST)
        .where(Account.disabled == 0)
    )
    row = connection.execute(wanted).first()
    if row is None:
        raise SignInRefused("over")
    return row


def _note_refused(engine: Engine, found: Any, why: str, came: Came, now: Instant) -> None:
    """A name that does not exist is not written down: people type passwords into the wrong field."""
    name, role = (found.name, found.role) if found else ("?", "")
    with transaction(engine) as connection:
        audit(connection, now, name, role, "session.refused", f"account/{name}", {"why": why, "from": came.client})


def _note_held_up(engine: Engine, found: Any, wait: Instant, came: Came, now: Instant) -> None:
    """Once for each time that she must wait, so that whoever goes on trying fills no disk."""
    name, role = (found.name, found.role) if found else ("?", "")
    until = format_instant(now + wait)
    noted = select(AuditEntry.id).where(AuditEntry.subject == f"account/{name}", AuditEntry.at > now - 2 * LONGEST)
    with read_only(engine) as connection:
        if connection.execute(noted.where(AuditEntry.said.contains(f'"until": "{until}"')).limit(1)).first():
            return
    with transaction(engine) as connection:
        said = {"why": "often", "from": came.client, "until": until}
        audit(connection, now, name, role, "session.refused", f"account/{name}", said)
