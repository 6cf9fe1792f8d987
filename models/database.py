"""The only engine factory, the only commit, and what differs between the two databases.

SQLite comes from `pysqlite3`: the system's library may carry the WAL bug that loses commits when several processes
write and checkpoint at once (fixed in 3.51.3), and here a worker, a clock and a web process share one file.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

OLDEST_SQLITE = (3, 51, 3)
MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseRefused(Exception):
    """The database cannot be used as it is; the message says what to do."""


def check_sqlite_version(version: tuple[int, ...] = pysqlite3.sqlite_version_info) -> None:
    if version < OLDEST_SQLITE:
        raise DatabaseRefused(
            f"SQLite {'.'.join(map(str, version))} can lose commits in WAL mode with several processes; "
            f"{'.'.join(map(str, OLDEST_SQLITE))} or newer is needed: run `make setup` to install pysqlite3"
        )


def engine_for(url: str, busy_timeout_s: float = 5.0, cache_mib: int = 64) -> Engine:
    """Open a database by URL.

    Raises DatabaseRefused for a version or a scheme that is not supported.
    """
    if not url.startswith("sqlite:"):
        raise DatabaseRefused(
            f"database.url {url.split(':', 1)[0]}://… is not supported yet: use sqlite:///path/to/file.db"
        )
    check_sqlite_version()
    path = sqlite_path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, module=pysqlite3.dbapi2, connect_args={"timeout": busy_timeout_s})
    event.listen(engine, "connect", lambda raw, _record: _prepare_sqlite(raw, cache_mib))
    return engine


def sqlite_path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _prepare_sqlite(raw: Any, cache_mib: int) -> None:
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


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One unit of work. Writes lock at once: a read that is later written upon must not be overtaken."""
    with engine.connect() as connection:
        connection.exec_driver_sql("begin immediate")
        try:
            yield connection
            connection.exec_driver_sql("commit")
        except BaseException:
            _roll_back(connection)
            raise


def _roll_back(connection: Connection) -> None:
    """SQLite has rolled back by itself after some errors (disk full); a second rollback would hide the first error."""
    raw: Any = connection.connection.driver_connection
    if raw is not None and raw.in_transaction:
        try:
            connection.exec_driver_sql("rollback")
        except DBAPIError:
            connection.invalidate()


@contextmanager
def read_only(engine: Engine) -> Iterator[Connection]:
    """One consistent picture for all reads of a page."""
    with engine.connect() as connection:
        connection.exec_driver_sql("begin")
        try:
            yield connection
        finally:
            _roll_back(connection)


def is_transient(error: BaseException) -> bool:
    """Whether trying again can help: locked, full, unreachable. Everything else is a fault of the data or of the code."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(original, pysqlite3.dbapi2.OperationalError):
        return False
    words = str(original)
    return not any(fault in words for fault in ("no such table", "no such column", "has no column", "syntax error"))


def _alembic(engine: Engine) -> AlembicConfig:
    configuration = AlembicConfig()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes["engine"] = engine
    return configuration


def migrate(engine: Engine) -> str:
    """Bring the schema to this program's revision; returns it. Safe to run again and side by side."""
    from alembic import command

    configuration = _alembic(engine)
    head = newest_revision(engine)
    current = current_revision(engine)
    if current != head and current is not None and current not in _known_revisions(engine):
        raise DatabaseRefused(_newer(current))
    command.upgrade(configuration, "head")
    return head


def newest_revision(engine: Engine) -> str:
    head = ScriptDirectory.from_config(_alembic(engine)).get_current_head()
    if head is None:
        raise DatabaseRefused("this program carries no migrations: its installation is incomplete")
    return head


def _known_revisions(engine: Engine) -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_alembic(engine)).walk_revisions()}


def current_revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check_schema(engine: Engine) -> None:
    """Raise DatabaseRefused, saying what to run, unless the schema is exactly this program's."""
    current, wanted = current_revision(engine), newest_revision(engine)
    if current == wanted:
        return
    if current is None:
        raise DatabaseRefused("the database is empty: run `python -m ingest migrate`")
    if current in _known_revisions(engine):
        raise DatabaseRefused(
            f"the database is at revision {current}, this program needs {wanted}: run `python -m ingest migrate`"
        )
    raise DatabaseRefused(_newer(current))


def _newer(current: str) -> str:
    return f"the database is at revision {current}, which this program does not know: install the newer version that made it"


def free_bytes(url: str) -> int:
    """Free space where the database lives."""
    stat = os.statvfs(sqlite_path(url).parent)
    return stat.f_bavail * stat.f_frsize
