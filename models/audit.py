"""Who did what by a click, when: each entry holds the hash of the one before, so that none can be taken out unseen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, Index, insert, select
from sqlalchemy.orm import Mapped

from models.base import STRICT, Base, Big, Bytes, Instant, Number, Words
from models.database import read_only, transaction

_BEGINNING = bytes(32)
AT_THE_MACHINE = ("command", "ops")
"""Author and role of a deed at the machine itself: whoever may run commands there has no account by which to name her."""


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
    """When the chain was looked through, and how far it held; the newest counts. No row is ever changed or deleted."""

    __tablename__ = "audit_check"
    __table_args__ = STRICT
    id: Mapped[Number]
    at: Mapped[Big]
    upto: Mapped[int]
    """The last entry that follows from the one before."""
    broken: Mapped[int | None]
    """The first one that does not; None: all do."""
    hash: Mapped[Bytes | None]
    """Of entry `upto`: whoever cuts the chain's end off, or writes it anew, does not get it again. None: no entry."""
    cut: Mapped[int | None]
    """The last entry that an earlier look saw, where it is there no more."""


@dataclass(frozen=True, slots=True)
class Chain:
    """How it was found: see AuditCheck."""

    upto: int
    broken: int | None = None
    hash: bytes | None = None
    cut: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.broken is None and self.cut is None


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
    audit(connection, real_now, *AT_THE_MACHINE, what, subject, said)


def looked_through(connection: Connection) -> Chain:
    """From its beginning, and as far at least as an earlier look saw it."""
    seen = connection.execute(_SEEN_BEFORE).first()
    before, upto = _BEGINNING, 0
    for row in connection.execute(select(AuditEntry).order_by(AuditEntry.id)):
        after = hash_of(before, row.at, row.author, row.role, row.what, row.subject, row.said)
        if after != row.hash or (seen is not None and row.id == seen.upto and after != seen.hash):
            return Chain(upto, int(row.id), before if upto else None)
        before, upto = after, int(row.id)
    cut = seen.upto if seen is not None and seen.upto > upto else None
    return Chain(upto, None, before if upto else None, cut)


_SEEN_BEFORE = (
    select(AuditCheck.upto, AuditCheck.hash)
    .where(AuditCheck.hash.is_not(None))
    .order_by(AuditCheck.upto.desc(), AuditCheck.id)
    .limit(1)
)
"""The farthest that any look has seen, and of those of one length the first: a later one may have seen what was forged."""


def check_chain(engine: Engine, real_now: Instant) -> Chain:
    """Look through all of it, and keep what was found where the page of deeds reads it."""
    with read_only(engine) as connection:
        found = looked_through(connection)
    with transaction(engine) as connection:
        connection.execute(insert(AuditCheck).values(at=real_now, **asdict(found)))
    return found
