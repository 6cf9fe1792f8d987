"""Who looks, and what she may see. Sessions, links and keys live in the database as hashes and go by the real clock."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Executable, and_, insert, select, update

from models.account import Account, ApiKey, Session, SignInLink, SignInStep
from models.audit import AT_THE_MACHINE, audit, audit_command
from models.base import HOUR, MINUTE, Instant
from models.database import is_transient, read_only, transaction
from models.permission import ROLES, SCOPE_OF_ROLE, allows
from models.place import Community, Site, Street

KINDS_OF_SCOPE = ("street", "community", "site")


@dataclass(frozen=True, slots=True)
class Viewer:
    """`scope` is '' for the whole district, else `street:CODE`, `community:CODE` or `site:CODE`."""

    name: str
    role: str
    scope: str

    def sees(self, site: str, street: str, community: str | None) -> bool:
        kind, _, code = self.scope.partition(":")
        return not kind or {"street": street, "community": community, "site": site}.get(kind) == code

    def may(self, permission: str) -> bool:
        """By the table of permissions; within her scope, which is asked apart from it."""
        return allows(self.role, permission)


@dataclass(frozen=True, slots=True)
class SignedIn:
    viewer: Viewer
    csrf_token: str
    token_hash: bytes


COMMAND = Viewer(*AT_THE_MACHINE, "")
"""What a command on the machine itself may see."""


class AccountRefused(Exception):
    """An account, role or scope that cannot be; the message says what is allowed."""


def hashed(secret: str) -> bytes:
    """For random secrets of 256 bits; a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).digest()


def checked(role: str, scope: str) -> tuple[str, str]:
    """Raises AccountRefused for a role or a scope that does not exist or does not fit."""
    if role not in ROLES:
        raise AccountRefused(f"role {role!r} is unknown; known: {', '.join(ROLES)}")
    if scope and ":" not in scope and SCOPE_OF_ROLE[role]:
        scope = f"{SCOPE_OF_ROLE[role]}:{scope}"
    kind, _, code = scope.partition(":")
    if scope and (kind not in KINDS_OF_SCOPE or not code):
        raise AccountRefused(f"scope {scope!r} is not street:CODE, community:CODE or site:CODE")
    if SCOPE_OF_ROLE[role] and not scope:
        raise AccountRefused(f"role {role} needs --scope CODE")
    return role, scope


def add_account(engine: Engine, name: str, role: str, scope: str, now: Instant) -> None:
    """Raises AccountRefused when the name is taken."""
    role, scope = checked(role, scope)
    with transaction(engine) as connection:
        if connection.execute(select(Account.id).where(Account.name == name)).first():
            raise AccountRefused(f"account {name} exists already")
        connection.execute(insert(Account).values(name=name, role=role, scope=scope, disabled=0, created_at=now))
        _note(connection, now, "account.invite", f"account/{name}", role=role, scope=scope)


def make_link(engine: Engine, name: str, now: Instant, minutes: int) -> str:
    """A token that signs this account in once.

    Raises AccountRefused when there is no such account.
    """
    with transaction(engine) as connection:
        found = connection.execute(select(Account.id).where(Account.name == name, Account.disabled == 0)).first()
        if found is None:
            raise AccountRefused(
                f"no account {name}: make it with `python -m dashboard account add {name} --role admin`"
            )
        _note(connection, now, "account.link", f"account/{name}")
        return link_for(connection, found.id, now, minutes)


def link_for(connection: Connection, account: int, now: Instant, minutes: int) -> str:
    token = secrets.token_urlsafe(32)
    link = {"token_hash": hashed(token), "account_id": account, "made_at": now, "expires_at": now + minutes * MINUTE}
    connection.execute(insert(SignInLink).values(**link))
    return token


