"""Accounts, sessions and keys as the pages show them; who sees whose is decided here."""

from typing import Any

from sqlalchemy import Connection, func, select

from dashboard.access import Lifetime, SignedIn, Viewer
from dashboard.account_rows import KeyRow, OwnAccount, PersonRow, ScopeRow, SessionRow, browser_of
from dashboard.queries.places import places, streets
from models.account import Account, ApiKey, RecoveryCode, Session
from models.base import MINUTE, Instant
from models.permission import manages
from models.place import Community, Site, Street

FRESH: Instant = 15 * MINUTE
"""So long after coming in by a link she may choose a password without the old one: that is what the link was for."""
KEY_BYTES = 8


def _names(connection: Connection, scope: str) -> tuple[str, str]:
    """In Chinese and in English; ('', '') of the whole district, and of a place that is no more."""
    kind, _, code = scope.partition(":")
    tables: dict[str, type[Street | Community | Site]] = {"street": Street, "community": Community, "site": Site}
    table = tables.get(kind)
    if table is None:
        return "", ""
    found = connection.execute(select(table.name_zh, table.name_en).where(table.code == code)).first()
    return (found.name_zh, found.name_en) if found else ("", "")


def own_account(connection: Connection, session: SignedIn, lifetime: Lifetime, now: Instant) -> OwnAccount:
    row = connection.execute(select(Account).where(Account.name == session.viewer.name)).one()
    mine = (
        select(Session)
        .join(Account, Account.id == Session.account_id)
        .where(Session.account_id == row.id, lifetime.holds(now))
        .order_by(Session.seen_at.desc())
    )
    found = connection.execute(mine).all()
    left = select(func.count()).where(RecoveryCode.account_id == row.id, RecoveryCode.used_at.is_(None))
    return OwnAccount(
        name=row.name,
        role=row.role,
        scope=row.scope,
        where=_names(connection, row.scope),
        language=row.language or "",
        has_password=row.password_hash is not None,
        asks_old=row.password_hash is not None and not is_fresh(connection, session, now),
        has_factor=row.totp_sealed is not None,
        codes_left=connection.execute(left).scalar_one(),
        sessions=tuple(_session_row(one, session.token_hash) for one in found),
    )


def _session_row(one: Any, this: bytes) -> SessionRow:
    return SessionRow(
        key=session_key(one.token_hash),
        way=one.way or "link",
        client=one.client or "",
        browser=browser_of(one.browser or ""),
        made_at=one.made_at,
        seen_at=one.seen_at,
        is_this=one.token_hash == this,
    )


def session_key(token_hash: bytes) -> str:
    return bytes(token_hash)[:KEY_BYTES].hex()


def is_fresh(connection: Connection, session: SignedIn, now: Instant) -> bool:
    """Whether she came in by a link just now."""
    wanted = select(Session.token_hash).where(
        Session.token_hash == session.token_hash, Session.way == "link", Session.made_at > now - FRESH
    )
    return connection.execute(wanted).first() is not None


def scopes_within(connection: Connection, scope: str) -> frozenset[str] | None:
    """All scopes that lie in this one, itself included; None: all that there are."""
    kind, _, code = scope.partition(":")
    if not kind:
        return None
    found = {scope}
    if kind == "street":
        communities = connection.execute(select(Community.code).where(Community.street == code)).scalars()
        found |= {f"community:{one}" for one in communities}
    if kind in ("street", "community"):
        inside = Site.street == code if kind == "street" else Site.community == code
        found |= {f"site:{one}" for one in connection.execute(select(Site.code).where(inside)).scalars()}
    return frozenset(found)


def scopes_to_give(connection: Connection, viewer: Viewer, now: Instant) -> list[ScopeRow]:
    """Streets, communities and sites within her own scope; the whole district is not among them."""
    within = scopes_within(connection, viewer.scope)
    rows = [ScopeRow(f"street:{one.code}", one.name_zh, one.name_en) for one in streets(connection)]
    wanted = select(Community.code, Community.name_zh, Community.name_en).order_by(Community.code)
    rows += [ScopeRow(f"community:{code}", zh, en) for code, zh, en in connection.execute(wanted)]
    rows += [ScopeRow(f"site:{one.site}", one.name_zh, one.name_en) for one in places(connection, viewer, now)]
    return [row for row in rows if within is None or row.scope in within]


def people(connection: Connection, viewer: Viewer, lifetime: Lifetime, now: Instant) -> list[PersonRow]:
    """Those whom she may invite, disable and recover; the good ones first, by name."""
    within = scopes_within(connection, viewer.scope)
    alive = dict(
        connection.execute(
            select(Session.account_id, func.count())
            .join(Account, Account.id == Session.account_id)
            .where(lifetime.holds(now))
            .group_by(Session.account_id)
        ).all()
    )
    rows = connection.execute(select(Account).order_by(Account.disabled, Account.name)).all()
    return [
        PersonRow(
            id=row.id,
            name=row.name,
            role=row.role,
            scope=row.scope,
            is_good=not row.disabled,
            seen_at=row.seen_at,
            has_password=row.password_hash is not None,
            has_factor=row.totp_sealed is not None,
            sessions=alive.get(row.id, 0),
        )
        for row in rows
        if manages(viewer.role, row.role) and (within is None or row.scope in within)
    ]


def api_keys(connection: Connection, viewer: Viewer) -> list[KeyRow]:
    """The good ones within her scope, by name."""
    within = scopes_within(connection, viewer.scope)
    rows = connection.execute(select(ApiKey).where(ApiKey.revoked_at.is_(None)).order_by(ApiKey.name, ApiKey.id)).all()
    return [
        KeyRow(row.id, row.name, row.role, row.scope, row.made_at, row.made_by or "", row.used_at)
        for row in rows
        if within is None or row.scope in within
    ]
