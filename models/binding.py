"""Which vendor table reads a device's bytes since when, and what the engine remembers of the device between two messages."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from contract import parse_topic
from models.base import CLUSTERED, STRICT, Base, Big, Instant, Number, Words
from models.change import registry_changed
from models.event import Rejected
from models.inbox import Inbox
from models.place import Site

ALWAYS: Instant = 0
"""`valid_from` of a device's first binding: what was quarantined before it is read by it too."""

MENDED_BY_BINDING = ("unknown_device", "unreadable_vendor")
"""What another table may read."""

_BITE = 500


class Binding(Base):
    """Effective-dated: a device that is moved or read anew gets another row, and its past stays as it was."""

    __tablename__ = "binding"
    __table_args__ = (UniqueConstraint("site_id", "device", "valid_from"), STRICT)
    id: Mapped[Number]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    device: Mapped[Words]
    table_name: Mapped[Words]
    params: Mapped[Words]
    """JSON of what was chosen; what is not there is the table's default."""
    area: Mapped[Words | None]
    valid_from: Mapped[Big]
    made_at: Mapped[Big]
    author: Mapped[Words | None]


class DeviceMemory(Base):
    """The last level, running total or moment of each thing that a device tells of."""

    __tablename__ = "device_memory"
    __table_args__ = CLUSTERED
    device_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[Big]
    value: Mapped[Words]
    """JSON."""


class DeviceSeen(Base):
    """A message that came: 16 bytes of a hash of what is unique in it."""

    __tablename__ = "device_seen"
    __table_args__ = (Index(None, "at"), CLUSTERED)
    device_id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    at: Mapped[Big]


def bind(
    connection: Connection,
    site_id: int,
    device: str,
    table: str,
    params: Mapping[str, Any],
    area: str | None,
    valid_from: Instant | None,
    now: Instant,
    author: str | None = None,
) -> int:
    """Bind a device, inside the caller's transaction; returns how many quarantined messages now wait in the inbox.

    `valid_from` None: always for a first binding, now for a later one. The table and its parameters have been checked.
    """
    mine = (Binding.site_id == site_id, Binding.device == device)
    if valid_from is None:
        bound = connection.execute(select(Binding.id).where(*mine).limit(1)).first()
        valid_from = now if bound else ALWAYS
    said = {"table_name": table, "params": json.dumps(dict(params), ensure_ascii=False), "area": area}
    said |= {"made_at": now, "author": author}  # type: ignore[dict-item]
    changed = connection.execute(update(Binding).where(*mine, Binding.valid_from == valid_from).values(said))
    if not changed.rowcount:
        connection.execute(insert(Binding).values(site_id=site_id, device=device, valid_from=valid_from, **said))
    registry_changed(connection)
    return _replay_quarantine(connection, site_id, device, now)


def _replay_quarantine(connection: Connection, site_id: int, device: str, now: Instant) -> int:
    site = connection.execute(select(Site.code).where(Site.id == site_id)).scalar_one()
    put = 0
    for rejected_id, topic, content in list(quarantined(connection, site, device)):
        row = {"put_at": now, "source": "register", "site": site, "topic": topic, "payload": content}
        connection.execute(insert(Inbox).values(rejected_id=rejected_id, **row))
        put += 1
    return put


def quarantined(connection: Connection, site: str, device: str) -> Iterator[tuple[int, str, bytes]]:
    """(row, topic, bytes) of what waits for a binding of this device, or for a better one, oldest first."""
    after = 0
    while True:
        rows = connection.execute(
            select(Rejected.id, Rejected.topic, Rejected.bytes)
            .where(Rejected.id > after, Rejected.site == site, Rejected.reason.in_(MENDED_BY_BINDING))
            .where(Rejected.replayable == 1, Rejected.replayed_at.is_(None))
            .order_by(Rejected.id)
            .limit(_BITE)
        ).all()
        if not rows:
            return
        yield from ((row.id, row.topic, row.bytes) for row in rows if device_of(row.topic, row.bytes) == device)
        after = rows[-1].id


def device_of(topic: str, content: bytes) -> str | None:
    """Whose bytes a quarantined row holds: the topic says it, or the `vendor.message` itself."""
    parsed = parse_topic(topic)
    if parsed is None or parsed.branch == "raw":
        return parsed.device if parsed else None
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    found = said.get("device") if isinstance(said, dict) else None
    return found if isinstance(found, str) else None
