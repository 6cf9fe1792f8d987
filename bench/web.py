"""The real web process over a platform, and the two ways in: a person's one-time link, a program's key."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.platform import Platform
from bench.processes import Child, free_port, run, until


@dataclass(frozen=True)
class Web:
    port: int
    child: Child
    platform: Platform

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self) -> str:
        """Signs the bench's officer in once."""
        return run(self.platform.folder, self._environ, "dashboard", "account", "link", "bench").splitlines()[-1]

    def key(self) -> str:
        return run(self.platform.folder, self._environ, "dashboard", "apikey", "add", "bench", "--role", "district")

    @property
    def _environ(self) -> dict[str, str]:
        return self.platform.environ | {"ELDERCARE_WEB_PORT": str(self.port)}


@contextmanager
def web(platform: Platform) -> Iterator[Web]:
    port = free_port()
    run(platform.folder, platform.environ, "dashboard", "account", "add", "bench", "--role", "district")
    child = platform.start("web", "dashboard", "run", ELDERCARE_WEB_PORT=str(port))
    made = Web(port, child, platform)
    until(lambda: _is_healthy(made), 90, "the web process is healthy", every_s=0.2)
    yield made


def _is_healthy(web: Web) -> bool:
    web.child.must_run()
    try:
        with urllib.request.urlopen(f"{web.url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
