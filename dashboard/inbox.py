"""How this process hands something to the worker: it writes bytes into the inbox and waits for the outcome."""

import json
import time
from typing import Any

from sqlalchemy import Engine, insert, select

from models.base import Instant
from models.database import read_only, transaction
from models.inbox import Inbox

WAIT_S = 10.0


def put(
    engine: Engine, *, source: str, author: str, site: str, topic: str, payload: bytes, now: Instant, **more: Any
) -> int:
    """The row's number; the worker takes it within its next batch."""
    row = {"put_at": now, "source": source, "author": author, "site": site, "topic": topic, "payload": payload} | more
    with transaction(engine) as connection:
        return int(connection.execute(insert(Inbox).values(**row).returning(Inbox.id)).scalar_one())


def outcome(engine: Engine, row: int, wait_s: float = WAIT_S) -> list[str] | None:
    """What the worker said, element by element; None when it has not answered in time. Call it in a thread."""
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        with read_only(engine) as connection:
            found = connection.execute(select(Inbox.outcome).where(Inbox.id == row, Inbox.done_at.is_not(None))).first()
        if found is not None:
            said: list[str] = json.loads(found.outcome)
            return said
        time.sleep(0.02)
    return None
