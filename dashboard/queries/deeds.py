"""Who did what, by what was asked for: the newest first, page by page; and how far the chain was last found whole."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from models.audit import AuditCheck, AuditEntry
from models.base import Instant

SHOWN = 100
FILE_MOST = 50_000


@dataclass(frozen=True, slots=True)
class Sought:
    """'' and None leave a question out. `before` is the number after which the next page begins."""

    who: str = ""
    what: str = ""
    subject: str = ""
    since: Instant | None = None
    until: Instant | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class DeedRow:
    id: int
    at: Instant
    author: str
    role: str
    what: str
    about: str
    said: str


@dataclass(frozen=True, slots=True)
class ChainState:
    at: Instant
    upto: int
    broken: int | None
    cut: int | None


def deeds(connection: Connection, sought: Sought, most: int = SHOWN) -> list[DeedRow]:
    c = AuditEntry
    wanted = select(c.id, c.at, c.author, c.role, c.what, c.subject, c.said).where(*_where(sought))
    return [DeedRow(*row) for row in connection.execute(wanted.order_by(c.id.desc()).limit(most))]


def _where(sought: Sought) -> list[ColumnElement[bool]]:
    c, found = AuditEntry, list[ColumnElement[bool]]()
    if sought.who:
        found.append(c.author == sought.who)
    if sought.what:
        found.append(c.what.startswith(sought.what, autoescape=True))
    if sought.subject:
        found.append(c.subject.startswith(sought.subject, autoescape=True))
    if sought.since is not None:
        found.append(c.at >= sought.since)
    if sought.until is not None:
        found.append(c.at < sought.until)
    if sought.before is not None:
        found.append(c.id < sought.before)
    return found


def chain_state(connection: Connection) -> ChainState | None:
    """None: nobody has looked it through yet."""
    c = AuditCheck
    wanted = select(c.at, c.upto, c.broken, c.cut).order_by(c.id.desc()).limit(1)
    found = connection.execute(wanted).first()
    return ChainState(*found) if found else None
