"""What an administrator, or an officer within her street, does with the accounts of others, and with keys of programs."""

import re
import secrets
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from dashboard.access import AccountRefused, Viewer, checked, end_all_sessions, hashed, is_scope_there, link_for
from dashboard.actions import ActionRefused
from dashboard.queries.accounts import scopes_within
from dashboard.second_factor import taken_away
from dashboard.sign_in_tallies import forget_wrong
from models.account import Account, ApiKey
from models.audit import audit, audit_command
from models.base import Instant
from models.database import transaction
from models.permission import SCOPE_OF_ROLE, manages

NAME = re.compile(r"[\w.@+-]{1,64}")


def invite(engine: Engine, viewer: Viewer, name: str, role: str, scope: str, now: Instant, minutes: int) -> str:
    """A new account; the token of its first link, shown this once.

    Raises ActionRefused: `403` for a role that she does not manage, `name`, `scope` for a place that is not there or not
    hers, `same` for a name that is taken.
    """
    name = name.strip()
    if not NAME.fullmatch(name):
        raise ActionRefused("name")
    with transaction(engine) as connection:
        scope = _given(connection, viewer, role, scope, manages(viewer.role, role))
        if connection.execute(select(Account.id).where(func.lower(Account.name) == name.lower())).first():
            raise ActionRefused("same")
        row = {"name": name, "role": role, "scope": scope, "disabled": 0, "created_at": now}
        number = connection.execute(insert(Account).values(**row).returning(Account.id)).scalar_one()
        _note(connection, viewer, "account.invite", name, now, role=role, scope=scope)
        return link_for(connection, number, now, minutes)


def recovery_link(engine: Engine, viewer: Viewer, number: int, now: Instant, minutes: int) -> str:
    """A link for somebody who has lost her password: she may choose another with it. Raises ActionRefused as `_theirs`."""
    with transaction(engine) as connection:
        other = _theirs(connection, viewer, number)
        if other.disabled:
            raise ActionRefused("disabled")
        forget_wrong(connection, other.name)
        _note(connection, viewer, "account.link", other.name, now)
        return link_for(connection, number, now, minutes)


def disable(engine: Engine, viewer: Viewer, number: int, now: Instant) -> None:
    """Her sessions, links and half sign-ins end at once.

    Raises ActionRefused as `_theirs`, `self`, and `last` for the last administrator of the whole district.
    """
    with transaction(engine) as connection:
        other = _theirs(connection, viewer, number)
        if other.name == viewer.name:
            raise ActionRefused("self")
        if _is_last_admin(connection, other):
            raise ActionRefused("last")
        connection.execute(update(Account).where(Account.id == number).values(disabled=1))
        end_all_sessions(connection, number, now)
        _note(connection, viewer, "account.disable", other.name, now)


def enable(engine: Engine, viewer: Viewer, number: int, now: Instant) -> None:
    """Raises ActionRefused as `_theirs`."""
    with transaction(engine) as connection:
        other = _theirs(connection, viewer, number)
        connection.execute(update(Account).where(Account.id == number).values(disabled=0))
        _note(connection, viewer, "account.enable", other.name, now)


def reset_factor(engine: Engine, viewer: Viewer, number: int, now: Instant) -> None:
    """The phone is lost: the factor and its codes are gone, and so are the sessions. Raises ActionRefused as `_theirs`."""
    with transaction(engine) as connection:
        other = _theirs(connection, viewer, number)
        if other.name == viewer.name:
            raise ActionRefused("self")
        taken_away(connection, number)
        end_all_sessions(connection, number, now)
        _note(connection, viewer, "account.reset_factor", other.name, now)


def reset_factor_by_command(engine: Engine, name: str, now: Instant) -> None:
    """For the last administrator, whose phone is lost as well. Raises AccountRefused where there is no such account."""
    with transaction(engine) as connection:
        number = connection.execute(select(Account.id).where(Account.name == name)).scalar()
        if number is None:
            raise AccountRefused(f"no account {name}; `python -m dashboard account list` shows all")
        taken_away(connection, number)
        end_all_sessions(connection, number, now)
        audit_command(connection, now, "account.reset_factor", f"account/{name}", {})


