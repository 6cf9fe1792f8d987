"""How this process hands something to the worker: it writes bytes into the inbox and looks for the outcome."""

import asyncio
import json
from typing import Any

from anyio import to_thread
from sqlalchemy import Connection, Engine, insert, select

from models.base import Instant
from models.database import read_only, transaction
from models.inbox import Inbox


def put(
    engine: Engine, *, source: str, author: str, site: str, topic: str, payload: bytes, now: Instant, **more: Any
) -> int:
    """The row's number; the worker takes it within its next batch."""
    with transaction(engine) as connection:
        return put_within(
            connection, source=source, author=author, site=site, topic=topic, payload=payload, now=now, **more
        )


def put_within(
    connection: Connection,
    *,
    source: str,
    author: str,
    site: str,
    topic: str,
    payload: bytes,
    now: Instant,
    **more: Any,
) -> int:
    """The same inside a transaction of the caller's: what goes with it is kept with it."""
    row = {"put_at": now, "source": source, "author": author, "site": site, "topic": topic, "payload": payload} | more
    return int(connection.execute(insert(Inbox).values(**row).returning(Inbox.id)).scalar_one())


def outcome(engine: Engine, row: int) -> list[str] | None:
    """What the worker said, element by element; None while it has not answered."""
    with read_only(engine) as connection:
        found = connection.execute(select(Inbox.outcome).where(Inbox.id == row, Inbox.done_at.is_not(None))).first()
    said: list[str] | None = None if found is None else json.loads(found.outcome)
    return said


async def awaited(engine: Engine, row: int, wait_s: float) -> list[str] | None:
    """What the worker said of this row, without holding a thread meanwhile; None when it did not within this time."""
    deadline, pause_s = asyncio.get_running_loop().time() + wait_s, 0.01
    while asyncio.get_running_loop().time() < deadline:
        said = await to_thread.run_sync(outcome, engine, row)
        if said is not None:
            return said
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, 0.2)
    return None
