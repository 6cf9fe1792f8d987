"""What is old goes a bite at a time, each in a transaction of its own, so that no writer waits for long."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, select, tuple_

from ingest.jobs.occasion import Occasion
from models.base import Base
from models.database import read_only, transaction


def bites(occasion: Occasion, due: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """What is due, found without the writers' lock, until nothing is or the process is told to stop.

    Whoever takes a bite sees to it that it is no longer due.
    """
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            bite = [tuple(row) for row in connection.execute(due)]
        if not bite:
            return
        yield bite
        occasion.breathe()


def forget(occasion: Occasion, table: type[Base], which: ColumnElement[bool], most: int) -> int:
    """Delete the rows of a table that `which` chooses, `most` at a time; tells how many were found."""
    gone, key = 0, tuple(table.__table__.primary_key)
    for bite in bites(occasion, select(*key).where(which).limit(most)):
        with transaction(occasion.engine) as connection:
            # Asked again: a resident may have come back since, a name have been entered anew.
            connection.execute(delete(table).where(tuple_(*key).in_(bite), which))
        gone += len(bite)
    return gone


def change(occasion: Occasion, act: Callable[[Connection], int], most: int) -> int:
    """For rows that are held from their reading to their writing, as the worker may be about to change them.

    `act` reads and changes `most` at the most and tells how many; what it tells together is returned.
    """
    done = 0
    while not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            acted = act(connection)
        done += acted
        if acted < most:
            break
        occasion.breathe()
    return done
