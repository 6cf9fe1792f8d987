"""`python -m ingest backup FOLDER`: one file with the whole database as of one moment, checked, while everything runs."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from clock import Clock
from config import Config
from contract import format_instant
from ingest.database_check import faults_of
from ingest.postgresql_programs import run_program
from ingest.progress import mib, told
from models.database import DatabaseRefused, check_schema, engine_for, is_sqlite, read_only, sqlite_path
from models.erasing import erased_file

PAGES_A_BITE = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the file is put; made if need be")


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    began_s = time.monotonic()
    made = back_up(cfg, arguments.folder, Clock().now())
    size = f"{made.stat().st_size / 1_048_576:,.1f} MiB"
    sys.stdout.write(f"{made}: {size} in {time.monotonic() - began_s:.1f} s, whole\n")
    sys.stdout.write(f"keep {cfg.ingest.token_key_file} as well: without it the same people get other tokens\n")
    sys.stdout.write(f"keep {cfg.database.seal_key_file} too, elsewhere: without it nothing sealed can be opened\n")
    sys.stdout.write(
        f"and {erased_file(cfg.database.seal_key_file)} beside it: by it whoever was erased since goes again\n"
    )
    return 0


def back_up(cfg: Config, folder: Path, now: int) -> Path:
    """The file made; it bears its name only once it is whole. Raises DatabaseRefused."""
    _check(cfg)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    moment = format_instant(now).replace("-", "").replace(":", "").replace(".", "")
    copy, ending = (_copy_file, "db") if is_sqlite(cfg.database.url) else (_dump, "dump")
    made = folder / f"eldercare-{moment}.{ending}"
    draft = made.with_name(made.name + ".part")
    draft.touch(mode=0o600)
    try:
        copy(cfg.database.url, draft)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    draft.replace(made)
    return made


def _check(cfg: Config) -> None:
    if is_sqlite(cfg.database.url) and not sqlite_path(cfg.database.url).exists():
        raise DatabaseRefused(f"{sqlite_path(cfg.database.url)} does not exist: there is nothing to back up")
    engine = engine_for(cfg.database.url, cfg.database.busy_timeout_s)
    check_schema(engine)
    engine.dispose()


def _copy_file(url: str, draft: Path) -> None:
    """Pages by bites in one read transaction: writers go on, and what they write meanwhile is not in the copy."""
    source, target = engine_for(url), engine_for(f"sqlite:///{draft}")
    done = [0, 0]

    def copied(_status: int, left: int, pages: int) -> None:
        done[:] = [pages - left, pages]

    with read_only(source) as theirs, target.connect() as ours:
        # The moment of the copy: without a transaction of its own every write of others would begin it anew.
        theirs.exec_driver_sql("select count(*) from sqlite_master").all()
        with told("copying", lambda: f"{done[0]:,} of {done[1]:,} pages"):
            _raw(theirs).backup(_raw(ours), pages=PAGES_A_BITE, progress=copied)
        with told("checking that it is whole"):
            found = faults_of(ours)
        if found:
            raise DatabaseRefused(
                f"the copy is not whole: {found}; run `python -m ingest doctor`, keep the last backup"
            )
        # One file without a journal beside it.
        ours.exec_driver_sql("pragma journal_mode = delete").all()
    source.dispose()
    target.dispose()


def _raw(connection: Any) -> Any:
    return connection.connection.driver_connection


def _dump(url: str, draft: Path) -> None:
    """One snapshot, as pg_dump takes it."""
    with told("dumping", lambda: mib(draft.stat().st_size)):
        run_program("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={draft}"])
    with told("checking that it can be read"):
        run_program("pg_restore", None, ["--list", str(draft)])
