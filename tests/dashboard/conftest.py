"""The town that all look at, and towns of a test's own for those who change something."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.dashboard.town import Town, copy_of, seed
from tests.databases import ENGINES, ServerDatabase


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "seed.db"
    seed(path)
    return path


@pytest.fixture(scope="session", params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """For looking only; on either engine."""
    if request.param == "sqlite":
        town = Town(copy_of(request.getfixturevalue("seeded"), tmp_path_factory.mktemp("looked-at")))
    else:
        database = ServerDatabase(request.getfixturevalue("postgresql").database())
        seed(database)
        town = Town(database)
    town.look()
    yield town
    town.engine.dispose()


@pytest.fixture
def own_town(seeded: Path, tmp_path: Path) -> Iterator[Callable[..., Town]]:
    """Makes a town that the test may change; named settings are environment variables."""
    made = []

    def make(**environ: str) -> Town:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Town(copy_of(seeded, folder), environ=environ))
        made[-1].look()
        return made[-1]

    yield make
    for one in made:
        one.engine.dispose()
