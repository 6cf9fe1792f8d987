"""The database under measurement: a file, or a PostgreSQL server of the bench's own with the durability of production."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pysqlite3

from bench.commits import Commits, FileCommits
from bench.processes import CannotMeasure, free_port, processor_s
from bench.server_commits import ServerCommits
from tests.databases import Server, programs, server

DURABLE = {"shared_buffers": "512MB", "max_wal_size": "4GB", "max_connections": "100"}
"""Everything else as installed: fsync and synchronous_commit are on."""


@dataclass(frozen=True)
class File:
    """SQLite."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def commits(self) -> Commits:
        return FileCommits(self.path)

    def mib(self) -> float:
        return self.path.stat().st_size / 2**20

    def cpu_s(self) -> float:
        """It works inside the worker's own process."""
        return 0.0

    @contextmanager
    def away(self) -> Iterator[None]:
        """Somebody holds the write lock, as a hung backup would."""
        connection = pysqlite3.connect(str(self.path), timeout=60, isolation_level=None)
        connection.execute("begin immediate")
        try:
            yield
        finally:
            connection.execute("rollback")
            connection.close()


@dataclass(frozen=True)
class Served:
    """PostgreSQL."""

    server: Server
    url: str

    def commits(self) -> Commits:
        return ServerCommits(self.url)

    def mib(self) -> float:
        return float(self.server.execute(f"select pg_database_size('{self.url.rpartition('/')[2]}')")[0][0]) / 2**20

    def cpu_s(self) -> float:
        """Of the server and everything that it has started."""
        return processor_s(self.server.pid)

    @contextmanager
    def away(self) -> Iterator[None]:
        """The server is stopped."""
        self.server.stop()
        try:
            yield
        finally:
            self.server.start()


Database = File | Served
KINDS = ("sqlite", "postgresql")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Database]:
    """An empty one; ended and removed afterwards. Raises CannotMeasure where no server is installed."""
    if kind == "sqlite":
        yield File(folder / "eldercare.db")
        return
    if programs() is None:
        raise CannotMeasure("no PostgreSQL 15 or newer is installed: apt-get install postgresql (only the programs)")
    with server(free_port(), DURABLE) as made:
        yield Served(made, made.database())
