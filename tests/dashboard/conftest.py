"""The town that all look at, and towns of a test's own for those who change something; each on either engine."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.browser.chromium import chromium_path
from tests.browser.lived import live
from tests.browser.seeded import SeededDistrict
from tests.dashboard.town import Town, copy_of, seed
from tests.databases import ENGINES, Copies, Server, ServerDatabase


class Seeded:
    """The seeded town on each engine, made when it is first asked for, and copies of it."""

    def __init__(self, request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> None:
        self._request, self._folders = request, folders
        self._made: dict[str, Path | ServerDatabase] = {}
        self._copies: Copies | None = None

    def template(self, engine: str) -> Path | ServerDatabase:
        if engine not in self._made:
            folder = self._folders.mktemp("town")
            made = folder / "seed.db" if engine == "sqlite" else ServerDatabase(self.server.database())
            seed(made)
            self._made[engine] = made
        return self._made[engine]

    def __fspath__(self) -> str:
        """Of the file: `copy_of` copies it where a test has a reason to stay with one engine."""
        return str(self.template("sqlite"))

    @property
    def server(self) -> Server:
        return self._request.getfixturevalue("postgresql")

    @contextmanager
    def copied(self, engine: str, template: Path | ServerDatabase | None = None) -> Iterator[Path | ServerDatabase]:
        """A copy of the town, or of a database that began as one; on the server it is dropped afterwards."""
        if engine == "sqlite":
            yield copy_of(template or self.template(engine), self._folders.mktemp("own"))
        elif template:
            url = self.server.copy(template.url)
            yield ServerDatabase(url)
            self.server.drop(url)
        else:
            self._copies = self._copies or Copies(self.server, self.template(engine).url)
            url = self._copies.lend()
            yield ServerDatabase(url)
            self._copies.take_back(url)

    @contextmanager
    def town(self, engine: str, template: Path | ServerDatabase | None = None, **environ: str) -> Iterator[Town]:
        """Nobody has looked at it yet; named settings are environment variables."""
        with self.copied(engine, template) as database:
            made = Town(database, environ=environ)
            yield made
            made.engine.dispose()


@pytest.fixture(scope="session")
def seeded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    return Seeded(request, tmp_path_factory)


@pytest.fixture(scope="session", params=ENGINES)
def town(request: pytest.FixtureRequest, seeded: Seeded) -> Iterator[Town]:
    """For looking only."""
    with seeded.town(request.param) as town:
        town.look()
        yield town


@pytest.fixture
def own_town(seeded: Seeded, database_engine: str) -> Iterator[Callable[..., Town]]:
    """Makes a town that the test may change; named settings are environment variables."""
    with ExitStack() as towns:

        def make(**environ: str) -> Town:
            made = towns.enter_context(seeded.town(database_engine, **environ))
            made.look()
            return made

        yield make


@pytest.fixture(scope="module", params=ENGINES)
def file_town(request: pytest.FixtureRequest, seeded: Seeded) -> Iterator[Town]:
    """One for all tests of a file, which change it."""
    with seeded.town(request.param) as town:
        yield town


@pytest.fixture(scope="session", params=ENGINES)
def lived_in(request: pytest.FixtureRequest, seeded: Seeded) -> Iterator[tuple[str, Path | ServerDatabase]]:
    """(engine, a database to copy) in which a street centre has lived through some Sundays."""
    with seeded.copied(request.param) as database:
        district = SeededDistrict(database)
        live(district)
        district.engine.dispose()
        yield request.param, database


@pytest.fixture
def cheap_secrets(tmp_path: Path) -> dict[str, str]:
    """Settings of a town in which passwords cost little and the key that seals lies apart."""
    return {
        "ELDERCARE_ACCOUNTS_ARGON2_MEMORY_MIB": "1",
        "ELDERCARE_ACCOUNTS_ARGON2_PASSES": "1",
        "ELDERCARE_DATABASE_SEAL_KEY_FILE": str(tmp_path / "seal.key"),
    }


@pytest.fixture
def printer() -> None:
    """For a test that prints."""
    if chromium_path() is None:
        reason = "no Chromium: install the package chromium, or say where it is in CHROMIUM"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
