"""How the platform itself is: the worker's row, what waits in the inbox, the size of the database and the room beside it."""

import shutil
from pathlib import Path

from sqlalchemy import Connection, func, select

from dashboard.access import Viewer
from dashboard.quality_rows import OwnHealth
from dashboard.queries.worker import health
from models.base import Instant
from models.change import ClockProcess, Worker
from models.inbox import Inbox


def own_health(connection: Connection, viewer: Viewer, now: Instant) -> OwnHealth | None:
    """None for who answers for a part of the district only."""
    if viewer.scope or not viewer.may("platform.read"):
        return None
    found = health(connection, now)
    row = connection.execute(select(Worker)).first()
    inbox = connection.execute(select(func.count()).where(Inbox.done_at.is_(None))).scalar_one()
    free, total = _disk(connection)
    return OwnHealth(
        reasons=found.reasons,
        seen_at=found.seen_at,
        commit_at=found.commit_at,
        connected=bool(row and row.connected),
        subscribed=bool(row and row.subscribed),
        waiting=found.waiting,
        inbox=inbox,
        lag_p95_ms=row.lag_p95_ms if row else None,
        trouble=found.trouble,
        database_bytes=_size(connection),
        disk_free=free,
        disk_total=total,
        dropped=found.dropped,
        clock_seen_at=found.clock_seen_at,
        watcher_at=connection.execute(select(ClockProcess.watcher_at)).scalar(),
    )


def _size(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        return int(connection.exec_driver_sql("select pg_database_size(current_database())").scalar_one())
    pages = connection.exec_driver_sql("pragma page_count").scalar_one()
    return int(pages * connection.exec_driver_sql("pragma page_size").scalar_one())


def _disk(connection: Connection) -> tuple[int | None, int | None]:
    """Beside a file; a server's disk is not to be seen from here."""
    path = connection.engine.url.database
    if connection.dialect.name == "postgresql" or not path:
        return None, None
    usage = shutil.disk_usage(Path(path).resolve().parent)
    return usage.free, usage.total
