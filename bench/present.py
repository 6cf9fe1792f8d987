"""Rows that are there already: written past the intake, as old as they would be."""

from collections.abc import Iterable, Iterator
from itertools import islice

import psycopg
import pysqlite3

from bench.databases import Database, File
from models.database import engine_for, transaction
from models.event import SLOT_US
from models.event_days import make_day, missing_days

_DAY_US = 86_400_000_000
_OVER_US = 3 * _DAY_US
_AT_ONCE = 50_000
_COLUMNS = "key, site_id, digest, form, kind, at, received_at, slot, area_id, boot, seq, a, b, flags"

Row = tuple[bytes, int, int, int, int, int, int, int, int, str, int, int, int, int]


def fill(database: Database, rows: int, sites: int, now: int, over_us: int = _OVER_US) -> None:
    """Write so many flows of the last three days, or of another time, the oldest first, each site in turn."""
    _make_days(database, now, over_us)
    put(database, "event", _COLUMNS, _rows(rows, sites, now, over_us))


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
    connection = pysqlite3.connect(str(database.path), isolation_level=None)
    wanted = ", ".join("?" * len(columns.split(", ")))
    while piece := list(islice(rows, _AT_ONCE)):
        connection.execute("begin immediate")
        connection.executemany(f"insert into {table} ({columns}) values ({wanted})", piece)
        connection.execute("commit")
    connection.close()


def _rows(rows: int, sites: int, now: int, over_us: int) -> Iterator[Row]:
    """An area has its site's number: what matters is that each has its place in the index of slots."""
    for n in range(rows):
        at = now - over_us * (rows - n) // rows - 60_000_000
        key = (at // 1000).to_bytes(6, "big") + n.to_bytes(10, "big")
        site = n % sites + 1
        yield key, site, n, 1, 2, at, at, at // SLOT_US, site, "r000", n // sites + 1, 2, 1, 0
