"""SQLite, from `pysqlite3`: the system's library may carry the WAL bug that loses commits when several processes write
and checkpoint at once (fixed in 3.51.3), and here a worker, a clock and a web process share one file.
"""

import os
import time
from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import Connection, Engine, create_engine, event

from models.refusal import DatabaseRefused

WIPE_TRIES = 20
OLDEST_SQLITE = (3, 51, 3)
# The driver asks every value that is no int, float or str how it wants to be kept, by two attributes that none of these
# has: for a row with some nulls that cost more than the row itself. An adapter of its own answers at once.
pysqlite3.register_adapter(type(None), lambda nothing: nothing)
pysqlite3.register_adapter(bytes, bytes)

_FAULTS_OF_OURS = ("no such table", "no such column", "has no column", "syntax error")


def check_sqlite_version(version: tuple[int, ...] = pysqlite3.sqlite_version_info) -> None:
    if version < OLDEST_SQLITE:
        raise DatabaseRefused(
            f"SQLite {'.'.join(map(str, version))} can lose commits in WAL mode with several processes; "
            f"{'.'.join(map(str, OLDEST_SQLITE))} or newer is needed: run `make setup` to install pysqlite3"
        )


def sqlite_path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def open_file(url: str, busy_timeout_s: float, cache_mib: int) -> Engine:
    """Raises DatabaseRefused for a library that is too old."""
    check_sqlite_version()
    sqlite_path(url).parent.mkdir(parents=True, exist_ok=True)
    # The connection that was used last, not all in turn: each that is used at all fills a cache of its own.
    engine = create_engine(url, module=pysqlite3.dbapi2, pool_use_lifo=True, connect_args={"timeout": busy_timeout_s})
    event.listen(engine, "connect", lambda raw, _record: _prepare(raw, cache_mib))
    return engine


def _prepare(raw: Any, cache_mib: int) -> None:
    """Durable (a commit is on disk when it returns), and in charge of our own BEGIN."""
    raw.isolation_level = None
    for pragma in (
        "journal_mode = wal",
        "synchronous = full",
        "foreign_keys = on",
        "wal_autocheckpoint = 4000",
        "journal_size_limit = 67108864",
        f"cache_size = -{cache_mib * 1024}",
        "temp_store = memory",
    ):
        raw.execute(f"pragma {pragma}").close()


def is_open(raw: Any) -> bool:
    """Whether a transaction is still there: SQLite has rolled back by itself after some errors (disk full)."""
    return bool(raw.in_transaction)


def passes(error: BaseException) -> bool:
    """Whether this error of the driver goes away by itself: locked, full."""
    if not isinstance(error, pysqlite3.dbapi2.OperationalError):
        return False
    return not any(fault in str(error) for fault in _FAULTS_OF_OURS)


def wipe(connection: Connection) -> None:
    """Raises DatabaseRefused while a reader keeps the journal."""
    connection.exec_driver_sql("pragma secure_delete = on")
    connection.exec_driver_sql("vacuum")
    for _ in range(WIPE_TRIES):
        busy = connection.exec_driver_sql("pragma wal_checkpoint(truncate)").scalar()
        if not busy:
            return
        time.sleep(0.5)
    raise DatabaseRefused("erased, but somebody still reads the journal of before: run it again, or stop what runs")


def free_beside(url: str) -> int:
    stat = os.statvfs(sqlite_path(url).parent)
    return stat.f_bavail * stat.f_frsize
