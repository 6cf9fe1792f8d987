"""What `doctor` asks of the database: where it stands, whether it keeps what it says it keeps, and who writes to it."""

import fcntl
from collections.abc import Iterator

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from config import Config
from ingest.findings import Finding, fail, ok, warn
from ingest.lock import NAMED, lock_file
from models.base import SECOND, Instant
from models.change import CLOCK_OLD, Worker, clock_seen_at
from models.database import (
    DatabaseRefused,
    check_schema,
    current_revision,
    engine_for,
    free_bytes,
    is_sqlite,
    read_only,
    sqlite_path,
)
from models.postgresql import OLDEST_SERVER, Holder, holder_of_guard

_GIB = 1 << 30
_SPACE_WARN, _SPACE_FAIL = 2 * _GIB, _GIB // 5
_WORKER_FRESH: Instant = 15 * SECOND
_MUST_BE = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on", "server_encoding": "UTF8"}
"""Without these a commit is not on the disk when it returns, or a name cannot be kept."""


def look_at_database(cfg: Config, now: Instant) -> Iterator[Finding]:
    """What cannot be looked at any more is left out."""
    if is_sqlite(cfg.database.url) and not sqlite_path(cfg.database.url).exists():
        missing = f"{sqlite_path(cfg.database.url)} does not exist"
        yield fail("database", missing, "`python -m ingest migrate`")
        return
    try:
        engine = engine_for(cfg.database.url, cfg.database.busy_timeout_s, cfg.database.cache_mib)
        yield from _file(cfg) if is_sqlite(cfg.database.url) else _server(engine)
        check_schema(engine)
        yield ok("database", f"{_where(cfg, engine)}, revision {current_revision(engine)}")
        if is_sqlite(cfg.database.url):
            yield _integrity(engine)
        yield _worker(engine, now)
        yield _clock_process(engine, now)
    except DatabaseRefused as refusal:
        yield fail("database", str(refusal), "then ask again")
    except DBAPIError as error:
        to_do = "see that this user may read and write it; else restore a backup"
        yield fail("database", f"{_where(cfg, engine)}: {error.orig}", to_do)


def _where(cfg: Config, engine: Engine) -> str:
    """Without the password."""
    if is_sqlite(cfg.database.url):
        return str(sqlite_path(cfg.database.url))
    return engine.url.render_as_string(hide_password=True).replace("+psycopg", "")


# -- a file -----------------------------------------------------------------------------------------------------------------


def _file(cfg: Config) -> Iterator[Finding]:
    yield _space(free_bytes(cfg.database.url) or 0)
    yield _file_lock(cfg)


def _space(free: int) -> Finding:
    said = f"{free / _GIB:.1f} GiB free beside the database"
    if free < _SPACE_FAIL:
        return fail("disk", said, "free some: the worker stops acknowledging when it is full")
    return warn("disk", said, "free some before it is full") if free < _SPACE_WARN else ok("disk", said)


def _file_lock(cfg: Config) -> Finding:
    """A shared lock for a moment: nobody who serves is disturbed."""
    lock = lock_file(sqlite_path(cfg.database.url))
    if not lock.exists():
        return ok("worker lock", "nobody serves this database")
    with lock.open("rb") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = lock.read_text(encoding="ascii", errors="replace").strip() or "unknown"
            return ok("worker lock", f"held by process {holder}")
    return ok("worker lock", "free")


def _integrity(engine: Engine) -> Finding:
    with read_only(engine) as connection:
        faults = faults_of(connection, "pragma quick_check(5)")
    if not faults:
        return ok("integrity", "quick_check finds nothing")
    return fail("integrity", faults, "stop everything, keep a copy of the files, restore the last backup")


def faults_of(connection: Connection, question: str = "pragma integrity_check(5)") -> str:
    """What SQLite finds wrong with its file; nothing where it is whole."""
    try:
        faults = [str(fault) for fault in connection.exec_driver_sql(question).scalars()]
    except DBAPIError as error:
        return str(error.orig)  # so torn that it cannot even be asked
    return "" if faults == ["ok"] else "; ".join(faults)


# -- a server ---------------------------------------------------------------------------------------------------------------


def _server(engine: Engine) -> Iterator[Finding]:
    """Its disk is not to be seen from here; how large the database is, it tells."""
    with read_only(engine) as connection:
        version = int(connection.exec_driver_sql("show server_version_num").scalar_one())
        called = connection.exec_driver_sql("show server_version").scalar_one()
        size = connection.exec_driver_sql("select pg_database_size(current_database())").scalar_one()
        found = connection.exec_driver_sql(
            "select name, setting from pg_settings"
            " where name in ('synchronous_commit', 'fsync', 'full_page_writes', 'server_encoding')"
        )
        settings = {str(name): str(setting) for name, setting in found}
        holder = holder_of_guard(connection)
    yield _version(version, str(called))
    yield _settings(settings)
    yield ok("size", f"{size / _GIB:.2f} GiB; watch the free space of the server's disk there")
    yield ok("worker lock", "free" if holder is None else f"held by process {_named(holder)}")


def _named(holder: Holder) -> str:
    return holder.name.removeprefix(NAMED) or "unknown"


def _version(version: int, called: str) -> Finding:
    if version < OLDEST_SERVER:
        return fail("postgresql", f"{called} is too old", f"install {OLDEST_SERVER // 10000} or newer")
    return ok("postgresql", called)


def _settings(settings: dict[str, str]) -> Finding:
    wrong = [f"{name} is {settings.get(name)}" for name, wanted in _MUST_BE.items() if settings.get(name) != wanted]
    if not wrong:
        return ok("durability", "a commit is on the disk when it returns")
    return fail("durability", "; ".join(wrong), "in postgresql.conf: fsync and full_page_writes on; encoding UTF8")


# -- the worker -------------------------------------------------------------------------------------------------------------


def _worker(engine: Engine, now: Instant) -> Finding:
    with read_only(engine) as connection:
        seen = connection.execute(select(Worker).where(Worker.id == 1)).first()
    if seen is None:
        return warn("worker", "none has ever run", "`python -m ingest run`")
    age_s = (now - seen.seen_at) / SECOND
    if now - seen.seen_at > _WORKER_FRESH:
        return warn("worker", f"last seen {age_s:,.0f} s ago", "`python -m ingest run`, and look at why it ended")
    if seen.trouble:
        return warn("worker", f"process {seen.pid}: {seen.trouble}", "see the lines on broker and disk")
    if not seen.subscribed:
        return warn("worker", f"process {seen.pid} runs and is not subscribed", "see the lines on the broker")
    return ok(
        "worker", f"process {seen.pid}, seen {max(age_s, 0):.0f} s ago, subscribed, {seen.waiting} messages waiting"
    )


def _clock_process(engine: Engine, now: Instant) -> Finding:
    with read_only(engine) as connection:
        seen_at = clock_seen_at(connection)
    if seen_at is None:
        return warn("clock process", "none has ever run", "`python -m ingest clock`")
    if now - seen_at > CLOCK_OLD:
        said = f"last seen {(now - seen_at) / SECOND:,.0f} s ago: nothing is summed up, told or escalated"
        return warn("clock process", said, "`python -m ingest clock`, and look at why it ended")
    return ok("clock process", "runs")
