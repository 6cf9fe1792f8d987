"""Rows that are there already: millions of events of the days before, written past the intake, as old as they would be."""

import time
from collections.abc import Iterator
from itertools import islice

import psycopg
import pysqlite3

from bench.databases import Database, File
from models.event import SLOT_US

_OVER_S = 3 * 86_400
_AT_ONCE = 50_000
_COLUMNS = "key, site_id, digest, form, kind, at, received_at, slot, area_id, boot, seq, a, b, flags"

Row = tuple[bytes, int, int, int, int, int, int, int, int, str, int, int, int, int]


def fill(database: Database, rows: int, sites: int) -> None:
    """Write so many flows of the last three days, the oldest first, each site in turn."""
    now = time.time_ns() // 1000
    if isinstance(database, File):
        _fill_file(database, _rows(rows, sites, now))
    else:
        with psycopg.connect(database.url) as connection, connection.cursor() as cursor:
            with cursor.copy(f"copy event ({_COLUMNS}) from stdin") as target:
                for row in _rows(rows, sites, now):
                    target.write_row(row)
            cursor.execute("analyze event")


def _fill_file(database: File, rows: Iterator[Row]) -> None:
    connection = pysqlite3.connect(str(database.path), isolation_level=None)
    wanted = ", ".join("?" * len(_COLUMNS.split(", ")))
    while piece := list(islice(rows, _AT_ONCE)):
        connection.execute("begin immediate")
        connection.executemany(f"insert into event ({_COLUMNS}) values ({wanted})", piece)
        connection.execute("commit")
    connection.close()


def _rows(rows: int, sites: int, now: int) -> Iterator[Row]:
    """An area has its site's number: what matters is that each has its place in the index of slots."""
    for n in range(rows):
        at = now - _OVER_S * 1_000_000 * (rows - n) // rows - 60_000_000
        key = (at // 1000).to_bytes(6, "big") + n.to_bytes(10, "big")
        site = n % sites + 1
        yield key, site, n, 1, 2, at, at, at // SLOT_US, site, "r000", n // sites + 1, 2, 1, 0
