"""One worker per database: a lock that falls with its process, however that ends.

Beside an SQLite file it is the operating system's; on PostgreSQL an advisory lock of a connection of its own. That one
also falls with the connection, so the worker asks again and again whether it still holds it.
"""

import fcntl
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from models.database import is_sqlite, sqlite_path
from models.postgresql import holder_of_guard, open_server

_TAKE = "select pg_try_advisory_lock(1701602405, 2)"
_PING = "select 1"
NAMED = "eldercare worker "
_ANSWER_TIMEOUT_S = 5.0
"""Nothing here takes a server that lives longer than a moment."""


class AnotherWorker(Exception):
    """Somebody else holds the lock; the message says who."""


class Guard(Protocol):
    def keep(self) -> None:
        """Called each second. Raises AnotherWorker when somebody else holds it, the driver's error while nobody answers."""


@contextmanager
def only_worker(url: str, wait_s: float) -> Iterator[Guard]:
    """Hold the database's lock.

    Raises AnotherWorker when it is still held after `wait_s` seconds.
    """
    with _by_file(sqlite_path(url), wait_s) if is_sqlite(url) else _by_server(url, wait_s) as guard:
        yield guard


def _wait(take: Callable[[], bool], holder: Callable[[], object], wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while not take():
        if time.monotonic() >= until:
            raise AnotherWorker(
                f"another worker (process {holder() or 'unknown'}) already serves this database; "
                "one is enough: stop it first"
            )
        time.sleep(0.1)


# -- SQLite -----------------------------------------------------------------------------------------------------------------


class FileGuard:
    """Nothing takes the operating system's lock away from a living process."""

    def keep(self) -> None:
        return


UNASKED = FileGuard()


def lock_file(database: Path) -> Path:
    return database.with_name(database.name + ".worker.lock")


@contextmanager
def _by_file(database: Path, wait_s: float) -> Iterator[Guard]:
    path = lock_file(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        _wait(lambda: _take_file(file.fileno()), lambda: path.read_text(encoding="ascii").strip(), wait_s)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield FileGuard()


def _take_file(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# -- PostgreSQL -------------------------------------------------------------------------------------------------------------


class ServerGuard:
    """An advisory lock of a connection that does nothing else and bears this process's number."""

    def __init__(self, url: str, wait_s: float) -> None:
        # Among machines and containers a process number alone is no name.
        name = f"{NAMED}{os.getpid()} on {platform.node()[:30]}"
        self._engine = open_server(url, wait_s, _ANSWER_TIMEOUT_S, name)
        self._wait_s = wait_s
        self._connection: Connection | None = None
        self._backend: int | None = None

    def keep(self) -> None:
        """A lost lock is taken again; our own lost connection may hold it until the server notices that it is gone."""
        if self._connection is None:
            self._take()
            return
        try:
            self._connection.exec_driver_sql(_PING)
        except DBAPIError:
            self.close()
            raise

    def _take(self) -> None:
        connection = self._engine.connect()
        try:
            _wait(
                lambda: bool(connection.exec_driver_sql(_TAKE).scalar_one()),
                lambda: self._other_holder(connection),
                self._wait_s,
            )
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        raw: Any = connection.connection.driver_connection
        self._backend = raw.info.backend_pid

    def _other_holder(self, connection: Connection) -> str | None:
        """Raises OperationalError, which passes, when it is ourselves by a connection that we have lost."""
        holder = holder_of_guard(connection)
        if holder and holder.backend == self._backend:
            raise psycopg.OperationalError("the server has not noticed yet that our last connection is gone")
        return holder and holder.name.removeprefix(NAMED)

    def close(self) -> None:
        """Leave no connection in the pool: the lock would stay with it."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
        self._connection = None
        self._engine.dispose()


@contextmanager
def _by_server(url: str, wait_s: float) -> Iterator[Guard]:
    guard = ServerGuard(url, wait_s)
    try:
        guard.keep()
        yield guard
    finally:
        guard.close()
