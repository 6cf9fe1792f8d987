"""How this process hands something to the worker: it writes bytes into the inbox and looks for the outcome."""

import json
from typing import Any

from sqlalchemy import Engine, insert, select

from models.base import Instant
from models.database import read_only, transaction
from models.inbox import Inbox


def put(
    engine: Engine, *, source: str, author: str, site: str, topic: str, payload: bytes, now: Instant, **more: Any
) -> int:
    """The row's number; the worker takes it within its next batch."""
    row = {"put_at": now, "source": source, "author": author, "site": site, "topic": topic, "payload": payload} | more
    with transaction(engine) as connection:
        return int(connection.execute(insert(Inbox).values(**row).returning(Inbox.id)).scalar_one())


def outcome(engine: Engine, row: int) -> list[str] | None:
    """What the worker said, element by element; None while it has not answered."""
    with read_only(engine) as connection:
        found = connection.execute(select(Inbox.outcome).where(Inbox.id == row, Inbox.done_at.is_not(None))).first()
    said: list[str] | None = None if found is None else json.loads(found.outcome)
    return said
