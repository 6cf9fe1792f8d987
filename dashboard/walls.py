"""Screens on a wall: asking with a code, an officer's word, the key, and its end. By the real clock, like sign-in."""

import re
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select, true, update

from dashboard.access import Viewer, hashed
from models.audit import AuditEntry, audit
from models.base import HOUR, MINUTE, Instant
from models.database import is_transient, read_only, transaction
from models.place import Street
from models.wall import Wall, WallPairing

ASKED_MOST, ASKED_IN = 10, 10 * MINUTE
"""Codes that one address may ask for in this time: a screen that nobody approves asks once in each code's life."""
WAITING_MOST = 200
WRONG_MOST, WRONG_IN = 10, 10 * MINUTE
"""Wrong codes that one officer may type in this time; eight digits cannot be guessed with so few."""
KEPT = 24 * HOUR
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,40}")


class WallRefused(Exception):
    """Nothing was done; the message is a word's key: `403`, `404`, `code`, `name`, `scope`, `often`."""


@dataclass(frozen=True, slots=True)
class PairedWall:
    id: int
    scope: str
    seen_at: Instant | None

    @property
    def viewer(self) -> Viewer:
        return Viewer(f"wall {self.id}", "wall", self.scope)


@dataclass(frozen=True, slots=True)
class WallRow:
    """A wall as officers see it in their list."""

    id: int
    name: str
    scope: str
    approved_by: str
    approved_at: Instant
    seen_at: Instant | None


# -- the screen ---------------------------------------------------------------------------------------------------------


def ask(engine: Engine, client: str, real_now: Instant, minutes: int) -> tuple[str, str]:
    """(claim, code) for a screen that wants to be let in. Raises WallRefused `often`."""
    claim, code = secrets.token_urlsafe(32), f"{secrets.randbelow(10**8):08d}"
    with transaction(engine) as connection:
        connection.execute(delete(WallPairing).where(WallPairing.expires_at < real_now - KEPT))
        _check_often(connection, client, real_now)
        # Two screens must not wait with one code; what is over may go.
        connection.execute(
            delete(WallPairing).where(WallPairing.code_hash == hashed(code), WallPairing.expires_at <= real_now)
        )
        row = {"claim_hash": hashed(claim), "code_hash": hashed(code), "client": client[:64], "made_at": real_now}
        connection.execute(insert(WallPairing).values(**row, expires_at=real_now + minutes * MINUTE))
    return claim, code


def _check_often(connection: Connection, client: str, real_now: Instant) -> None:
    lately = select(func.count()).where(WallPairing.made_at > real_now - ASKED_IN)
    of_this = connection.execute(lately.where(WallPairing.client == client[:64])).scalar_one()
    if of_this >= ASKED_MOST or connection.execute(lately).scalar_one() >= WAITING_MOST:
        raise WallRefused("often")


def fetch_key(engine: Engine, claim: str, real_now: Instant) -> tuple[str, str | None]:
    """(`waiting`, None), (`over`, None), or (`paired`, key): the key is given once and only to whoever asked."""
    key = secrets.token_urlsafe(32)
    mine = WallPairing.claim_hash == hashed(claim)
    with read_only(engine) as connection:
        found = connection.execute(
            select(WallPairing.wall_id, WallPairing.claimed_at, WallPairing.expires_at).where(mine)
        ).first()
    if found is None or found.claimed_at is not None or found.expires_at <= real_now:
        return "over", None
    if found.wall_id is None:
        return "waiting", None
    with transaction(engine) as connection:
        taken = connection.execute(
            update(WallPairing).where(mine, WallPairing.claimed_at.is_(None)).values(claimed_at=real_now)
        )
        given = connection.execute(
            update(Wall)
            .where(Wall.id == found.wall_id, Wall.key_hash.is_(None), Wall.revoked_at.is_(None))
            .values(key_hash=hashed(key), seen_at=real_now)
        )
        return ("paired", key) if taken.rowcount and given.rowcount else ("over", None)


def wall_of(engine: Engine, key: str) -> PairedWall | None:
    """Which wall holds this key; None as soon as it is revoked."""
    with read_only(engine) as connection:
        found = connection.execute(
            select(Wall.id, Wall.scope, Wall.seen_at).where(Wall.key_hash == hashed(key), Wall.revoked_at.is_(None))
        ).first()
    return PairedWall(*found) if found else None