def end_sessions(engine: Engine, viewer: Viewer, number: int, now: Instant) -> None:
    """Raises ActionRefused as `_theirs`."""
    with transaction(engine) as connection:
        other = _theirs(connection, viewer, number)
        end_all_sessions(connection, number, now)
        _note(connection, viewer, "account.end_sessions", other.name, now)


def _theirs(connection: Connection, viewer: Viewer, number: int) -> Any:
    """The account. Raises ActionRefused `403` for a role that manages none, `404` for one not there or not hers to manage."""
    if not viewer.may("account.manage"):
        raise ActionRefused("403")
    found = connection.execute(select(Account).where(Account.id == number)).first()
    within = scopes_within(connection, viewer.scope)
    if found is None or not manages(viewer.role, found.role) or (within is not None and found.scope not in within):
        raise ActionRefused("404")
    return found


def _given(connection: Connection, viewer: Viewer, role: str, scope: str, may: bool) -> str:
    """The scope as it is kept: one that exists, and lies in her own."""
    if not may:
        raise ActionRefused("403")
    try:
        scope = checked(role, scope)[1]
    except AccountRefused as refused:
        raise ActionRefused("scope") from refused
    kind, within = SCOPE_OF_ROLE[role], scopes_within(connection, viewer.scope)
    if kind and not scope.startswith(f"{kind}:"):
        raise ActionRefused("scope")
    if not is_scope_there(connection, scope) or (within is not None and scope not in within):
        raise ActionRefused("scope")
    return scope


def _is_last_admin(connection: Connection, other: Any) -> bool:
    if other.role != "admin" or other.scope or other.disabled:
        return False
    whole = select(func.count()).where(Account.role == "admin", Account.scope == "", Account.disabled == 0)
    return bool(connection.execute(whole).scalar_one() == 1)


def _note(connection: Connection, viewer: Viewer, what: str, name: str, now: Instant, **said: object) -> None:
    audit(connection, now, viewer.name, viewer.role, what, f"account/{name}", said)


# -- keys of programs ---------------------------------------------------------------------------------------------------


def make_key(engine: Engine, viewer: Viewer, name: str, role: str, scope: str, now: Instant) -> str:
    """The key, shown this once. Raises ActionRefused `403`, `name`, `scope`, and `same` for a name with a good key."""
    name = name.strip()
    if not NAME.fullmatch(name):
        raise ActionRefused("name")
    key = secrets.token_urlsafe(32)
    with transaction(engine) as connection:
        scope = _given(connection, viewer, role, scope, viewer.may("key.manage"))
        if connection.execute(select(ApiKey.id).where(ApiKey.name == name, ApiKey.revoked_at.is_(None))).first():
            raise ActionRefused("same")
        row = {"name": name, "key_hash": hashed(key), "role": role, "scope": scope, "made_at": now}
        connection.execute(insert(ApiKey).values(**row, made_by=viewer.name))
        audit(connection, now, viewer.name, viewer.role, "key.add", f"key/{name}", {"role": role, "scope": scope})
    return key


def end_key(engine: Engine, viewer: Viewer, number: int, now: Instant) -> None:
    """Worthless at once. Raises ActionRefused `403`, and `404` for one that is over, not there or not hers."""
    if not viewer.may("key.manage"):
        raise ActionRefused("403")
    with transaction(engine) as connection:
        good = select(ApiKey.name, ApiKey.scope).where(ApiKey.id == number, ApiKey.revoked_at.is_(None))
        found, within = connection.execute(good).first(), scopes_within(connection, viewer.scope)
        if found is None or (within is not None and found.scope not in within):
            raise ActionRefused("404")
        connection.execute(update(ApiKey).where(ApiKey.id == number).values(revoked_at=now))
        audit(connection, now, viewer.name, viewer.role, "key.revoke", f"key/{found.name}", {})
