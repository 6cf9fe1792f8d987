"""`python -m ingest restore FILE`: a backup becomes the configured database; what stands there is moved aside, never lost."""

import argparse
import shutil
import sys
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from clock import real_now
from config import Config
from ingest.database_check import faults_of
from ingest.lock import only_worker
from ingest.postgresql_programs import run_program
from ingest.progress import mib, told
from models.database import DatabaseRefused, check_schema, engine_for, is_sqlite, read_only, sqlite_path
from models.erasing import erase_again

_BESIDE = ("", "-wal", "-shm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what `backup` has made")


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    for line in restore(cfg, arguments.file):
        sys.stdout.write(f"{line}\n")
    return 0


def restore(cfg: Config, file: Path) -> list[str]:
    """What was done, in sentences. Raises DatabaseRefused, AnotherWorker while one serves this database."""
    if not file.is_file():
        raise DatabaseRefused(f"{file} is no file: give one that `python -m ingest backup` has made")
    with only_worker(cfg.database.url, 0):
        said = _put_file(cfg.database.url, file) if is_sqlite(cfg.database.url) else _fill(cfg.database.url, file)
    engine = engine_for(cfg.database.url)
    try:
        check_schema(engine)
        if count := erase_again(engine, cfg.database.seal_key_file, real_now()):
            said.append(f"{count} who had been erased since were erased again")
    except DatabaseRefused as older:
        said.append(str(older))
    engine.dispose()
    return [*said, "start worker, clock and web; what outboxes at the sites still hold comes again by itself"]


def _put_file(url: str, file: Path) -> list[str]:
    """Checked as a copy beside its place, before anything is moved."""
    place = sqlite_path(url)
    draft = place.with_name(place.name + ".restoring")
    with told("copying", lambda: f"{mib(draft.stat().st_size)} of {mib(file.stat().st_size)}"):
        shutil.copyfile(file, draft)
    draft.chmod(0o600)
    with told("checking that it is whole"):
        found = _faults_of_file(draft)
    if found:
        for ending in _BESIDE:
            draft.with_name(draft.name + ending).unlink(missing_ok=True)
        raise DatabaseRefused(f"{file} is not whole: {found}; take an older backup")
    said = _move_aside(place)
    draft.replace(place)
    return [*said, f"{place} is {file} now, whole"]


def _faults_of_file(draft: Path) -> str:
    """Some torn pages are only counted, with others it cannot even be opened."""
    engine = engine_for(f"sqlite:///{draft}")
    try:
        with engine.connect() as connection:
            found = faults_of(connection)
            if not found:
                # One file, without a journal beside it that would have to come along.
                connection.exec_driver_sql("pragma journal_mode = delete").all()
            return found
    except DatabaseError as error:
        return str(error.orig)
    finally:
        engine.dispose()


def _move_aside(place: Path) -> list[str]:
    """With its journal: without it the old file would lack its last commits."""
    if not place.exists():
        return []
    number = next(n for n in range(1, 10_000) if not place.with_name(f"{place.name}.before-{n}").exists())
    aside = place.with_name(f"{place.name}.before-{number}")
    for ending in _BESIDE:
        part = place.with_name(place.name + ending)
        if part.exists():
            part.replace(aside.with_name(aside.name + ending))
    return [f"what was there is {aside} now: delete it when you do not need it any more"]


def _fill(url: str, file: Path) -> list[str]:
    """All or nothing, into an empty database."""
    engine = engine_for(url)
    with read_only(engine) as connection:
        tables = connection.exec_driver_sql("select count(*) from pg_tables where schemaname = 'public'").scalar_one()
    engine.dispose()
    if tables:
        raise DatabaseRefused(
            "the database is not empty: restore into a new one (`create database … template template0 encoding 'UTF8'`)"
            " and set database.url to it; the old one stays as it is"
        )
    with told("restoring", lambda: f"a backup of {mib(file.stat().st_size)}"):
        run_program(
            "pg_restore", url, ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(file)]
        )
    return [f"{file} is in the database now"]
