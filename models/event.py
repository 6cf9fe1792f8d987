"""What came in: events (append-only), what could not be used (with its bytes and the reason), and each outbox's count.

Every message ends in exactly one of: a row of `event`, a duplicate counted in `stream`, a row of `rejected`.
"""

from uuid import UUID

from sqlalchemy import Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import HOT, STRICT, Base, Big, Bytes, Flag, Number, Small, Words

SLOT_US = 300 * 1_000_000
"""A slot is five minutes of UTC; every civil day of today's zones is a whole number of them."""

KIND_NUMBER = {
    "occupancy.count": 1,
    "occupancy.flow": 2,
    "person.in": 3,
    "person.out": 4,
    "meal.served": 5,
    "meal.booked": 6,
    "meal.cancelled": 7,
    "service.planned": 8,
    "service.started": 9,
    "service.completed": 10,
    "service.cancelled": 11,
    "service.confirmed": 12,
    "bed.moved": 13,
    "alarm.raised": 14,
    "alarm.cleared": 15,
    "site.opened": 16,
    "site.closed": 17,
    "staff.on": 18,
    "staff.off": 19,
    "rating.given": 20,
    "device.status": 21,
    "observation": 22,
    "door.opened": 23,
    "door.closed": 24,
    "vendor.message": 25,
}
"""Stored in place of the word; a number is never given to another kind."""

KIND_NAME = {number: name for name, number in KIND_NUMBER.items()}

COUNT_METHOD = {"sensor": 0, "staff": 1, "reset": 2}


class Event(Base):
    """One event that counts. `key` is time-ordered, so a new row lands on a page that is already in memory.

    `a`, `b`: in and out of a flow; count and method of a count; 1 and 0 of a person coming, 0 and 1 of one going.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "ix_event_slot_area",
            "slot",
            "area_id",
            sqlite_where=text("area_id is not null"),
            postgresql_where=text("area_id is not null"),
        ),
        STRICT | {"postgresql_partition_by": "range (key)"},
    )
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    site_id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[Big]
    form: Mapped[Small]
    """0 foreign (then `id` is kept), 1 ULID, 2 UUIDv7: with the key it gives the sender's id back."""
    id: Mapped[Words | None]
    kind: Mapped[Small]
    at: Mapped[Big]
    """Effective time: everything folds by it."""
    received_at: Mapped[Big]
    slot: Mapped[Big]
    area_id: Mapped[int | None]
    device_id: Mapped[int | None]
    boot: Mapped[Words | None]
    seq: Mapped[Big | None]
    a: Mapped[int | None]
    b: Mapped[int | None]
    rest: Mapped[Words | None]
    """JSON of the kind's other fields."""
    flags: Mapped[Small]
    """Bits: 1 clock_ahead, 2 clock_unset, 4 backfill, 8 came by the inbox."""


CLOCK_AHEAD, CLOCK_UNSET, BACKFILL, BY_INBOX = 1, 2, 4, 8


class Rejected(Base):
    """A message or one element of an array that could not be used, with its bytes; replayable once the cause is gone."""

    __tablename__ = "rejected"
    __table_args__ = (
        # On PostgreSQL of md5(topic), as the migration says: a topic may be longer than an index entry.
        Index("uq_rejected_site_topic_sha256_index", "site", "topic", "sha256", "index", unique=True),
        Index(
            "ix_rejected_waiting",
            "site",
            "reason",
            sqlite_where=text("replayed_at is null"),
            postgresql_where=text("replayed_at is null"),
        ),
        STRICT,
    )
    id: Mapped[Number]
    site: Mapped[Words]
    """As it stands in the topic, registered or not."""
    topic: Mapped[Words]
    received_at: Mapped[Big]
    last_at: Mapped[Big]
    times: Mapped[Big]
    reason: Mapped[Words]
    detail: Mapped[Words]
    bytes: Mapped[Bytes]
    length: Mapped[Big]
    sha256: Mapped[Bytes]
    index: Mapped[int]
    replayable: Mapped[Flag]
    replayed_at: Mapped[Big | None]
    """Set when a replay made it count; such a row is history, not work."""


class Stream(Base):
    """One outbox (site, boot): which of its numbers the platform keeps, so that a missing one is seen."""

    __tablename__ = "stream"
    __table_args__ = HOT
    site: Mapped[str] = mapped_column(Text, primary_key=True)
    boot: Mapped[str] = mapped_column(Text, primary_key=True)
    upto: Mapped[Big]
    """Highest number below which nothing is missing; what `ack.seq` says."""
    highest: Mapped[Big]
    beyond: Mapped[Words]
    """JSON [[from, to], …] of numbers kept above `upto`, sorted, apart from each other."""
    lost: Mapped[Words]
    """JSON [[from, to], …] of numbers that the sender gave up."""
    received: Mapped[Big]
    """Distinct numbers kept."""
    duplicates: Mapped[Big]
    rejected: Mapped[Big]
    heard_at: Mapped[Big]


def key_from(at: int) -> bytes:
    """The first key of what happens from `at` (microseconds) on, as far as ids were made in their time."""
    return max(at // 1000, 0).to_bytes(6, "big")


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def sender_id(form: int, key: bytes, kept: str | None) -> str:
    """The `id` as the sender wrote it: 1 ULID, 2 UUIDv7, else as kept."""
    if form == 1:
        number = int.from_bytes(key, "big")
        return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
    return str(UUID(bytes=key)) if form == 2 else str(kept)
