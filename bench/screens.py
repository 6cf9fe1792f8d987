"""What the screens ask of the database, query by query: a district and thousands of sites, few events and many."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from bench.asked import ASKED, Asked, Watching
from bench.databases import Database, Served, database
from bench.lived import live_through
from bench.platform import registry_file
from bench.processes import run
from bench.report import Row, most
from bench.sizes import Sizes
from models.database import engine_for, read_only

LIMIT_MS = 15.0


def screens(sizes: Sizes) -> list[Row]:
    """Of each number of sites first with the few events, then with the many."""
    rows = []
    for sites in sizes.both:
        for events in dict.fromkeys((sizes.screen_events, sizes.screen_present or sizes.screen_events)):
            with _district(sizes, sites, events) as (its_database, watching):
                rows += list(_timed(its_database, watching, sizes.asks, f"{sites:,} sites, {events / 1e6:g} M events"))
    return rows


@contextmanager
def _district(sizes: Sizes, sites: int, events: int) -> Iterator[tuple[Database, Watching]]:
    with (
        tempfile.TemporaryDirectory(prefix="eldercare-bench-") as folder,
        database(sizes.database, Path(folder)) as its_database,
    ):
        given = {"ELDERCARE_DATABASE_URL": its_database.url}
        run(Path(folder), given, "ingest", "migrate")
        run(Path(folder), given, "ingest", "places", "load", str(registry_file(Path(folder), sites)))
        yield its_database, Watching(live_through(its_database, sites, events, time.time_ns() // 1000))


def _timed(its_database: Database, watching: Watching, times: int, where: str) -> Iterator[Row]:
    engine = engine_for(its_database.url)
    with read_only(engine) as connection:
        watching.look(connection)
    for asked in ASKED:
        with read_only(engine) as connection:
            asked.ask(connection, watching)
            spent, server_ms = _asked(its_database, connection, asked, watching, times)
        note = f"each {asked.when}" if asked.when[0].isdigit() else asked.when
        if isinstance(its_database, Served):
            note += f"; of it the server {server_ms:.1f}"
        yield Row(f"{where}: {asked.what}", "ms", spent, most(LIMIT_MS), note)
    engine.dispose()


def _asked(
    its_database: Database, connection: Connection, asked: Asked, watching: Watching, times: int
) -> tuple[tuple[float, ...], float]:
    """Processor time of each time, a server's share of all of them spread evenly: it is told in hundredths of seconds."""
    server_s, own = its_database.cpu_s(), []
    for _ in range(times):
        began = time.process_time()
        asked.ask(connection, watching)
        own.append((time.process_time() - began) * 1000)
    server_ms = (its_database.cpu_s() - server_s) * 1000 / times
    return tuple(one + server_ms for one in own), server_ms
