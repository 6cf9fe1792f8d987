"""`python -m ingest doctor`: is everything as it must be? One line a check, and what to do; changes nothing."""

import argparse
import fcntl
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pysqlite3
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from clock import Clock
from config import Config
from ingest.broker_check import look_at_broker
from ingest.findings import Finding, fail, ok, warn
from models.base import SECOND, Instant
from models.calendar import CalendarRefused, read_exceptions
from models.change import Worker
from models.civil_day import day_of
from models.database import (
    DatabaseRefused,
    check_schema,
    check_sqlite_version,
    current_revision,
    engine_for,
    free_bytes,
    read_only,
    sqlite_path,
)

LIBRARIES = ("paho-mqtt", "SQLAlchemy", "alembic", "msgspec", "APScheduler", "opening-hours-py")
_GIB = 1 << 30
_SPACE_WARN, _SPACE_FAIL = 2 * _GIB, _GIB // 5
_WORKER_FRESH: Instant = 15 * SECOND


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none: the configuration says where to look."""


def run(_arguments: argparse.Namespace, cfg: Config) -> int:
    """Print a line a check; 1 if any failed."""
    failed = False
    for finding in examine(cfg, Clock(cfg.clock.offset_s).now()):
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
        failed = failed or finding.level == "fail"
    return int(failed)


def examine(cfg: Config, now: Instant) -> Iterator[Finding]:
    yield _python()
    yield _sqlite()
    yield _libraries()
    yield _clock(cfg)
    yield _calendar(cfg, now)
    yield from _database(cfg, now)
    yield from look_at_broker(cfg.broker)


def _python() -> Finding:
    # An older one than we need does not come so far.
    return ok("python", platform.python_version())


def _sqlite() -> Finding:
    try:
        check_sqlite_version()
    except DatabaseRefused as refusal:
        return fail("sqlite", str(refusal), "`make setup`")
    return ok("sqlite", f"{pysqlite3.sqlite_version} by pysqlite3")


def _libraries() -> Finding:
    try:
        return ok("libraries", ", ".join(f"{name} {version(name)}" for name in LIBRARIES))
    except PackageNotFoundError as missing:
        return fail("libraries", f"{missing.name} is not installed", "`make setup`")


def _clock(cfg: Config) -> Finding:
    if cfg.clock.offset_s == 0:
        return ok("clock", f"the wall clock, civil days of {cfg.time.zone}")
    said = f"shifted by {cfg.clock.offset_s:+.0f} s, as for a simulated district"
    return warn("clock", said, "with real sites set clock.offset_s to 0")


def _calendar(cfg: Config, now: Instant) -> Finding:
    if not cfg.time.days_file:
        return warn("calendar", "no file of holidays: opening hours hold on every day", "set time.days_file")
    try:
        days = read_exceptions(Path(cfg.time.days_file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, CalendarRefused) as error:
        return fail("calendar", f"{cfg.time.days_file}: {error}", "mend the file or set time.days_file")
    year = day_of(now, cfg.time.zone).year
    this_year = sum(day.year == year for day in days)
    if this_year:
        return ok("calendar", f"{this_year} exceptions in {year} ({cfg.time.days_file})")
    return warn(
        "calendar", f"{cfg.time.days_file} has nothing for {year}", "add the year's holidays and make-up workdays"
    )


# -- the database -----------------------------------------------------------------------------------------------------------


def _database(cfg: Config, now: Instant) -> Iterator[Finding]:
    """What cannot be looked at any more is left out."""
    path = sqlite_path(cfg.database.url)
    if not path.exists():
        yield fail("database", f"{path} does not exist", "`python -m ingest migrate`")
        return
    yield _space(cfg)
    yield _lock(path)
    try:
        engine = engine_for(cfg.database.url, cfg.database.busy_timeout_s, cfg.database.cache_mib)
        check_schema(engine)
        yield ok("database", f"{path}, revision {current_revision(engine)}")
        yield _integrity(engine)
        yield _worker(engine, now)
    except DatabaseRefused as refusal:
        yield fail("database", str(refusal), "then ask again")
    except DBAPIError as error:
        yield fail(
            "database", f"{path}: {error.orig}", "see that this user may read and write it; else restore a backup"
        )


def _space(cfg: Config) -> Finding:
    free = free_bytes(cfg.database.url)
    said = f"{free / _GIB:.1f} GiB free beside the database"
    if free < _SPACE_FAIL:
        return fail("disk", said, "free some: the worker stops acknowledging when it is full")
    return warn("disk", said, "free some before it is full") if free < _SPACE_WARN else ok("disk", said)


def _lock(path: Path) -> Finding:
    """A shared lock for a moment: nobody who serves is disturbed."""
    lock = path.with_name(path.name + ".worker.lock")
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
        faults = list(connection.exec_driver_sql("pragma quick_check(5)").scalars())
    if faults == ["ok"]:
        return ok("integrity", "quick_check finds nothing")
    return fail("integrity", "; ".join(faults), "stop everything, keep a copy of the files, restore the last backup")


def _worker(engine: Engine, now: Instant) -> Finding:
    with read_only(engine) as connection:
        seen = _worker_row(connection)
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


def _worker_row(connection: Connection) -> Worker | None:
    row = connection.execute(select(Worker.__table__).where(Worker.id == 1)).mappings().first()
    return Worker(**row) if row else None
