"""Bites of a job side by side: while a database's server works for one of them, this process works for another."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Engine

LANES = 2
"""One waits for the server, one calculates: of more, the others would only wait for this process."""

Bite = TypeVar("Bite")
Made = TypeVar("Made")


def in_lanes(engine: Engine, work: Callable[[Bite], Made], bites: Iterable[Bite]) -> list[Made]:
    """What `work` makes of each, in their order; the first error of any is raised after those that had begun.

    SQLite works inside this process and has one writer, so there they go one after the other.
    """
    if engine.dialect.name == "sqlite":
        return [work(bite) for bite in bites]
    with ThreadPoolExecutor(LANES, "lane") as lanes:
        return list(lanes.map(work, bites))
