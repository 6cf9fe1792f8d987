"""Who did what by a click, when: each entry holds the hash of the one before, so that none can be taken out unseen."""

import hashlib
import json
from collections.abc import Mapping

from sqlalchemy import Connection, Engine, Index, insert, select
from sqlalchemy.orm import Mapped

from models.base import STRICT, Base, Big, Bytes, Instant, Number, Words
from models.database import read_only, transaction

_BEGINNING = bytes(32)


class AuditEntry(Base):
    """Never changed, never deleted. No payload and no person stands in it."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "subject"), Index(None, "at"), STRICT)
    id: Mapped[Number]
    at: Mapped[Big]
    """By the real clock, whatever the product's clock is set to."""
    author: Mapped[Words]
    role: Mapped[Words]
    what: Mapped[Words]
    """The deed, e.g. `rejected.replay`, `device.bind`."""
    subject: Mapped[Words]
    """To what: a row's number, or `site/device`."""
    said: Mapped[Words]
    """JSON of what was chosen."""
    hash: Mapped[Bytes]


class AuditCheck(Base):
    """When the chain was looked through, and how far it held; the newest counts."""

    __tablename__ = "audit_check"
    __table_args__ = STRICT
    id: Mapped[Number]
    at: Mapped[Big]
    upto: Mapped[int]
    """The last entry that follows from the one before."""
    broken: Mapped[int | None]
    """The first one that does not; None: all do."""


def hash_of(before: bytes, at: Instant, *words: str) -> bytes:
    return hashlib.sha256(before + json.dumps([at, *words], ensure_ascii=False).encode()).digest()


def audit(
    connection: Connection,
    real_now: Instant,
    author: str,
    role: str,
    what: str,
    subject: str,
    said: Mapping[str, object],
) -> None:
    """Write an entry inside the transaction of the deed itself: both are kept, or neither."""
    before = connection.execute(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)).scalar()
    words = {"author": author, "role": role, "what": what, "subject": subject}
    words["said"] = json.dumps(dict(said), ensure_ascii=False, sort_keys=True)
    entry = hash_of(before or _BEGINNING, real_now, *words.values())
    connection.execute(insert(AuditEntry).values(at=real_now, hash=entry, **words))


def audit_command(
    connection: Connection, real_now: Instant, what: str, subject: str, said: Mapping[str, object]
) -> None:
    """A deed at the machine itself: whoever may run commands there has no account by which she could be named."""
    audit(connection, real_now, "command", "ops", what, subject, said)


def broken_at(connection: Connection) -> int | None:
    """The first entry that does not follow from the one before; None when all do."""
    return looked_through(connection)[1]


def looked_through(connection: Connection) -> tuple[int, int | None]:
    """(the last good entry's number, the first broken one's or None)."""
    before, upto = _BEGINNING, 0
    for row in connection.execute(select(AuditEntry).order_by(AuditEntry.id)):
        before = hash_of(before, row.at, row.author, row.role, row.what, row.subject, row.said)
        if before != row.hash:
            return upto, int(row.id)
        upto = int(row.id)
    return upto, None


def check_chain(engine: Engine, real_now: Instant) -> tuple[int, int | None]:
    """Look through all of it, and keep what was found where the page of deeds reads it."""
    with read_only(engine) as connection:
        upto, broken = looked_through(connection)
    with transaction(engine) as connection:
        connection.execute(insert(AuditCheck).values(at=real_now, upto=upto, broken=broken))
    return upto, broken