def saw(engine: Engine, wall: PairedWall, real_now: Instant) -> None:
    """Note that the screen is there, at most once a minute; a busy database must not darken it."""
    if wall.seen_at is not None and wall.seen_at > real_now - MINUTE:
        return
    try:
        with transaction(engine) as connection:
            connection.execute(update(Wall).where(Wall.id == wall.id).values(seen_at=real_now))
    except Exception as error:
        if not is_transient(error):
            raise


# -- the officer --------------------------------------------------------------------------------------------------------


def approve(engine: Engine, viewer: Viewer, code: str, name: str, scope: str, real_now: Instant) -> int:
    """Let the screen in that shows this code; the wall's number. A code is good once.

    Raises WallRefused: `403` for a role that may not, `name`, `scope` for what cannot be, `code` for a code that no waiting
    screen shows, `often` after too many of these.
    """
    if not viewer.may("wall.pair"):
        raise WallRefused("403")
    if not NAME.fullmatch(name.strip()):
        raise WallRefused("name")
    number = _approved(engine, viewer, code, name.strip(), scope, real_now)
    if number is None:
        # In a transaction of its own: what is refused is kept in the audit as well.
        with transaction(engine) as connection:
            audit(connection, real_now, viewer.name, viewer.role, "wall.wrong_code", _guesses(viewer), {})
        raise WallRefused("code")
    return number


def _approved(engine: Engine, viewer: Viewer, code: str, name: str, scope: str, real_now: Instant) -> int | None:
    with transaction(engine) as connection:
        _check_guesses(connection, viewer, real_now)
        _check_scope(connection, viewer, scope)
        waiting = (
            WallPairing.code_hash == hashed(code),
            WallPairing.wall_id.is_(None),
            WallPairing.expires_at > real_now,
        )
        found = connection.execute(select(WallPairing.claim_hash).where(*waiting)).first()
        if found is None:
            return None
        row = {"name": name, "scope": scope, "approved_by": viewer.name, "approved_at": real_now}
        number = int(connection.execute(insert(Wall).values(**row).returning(Wall.id)).scalar_one())
        connection.execute(update(WallPairing).where(WallPairing.claim_hash == found.claim_hash).values(wall_id=number))
        chosen = {"name": name, "scope": scope}
        audit(connection, real_now, viewer.name, viewer.role, "wall.approve", f"wall/{number}", chosen)
        return number


def _guesses(viewer: Viewer) -> str:
    return f"wall-code/{viewer.name}"


def _check_guesses(connection: Connection, viewer: Viewer, real_now: Instant) -> None:
    wrong = select(func.count()).where(AuditEntry.subject == _guesses(viewer), AuditEntry.at > real_now - WRONG_IN)
    if connection.execute(wrong).scalar_one() >= WRONG_MOST:
        raise WallRefused("often")


def _check_scope(connection: Connection, viewer: Viewer, scope: str) -> None:
    """The whole district or one street, and nothing that the officer herself does not see."""
    kind, _, code = scope.partition(":")
    known = not scope or (
        kind == "street" and connection.execute(select(Street.code).where(Street.code == code)).first() is not None
    )
    if not known or viewer.scope not in ("", scope):
        raise WallRefused("scope")


def revoke(engine: Engine, viewer: Viewer, number: int, real_now: Instant) -> None:
    """The wall's key is worthless at once. Raises WallRefused: `403`, or `404` for a wall that is not there or not hers."""
    if not viewer.may("wall.pair"):
        raise WallRefused("403")
    with transaction(engine) as connection:
        gone = connection.execute(
            update(Wall)
            .where(Wall.id == number, Wall.revoked_at.is_(None), _hers(viewer))
            .values(revoked_at=real_now, revoked_by=viewer.name)
        )
        if not gone.rowcount:
            raise WallRefused("404")
        audit(connection, real_now, viewer.name, viewer.role, "wall.revoke", f"wall/{number}", {})


def walls(connection: Connection, viewer: Viewer) -> list[WallRow]:
    """Those that are good, the youngest first."""
    wanted = (
        select(Wall.id, Wall.name, Wall.scope, Wall.approved_by, Wall.approved_at, Wall.seen_at)
        .where(Wall.revoked_at.is_(None), _hers(viewer))
        .order_by(Wall.id.desc())
    )
    return [WallRow(*row) for row in connection.execute(wanted)]


def _hers(viewer: Viewer) -> ColumnElement[bool]:
    return Wall.scope == viewer.scope if viewer.scope else true()
