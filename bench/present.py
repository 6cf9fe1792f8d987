"""Rows that are there already: written past the intake, as old as they would be."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import psycopg
import pysqlite3

from bench.databases import Database, File
from models.database import engine_for, transaction
from models.event import SLOT_US
from models.event_days import make_day, missing_days

_DAY_US = 86_400_000_000
_OVER_US = 3 * _DAY_US
_AT_ONCE = 50_000
_EVENTS_AT_ONCE = 2_000_000
_COLUMNS = "key, site_id, digest, form, kind, at, received_at, slot, area_id, boot, seq, a, b, flags"
# Made by the database itself, in the order of their keys: fifty million rows that came through Python would take an hour.
# A site's first area has its number, the second that and the number of sites; they take turns.
_IN_A_FILE = (
    "with recursive row(n) as (select :first union all select n + 1 from row where n + 1 < :until),"
    " event_at(n, at) as (select n, :since + n * :step from row)"
    f" insert into event ({_COLUMNS})"
    " select unhex(printf('%012x%020x', at / 1000, n)), n % :sites + 1, n, 1, 2, at, at, at / :slot,"
    " n % :sites + 1 + n / :sites % 2 * :sites, 'r000', n / :sites + 1, 2, 1, 0 from event_at"
)
_AT_A_SERVER = (
    f"insert into event ({_COLUMNS})"
    " select decode(lpad(to_hex(at / 1000), 12, '0') || lpad(to_hex(n), 20, '0'), 'hex'), n %% %(sites)s + 1, n, 1, 2,"
    " at, at, at / %(slot)s, n %% %(sites)s + 1 + n / %(sites)s %% 2 * %(sites)s, 'r000', n / %(sites)s + 1, 2, 1, 0"
    " from (select n, %(since)s + n * %(step)s as at from generate_series(%(first)s::bigint, %(until)s::bigint - 1) n) made"
)


def fill(database: Database, rows: int, sites: int, now: int, over_us: int = _OVER_US) -> None:
    """Write so many flows of the last three days, or of another time, the oldest first, each site in turn."""
    _make_days(database, now, over_us)
    step = over_us // rows
    said = {"since": now - 60_000_000 - rows * step, "step": step, "sites": sites, "slot": SLOT_US}
    parts = [said | {"first": n, "until": min(n + _EVENTS_AT_ONCE, rows)} for n in range(0, rows, _EVENTS_AT_ONCE)]
    if isinstance(database, File):
        with _hurried(database) as connection:
            for part in parts:
                connection.execute(_IN_A_FILE, part)
        return
    with psycopg.connect(database.url, autocommit=True) as served, served.cursor() as cursor:
        for part in parts:
            cursor.execute(_AT_A_SERVER, part)
        cursor.execute("vacuum (analyze) event")


def _make_days(database: Database, now: int, over_us: int) -> None:
    """A running platform has its days beforehand: ten million rows are not moved between two batches."""
    engine = engine_for(database.url)
    with transaction(engine) as connection:
        for day in missing_days(connection, now, over_us // _DAY_US + 2):
            make_day(connection, day)
    engine.dispose()


def put(database: Database, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Into a table, as fast as the database takes them."""
    if isinstance(database, File):
        _into_file(database, table, columns, iter(rows))
        return
    with psycopg.connect(database.url) as connection, connection.cursor() as cursor:
        with cursor.copy(f"copy {table} ({columns}) from stdin") as target:
            for row in rows:
                target.write_row(row)
        cursor.execute(f"analyze {table}")


def _into_file(database: File, table: str, columns: str, rows: Iterator[tuple[object, ...]]) -> None:
    wanted = ", ".join("?" * len(columns.split(", ")))
    with _hurried(database) as connection:
        while piece := list(islice(rows, _AT_ONCE)):
            connection.execute("begin")
            connection.executemany(f"insert into {table} ({columns}) values ({wanted})", piece)
            connection.execute("commit")


@contextmanager
def _hurried(database: File) -> Iterator[Any]:
    """Nobody else is there yet, and what a fall of the machine would spoil is made again: no journal, no waiting for the
    disk. Whoever opens the file next has its journal and its patience back."""
    connection = pysqlite3.connect(str(database.path), isolation_level=None)
    for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -400000"):
        connection.execute(f"pragma {pragma}").fetchall()
    try:
        yield connection
    finally:
        connection.execute("pragma journal_mode = wal").fetchall()
        connection.close()
