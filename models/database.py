"""The only engine factory and the only commit. What differs between the two databases stands beside it, a file for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from models import postgresql, sqlite
from models.refusal import DatabaseRefused
from models.sqlite import check_sqlite_version, sqlite_path

__all__ = [
    "DatabaseRefused",
    "check_schema",
    "check_sqlite_version",
    "current_revision",
    "engine_for",
    "free_bytes",
    "is_transient",
    "migrate",
    "read_only",
    "sqlite_path",
    "transaction",
    "wipe",
]

MIGRATIONS = Path(__file__).parent / "migrations"
ANSWER_TIMEOUT_S = 30.0


def engine_for(
    url: str, busy_timeout_s: float = 5.0, cache_mib: int = 64, answer_timeout_s: float = ANSWER_TIMEOUT_S
) -> Engine:
    """Open a database by URL; `busy_timeout_s` is how long a statement waits for another writer, `answer_timeout_s` how
    long a server may be silent.

    Raises DatabaseRefused for a version or a scheme that is not supported.
    """
    if is_sqlite(url):
        return sqlite.open_file(url, busy_timeout_s, cache_mib)
    if url.startswith("postgresql:"):
        return postgresql.open_server(url, busy_timeout_s, answer_timeout_s)
    raise DatabaseRefused(
        f"database.url {url.split(':', 1)[0]}://… is not supported: "
        "use sqlite:///path/to/file.db or postgresql://user:password@host/name"
    )


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One unit of work. Writers wait for each other at the start: a read that is later written upon must not be overtaken."""
    with engine.connect() as connection:
        try:
            _begin_writing(connection)
            yield connection
            _commit(connection)
        except BaseException:
            _roll_back(connection)
            raise


def _begin_writing(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("begin immediate")
        return
    connection.exec_driver_sql(postgresql.BEGIN_WRITING)


def _commit(connection: Connection) -> None:
    if connection.dialect.name == "postgresql" and postgresql.is_spoilt(_raw(connection)):
        raise AssertionError("an error inside this transaction was swallowed; nothing of it can be kept")
    connection.exec_driver_sql("commit")


def _raw(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _roll_back(connection: Connection) -> None:
    """Leave no transaction behind; a second error here would hide the first one."""
    if connection.closed or connection.invalidated:
        return
    raw, kind = _raw(connection), sqlite if connection.dialect.name == "sqlite" else postgresql
    try:
        if kind.is_open(raw):
            connection.exec_driver_sql("rollback")
        elif kind is postgresql and raw.closed:
            connection.invalidate()
    except DBAPIError:
        connection.invalidate()


@contextmanager
def read_only(engine: Engine) -> Iterator[Connection]:
    """One consistent picture for all reads of a page."""
    with engine.connect() as connection:
        try:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("begin")
            else:
                connection.exec_driver_sql("begin isolation level repeatable read read only")
            yield connection
            # Nothing was written; after a rollback psycopg would forget its prepared statements.
            connection.exec_driver_sql("commit")
        except BaseException:
            _roll_back(connection)
            raise


def wipe(engine: Engine) -> None:
    """Nothing that was deleted stays in the file or its journal. The database is written anew: minutes for a large one.

    Raises DatabaseRefused while somebody reads for too long to let the journal go.
    """
    with engine.connect() as connection:
        (sqlite if engine.dialect.name == "sqlite" else postgresql).wipe(connection)


def is_transient(error: BaseException) -> bool:
    """Whether trying again can help: locked, full, unreachable. Everything else is a fault of the data or of the code."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return original is not None and (sqlite.passes(original) or postgresql.passes(original))


def migrate(engine: Engine) -> str:
    """Bring the schema to this program's revision; returns it. Safe to run again and side by side."""
    # Only here: whoever merely starts need not wait a quarter of a second for it.
    from alembic import command
    from alembic.config import Config as AlembicConfig

    known, current = _known_revisions(), current_revision(engine)
    if current is not None and current not in known:
        raise DatabaseRefused(_newer(current))
    configuration = AlembicConfig()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes["engine"] = engine
    command.upgrade(configuration, "head")
    return known[-1]


def newest_revision() -> str:
    """This program's."""
    return _known_revisions()[-1]


def _known_revisions() -> list[str]:
    """Oldest first: a migration's file begins with its number, and that is its revision."""
    known = sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))
    if not known:
        raise DatabaseRefused("this program carries no migrations: its installation is incomplete")
    return known


def current_revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            info = _raw(connection).info
            postgresql.check_server(info.server_version, info.parameter_status("server_encoding"))
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.exec_driver_sql("select version_num from alembic_version").scalar()


def check_schema(engine: Engine) -> None:
    """Raise DatabaseRefused, saying what to run, unless the schema is exactly this program's."""
    known, wanted, current = _known_revisions(), newest_revision(), _current_or_refusal(engine)
    if current == wanted:
        return
    if current is None:
        raise DatabaseRefused("the database is empty: run `python -m ingest migrate`")
    if current in known:
        raise DatabaseRefused(
            f"the database is at revision {current}, this program needs {wanted}: run `python -m ingest migrate`"
        )
    raise DatabaseRefused(_newer(current))


def _current_or_refusal(engine: Engine) -> str | None:
    try:
        return current_revision(engine)
    except DBAPIError as error:
        if not is_transient(error):
            raise
        said = " ".join(str(error.orig).split())
        raise DatabaseRefused(f"the database does not answer: {said}; check database.url, and that it runs") from error


def _newer(current: str) -> str:
    return f"the database is at revision {current}, which this program does not know: install the newer version that made it"


def free_bytes(url: str) -> int | None:
    """Free space where the database lives; None where a server does not tell."""
    return sqlite.free_beside(url) if is_sqlite(url) else None
