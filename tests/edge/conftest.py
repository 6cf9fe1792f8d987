"""A broker of either kind, a platform that acknowledges, and agents that are stopped whatever happens."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

import config
from clock import Clock
from config import Config
from edge.agent import Agent
from tests.edge.platform import Platform
from tests.running import Program, free_port, listening, mosquitto

SITE = "s-001"


@dataclass(frozen=True)
class Standing:
    """A broker that runs."""

    program: Program
    url: str
    port: int
    folder: Path

    def at(self, port: int) -> str:
        """The same broker, seen through another port."""
        return self.url.replace(f":{self.port}", f":{port}")

    def lose_memory(self) -> None:
        """SIGKILL, and nothing of what it knew is left."""
        self.program.kill()
        for path in self.folder.glob("mosquitto.db*"):
            path.unlink()
        self.program.start()
        listening(self.port)


def embedded(folder: Path) -> Iterator[Standing]:
    port = free_port()
    url = f"mqtt://eldercare:secret@127.0.0.1:{port}"
    program = Program([sys.executable, "-m", "edge", "broker"], folder, "broker", ELDERCARE_BROKER_URL=url).start()
    try:
        listening(port)
        yield Standing(program, url, port, folder)
    finally:
        program.end()


def production(folder: Path) -> Iterator[Standing]:
    port = free_port()
    with mosquitto(folder, port) as program:
        yield Standing(program, f"mqtt://127.0.0.1:{port}", port, folder)


@pytest.fixture(params=[embedded, production], ids=["embedded", "mosquitto"])
def either_broker(request, tmp_path) -> Iterator[Standing]:
    yield from request.param(tmp_path)


@pytest.fixture
def broker(tmp_path) -> Iterator[Standing]:
    """The one that everybody has."""
    yield from embedded(tmp_path)


@pytest.fixture
def platform_at() -> Iterator[Callable[..., Platform]]:
    with ExitStack() as closing:

        def begin(url: str, *arguments: object) -> Platform:
            platform = Platform(url, *arguments)
            closing.callback(platform.close)
            return platform

        yield begin


def settings(url: str, **edge: object) -> Config:
    """The configuration as it ships, but impatient."""
    given = {"resend_after_s": 1} | edge
    return config.load(
        environ={"ELDERCARE_BROKER_URL": url}
        | {f"ELDERCARE_EDGE_{name.upper()}": str(value) for name, value in given.items()}
    )


@pytest.fixture
def agent_at(tmp_path) -> Iterator[Callable[..., Agent]]:
    with ExitStack() as closing:

        def begin(url: str, sites: tuple[str, ...] = (SITE,), outbox: str = "outbox.db", **edge: object) -> Agent:
            agent = Agent(settings(url, **edge), tmp_path / outbox, Clock(), list(sites))
            closing.callback(agent.stop, 2.0)
            return agent

        yield begin
