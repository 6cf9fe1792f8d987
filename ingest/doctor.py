"""`python -m ingest doctor`: is everything as it must be? One line a check, and what to do; changes nothing."""

import argparse
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pysqlite3

from clock import Clock
from config import Config
from ingest.broker_check import look_at_broker
from ingest.database_check import look_at_database
from ingest.findings import Finding, fail, ok, warn
from models.base import Instant
from models.calendar import CalendarRefused, read_exceptions
from models.civil_day import day_of
from models.database import DatabaseRefused, check_sqlite_version
from models.refusal import KeyRefused
from models.sealing import beside
from models.secret_key import check_mode

LIBRARIES = ("paho-mqtt", "SQLAlchemy", "psycopg", "alembic", "msgspec", "APScheduler", "opening-hours-py")


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
    yield _keys(cfg)
    yield from look_at_database(cfg, now)
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


def _keys(cfg: Config) -> Finding:
    """One that is not there yet is made at first use."""
    seal_key = Path(cfg.database.seal_key_file)
    try:
        for path in (seal_key, Path(cfg.ingest.token_key_file)):
            check_mode(path)
    except KeyRefused as refusal:
        return fail("keys", str(refusal), "as it says")
    left = [path for path in beside(seal_key) if path.exists()]
    if left:
        said = f"{left[0]} lies beside the key that took its place, or is to"
        return warn("keys", said, "`python -m dashboard rekey` finishes it; then put the old one away with old backups")
    return ok("keys", f"{seal_key} and {cfg.ingest.token_key_file}, for their owner alone")


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
