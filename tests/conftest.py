"""What many tests stand on: an empty, migrated database of their own, and its committed rows.

Whatever asks for `database` runs on SQLite and on PostgreSQL; `@pytest.mark.engines("sqlite")` holds it to one, and a
parametrize that names `database_engine` chooses for itself.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.databases import ENGINES, FileDatabase, Server, ServerDatabase, emptied, migrated, server, shape
from tests.running import STARTED, free_port
from tests.scheduling import OneBrowser, SaidAtOnce

ON_ONE_ENGINE = frozenset(
    f"test_{name}.py"
    for name in (
        "access", "accounts", "calm", "clock_jump", "compared", "configuration", "forms", "gate", "hardening",
        "letters", "live_files", "lockout", "matrix", "needs", "paper", "places", "provider", "public", "questions",
        "rates", "recipients", "registry", "sign_in", "wall_says", "walls", "wire",
    )
)  # fmt: skip
"""Files about doors, forms and commands, whose statements others run on both engines; BOTH_ENGINES=true runs them on both."""


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SaidAtOnce(config), "said-at-once")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("BOTH_ENGINES") == "true":
        return
    kept: list[pytest.Item] = []
    spared: list[pytest.Item] = []
    for item in items:
        is_spared = item.path.name in ON_ONE_ENGINE and "postgresql" in item.name.partition("[")[2]
        (spared if is_spared else kept).append(item)
    config.hook.pytest_deselected(items=spared)
    items[:] = kept


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneBrowser | None:
    return OneBrowser(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = any("database_engine" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))
    if "database_engine" in metafunc.fixturenames and not chosen:
        marker = metafunc.definition.get_closest_marker("engines")
        metafunc.parametrize("database_engine", marker.args if marker else ENGINES)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server of this session; a test that stops or kills one starts its own."""
    with server(free_port()) as made:
        yield made


@pytest.fixture(scope="session")
def migrated_on_server(postgresql: Server) -> tuple[str, str]:
    """(URL, shape) of the database that tests take turns with."""
    url = migrated(postgresql.database())
    return url, shape(url)


@pytest.fixture
def server_database(migrated_on_server: tuple[str, str]) -> Iterator[ServerDatabase]:
    """A migrated, empty database of the server, whatever a test leaves behind."""
    url, before = migrated_on_server
    yield ServerDatabase(url)
    emptied(url)
    if shape(url) != before:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("drop schema public cascade; create schema public")
        migrated(url)


@pytest.fixture
def database(
    request: pytest.FixtureRequest, database_engine: str, template: Path, tmp_path: Path
) -> FileDatabase | ServerDatabase:
    """A migrated, empty database of this test's own; `.url` opens it."""
    if database_engine == "sqlite":
        return FileDatabase(shutil.copy(template, tmp_path / "eldercare.db"))
    return request.getfixturevalue("server_database")


@pytest.fixture
def read(database: FileDatabase | ServerDatabase) -> Callable[[str], list[tuple]]:
    """Reads committed rows with a connection of its own."""
    return reader(database.url)


def reader(url: str) -> Callable[[str], list[tuple]]:
    def rows(sql: str) -> list[tuple]:
        if url.startswith("postgresql"):
            with psycopg.connect(url, autocommit=True) as server:
                return server.execute(sql).fetchall()
        connection = sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    return rows


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """Programs that this test started and did not end, because it failed before it could; one started again is not its own."""
    before = len(STARTED)
    yield
    mine = [program for program in STARTED[before:] if program not in STARTED[:before]]
    for program in mine:
        program.end()
    del STARTED[before:]
