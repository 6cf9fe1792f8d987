"""What many tests stand on: an empty, migrated database of their own, and its committed rows."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from models.database import engine_for, migrate


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    engine = engine_for(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def database(template: Path, tmp_path: Path) -> Path:
    """A migrated, empty database of this test's own."""
    return Path(shutil.copy(template, tmp_path / "eldercare.db"))


@pytest.fixture
def read(database: Path) -> Callable[[str], list[tuple]]:
    """Reads committed rows with a connection of its own."""

    def rows(sql: str) -> list[tuple]:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    return rows