def is_link_good(engine: Engine, token: str, now: Instant) -> bool:
    with read_only(engine) as connection:
        good = select(SignInLink.account_id).where(
            SignInLink.token_hash == hashed(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now
        )
        return connection.execute(good).first() is not None


@dataclass(frozen=True, slots=True)
class Came:
    """Whence a session comes: the address, the browser as it calls itself, and by which way."""

    client: str = ""
    browser: str = ""
    way: str = "link"

    def by(self, way: str) -> "Came":
        return replace(self, way=way)


def use_link(connection: Connection, token: str, now: Instant) -> Any:
    """The account of a link, which is good no more; None for one that is used, old or never was.

    Raises AccountRefused when the account was disabled meanwhile; then the link stays as it is.
    """
    used = connection.execute(
        update(SignInLink)
        .where(SignInLink.token_hash == hashed(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
        .values(used_at=now)
        .returning(SignInLink.account_id)
    ).first()
    if used is None:
        return None
    account = connection.execute(select(Account).where(Account.id == used.account_id)).one()
    if account.disabled:
        raise AccountRefused("the account is disabled")
    return account


def begin_session(connection: Connection, account: int, came: Came, now: Instant, factor: str | None = None) -> str:
    """The token of a new session, told to its browser and to nobody else."""
    token = secrets.token_urlsafe(32)
    begun = {"token_hash": hashed(token), "account_id": account, "csrf_token": secrets.token_urlsafe(24)}
    begun |= {
        "made_at": now,
        "seen_at": now,
        "way": came.way,
        "client": came.client[:64],
        "browser": came.browser[:200],
    }
    connection.execute(insert(Session).values(**begun))
    who = connection.execute(
        update(Account).where(Account.id == account).values(seen_at=now).returning(Account.name, Account.role)
    ).one()
    said = {"way": came.way, "from": came.client[:64]} | ({"factor": factor} if factor else {})
    audit(connection, now, who.name, who.role, "session.begin", f"account/{who.name}", said)
    return token


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts: without a request, and at all."""

    idle_min: int
    hours: int

    def holds(self, now: Instant) -> ColumnElement[bool]:
        return and_(
            Session.ended_at.is_(None),
            Session.seen_at > now - self.idle_min * MINUTE,
            Session.made_at > now - self.hours * 60 * MINUTE,
            Account.disabled == 0,
        )


_SESSIONS = select(
    Session.token_hash, Session.csrf_token, Session.seen_at, Account.name, Account.role, Account.scope
).join(Account, Account.id == Session.account_id)


def signed_in(engine: Engine, token: str, now: Instant, lifetime: Lifetime) -> SignedIn | None:
    """Who this session is; None when it has ended, idled out or grown too old. A request keeps it awake."""
    with read_only(engine) as connection:
        found = _session(connection, hashed(token), now, lifetime)
    if found is None:
        return None
    if found.seen_at < now - MINUTE:
        _seen(engine, found.token_hash, now)
    return SignedIn(Viewer(found.name, found.role, found.scope), found.csrf_token, found.token_hash)


@dataclass(frozen=True, slots=True)
class Credential:
    """By what somebody came in, and as whom."""

    hash: bytes
    viewer: Viewer
    is_key: bool = False


def still_good(
    connection: Connection, credentials: Collection[Credential], now: Instant, lifetime: Lifetime
) -> frozenset[Credential]:
    """Those that let the same viewer in as they did. Keeps no session awake."""
    hashes = [one.hash for one in credentials]
    sessions = _SESSIONS.where(Session.token_hash.in_(hashes), lifetime.holds(now))
    keys = select(ApiKey.key_hash, ApiKey.name, ApiKey.role, ApiKey.scope).where(
        ApiKey.key_hash.in_(hashes), ApiKey.revoked_at.is_(None)
    )
    good = {
        Credential(row.token_hash, Viewer(row.name, row.role, row.scope)) for row in connection.execute(sessions)
    } | {Credential(row.key_hash, _of_key(row), is_key=True) for row in connection.execute(keys)}
    return frozenset(good & set(credentials))


def _session(connection: Connection, token_hash: bytes, now: Instant, lifetime: Lifetime) -> Any:
    return connection.execute(_SESSIONS.where(Session.token_hash == token_hash, lifetime.holds(now))).first()


def _seen(engine: Engine, token_hash: bytes, now: Instant) -> None:
    """A database that is busy with writing must not keep a person from reading; the next request notes it."""
    try:
        with transaction(engine) as connection:
            seen = update(Session).where(Session.token_hash == token_hash).values(seen_at=now)
            account = connection.execute(seen.returning(Session.account_id)).scalar()
            connection.execute(update(Account).where(Account.id == account).values(seen_at=now))
    except Exception as error:
        if not is_transient(error):
            raise


def language_said(engine: Engine, viewer: Viewer) -> str | None:
    """The language that she has chosen for her account; None: whatever the browser says."""
    with read_only(engine) as connection:
        return connection.execute(select(Account.language).where(Account.name == viewer.name)).scalar()


def sign_out(engine: Engine, token_hash: bytes, now: Instant) -> None:
    with transaction(engine) as connection:
        connection.execute(update(Session).where(Session.token_hash == token_hash).values(ended_at=now))


def add_key(engine: Engine, name: str, role: str, scope: str, now: Instant) -> str:
    """A new API key; shown once, kept as a hash."""
    role, scope = checked(role, scope)
    key = secrets.token_urlsafe(32)
    row = {"name": name, "key_hash": hashed(key), "role": role, "scope": scope, "made_at": now}
    with transaction(engine) as connection:
        connection.execute(insert(ApiKey).values(**row))
        _note(connection, now, "key.add", f"key/{name}", role=role, scope=scope)
    return key


def revoke_key(engine: Engine, name: str, now: Instant) -> int:
    """How many keys of this name were good until now."""
    with transaction(engine) as connection:
        done = connection.execute(
            update(ApiKey).where(ApiKey.name == name, ApiKey.revoked_at.is_(None)).values(revoked_at=now)
        )
        if done.rowcount:
            _note(connection, now, "key.revoke", f"key/{name}")
        return int(done.rowcount)


def viewer_of_key(engine: Engine, key: str, now: Instant) -> Viewer | None:
    """Whose key it is; None as soon as it is revoked. That it was used is noted, to the hour."""
    wanted = select(ApiKey.id, ApiKey.name, ApiKey.role, ApiKey.scope, ApiKey.used_at)
    with read_only(engine) as connection:
        found = connection.execute(wanted.where(ApiKey.key_hash == hashed(key), ApiKey.revoked_at.is_(None))).first()
    if found is None:
        return None
    if (found.used_at or 0) < now - HOUR:
        _note_unless_busy(engine, update(ApiKey).where(ApiKey.id == found.id).values(used_at=now))
    return _of_key(found)


def _of_key(row: Any) -> Viewer:
    return Viewer(f"key {row.name}", row.role, row.scope)


def _note_unless_busy(engine: Engine, statement: Executable) -> None:
    """A database that is busy with writing must not keep anybody from reading; the next request notes it."""
    try:
        with transaction(engine) as connection:
            connection.execute(statement)
    except Exception as error:
        if not is_transient(error):
            raise


def accounts(engine: Engine) -> list[tuple[str, str, str, bool]]:
    """(name, role, scope, may sign in), by name."""
    with read_only(engine) as connection:
        wanted = select(Account.name, Account.role, Account.scope, Account.disabled).order_by(Account.name)
        return [(row.name, row.role, row.scope, not row.disabled) for row in connection.execute(wanted)]


def disable_account(engine: Engine, name: str, now: Instant) -> None:
    """Its sessions and streams end at once. Raises AccountRefused when there is no such account."""
    with transaction(engine) as connection:
        number = connection.execute(
            update(Account).where(Account.name == name).values(disabled=1).returning(Account.id)
        ).scalar()
        if number is None:
            raise AccountRefused(f"no account {name}; `python -m dashboard account list` shows all")
        end_all_sessions(connection, number, now)
        _note(connection, now, "account.disable", f"account/{name}")


def _note(connection: Connection, now: Instant, what: str, subject: str, **said: object) -> None:
    audit_command(connection, now, what, subject, said)


def end_all_sessions(connection: Connection, account: int, now: Instant) -> None:
    """Her links and half sign-ins as well: what was begun before does not come back with the account."""
    alive = (Session.account_id == account, Session.ended_at.is_(None))
    connection.execute(update(Session).where(*alive).values(ended_at=now))
    unused = (SignInLink.account_id == account, SignInLink.used_at.is_(None))
    connection.execute(update(SignInLink).where(*unused).values(used_at=now))
    steps = (SignInStep.account_id == account, SignInStep.expires_at > now)
    connection.execute(update(SignInStep).where(*steps).values(expires_at=now))


def keys(engine: Engine) -> list[tuple[str, str, str, Instant]]:
    """(name, role, scope, made at) of the keys that are good, by name."""
    with read_only(engine) as connection:
        good = select(ApiKey.name, ApiKey.role, ApiKey.scope, ApiKey.made_at).where(ApiKey.revoked_at.is_(None))
        found = connection.execute(good.order_by(ApiKey.name, ApiKey.id))
        return [(row.name, row.role, row.scope, row.made_at) for row in found]


def is_scope_known(engine: Engine, scope: str) -> bool:
    """Whether the registry has this street, community or site by now; the whole district always is."""
    with read_only(engine) as connection:
        return is_scope_there(connection, scope)


def is_scope_there(connection: Connection, scope: str) -> bool:
    kind, _, code = scope.partition(":")
    column = {"street": Street.code, "community": Community.code, "site": Site.code}.get(kind)
    if column is None:
        return True
    return connection.execute(select(column).where(column == code)).first() is not None
