"""What the screens ask of the database, query by query: a district and thousands of sites, few events and many."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import Connection

from bench.asked import ASKED, Asked, Watching
from bench.databases import Database, database
from bench.lived import live_through
from bench.platform import registry_file
from bench.processes import run
from bench.report import Row, most
from bench.sizes import Sizes
from bench.statements import Ledger, Statement, listened_to
from models.database import engine_for, read_only

LIMIT_MS = 15.0
"""Of each query, which is one statement until its last row is here. What a page makes of its rows is told beside it."""


def screens(sizes: Sizes) -> list[Row]:
    """Of each number of sites with the few events, and of the district with the many as well."""
    rows = []
    for sites in sizes.both:
        many = sizes.screen_present if sites == sizes.district else 0
        for events in dict.fromkeys((sizes.screen_events, many or sizes.screen_events)):
            with _district(sizes, sites, events) as (its_database, watching):
                rows += list(_timed(its_database, watching, sizes.asks, f"{sites:,} sites, {events / 1e6:g} M events"))
    return rows


@contextmanager
def _district(sizes: Sizes, sites: int, events: int) -> Iterator[tuple[Database, Watching]]:
    with (
        tempfile.TemporaryDirectory(prefix="eldercare-bench-", dir=os.environ.get("BENCH_FOLDER")) as folder,
        database(sizes.database, Path(folder)) as its_database,
    ):
        given = {"ELDERCARE_DATABASE_URL": its_database.url}
        run(Path(folder), given, "ingest", "migrate")
        run(Path(folder), given, "ingest", "places", "load", str(registry_file(Path(folder), sites)))
        yield its_database, Watching(live_through(its_database, sites, events, time.time_ns() // 1000))


def _timed(its_database: Database, watching: Watching, times: int, where: str) -> Iterator[Row]:
    engine = engine_for(its_database.url)
    ledger = listened_to(engine)
    with read_only(engine) as connection:
        watching.look(connection)
    for asked in ASKED:
        with read_only(engine) as connection:
            asked.ask(connection, watching)
            looks = [_look(connection, asked, watching, ledger) for _ in range(times)]
        yield from _rows(f"{where}: {asked.what}", asked, looks)
    engine.dispose()


@dataclass(frozen=True)
class _Look:
    """One time of asking; all in ms of processor time."""

    whole: float
    statements: list[Statement]

    @property
    def of_the_database(self) -> float:
        return sum(one.ms for one in self.statements)

    @property
    def longest(self) -> Statement:
        return max(self.statements, key=lambda one: one.ms, default=Statement("", 0.0, 0.0))


def _look(connection: Connection, asked: Asked, watching: Watching, ledger: Ledger) -> _Look:
    ledger.emptied()
    began = time.thread_time()
    asked.ask(connection, watching)
    own_ms = (time.thread_time() - began) * 1000
    statements = ledger.emptied()
    return _Look(own_ms + sum(one.server_ms for one in statements), statements)


def _rows(what: str, asked: Asked, looks: list[_Look]) -> Iterator[Row]:
    when = f"each {asked.when}" if asked.when[0].isdigit() else asked.when
    yield Row(what, "ms", tuple(one.longest.ms for one in looks), most(LIMIT_MS), f"the longest: {_tables(looks)}")
    of_it = median(one.of_the_database for one in looks)
    note = f"{when}; of it the database {of_it:.1f}, statements {len(looks[0].statements)}"
    yield Row("  the whole look", "ms", tuple(one.whole for one in looks), None, note)


def _tables(looks: list[_Look]) -> str:
    return sorted(looks, key=lambda one: one.longest.ms)[len(looks) // 2].longest.tables
