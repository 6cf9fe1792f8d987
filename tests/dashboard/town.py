"""A small town behind the real gate, in this process: a seeded database, people of every role, and a worker when needed."""

import asyncio
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

import config
from clock import real_now
from contract import format_instant
from dashboard.access import add_account, add_key, make_link
from dashboard.live import Feed
from dashboard.web import create_web
from ingest.inbox import answer, waiting
from ingest.intake import Batch
from ingest.reading import Message, read
from ingest.registry import Registry
from ingest.store.choice import store_for
from models.database import engine_for, read_only, transaction
from tests.browser.seeded import NOON, Nowhere, SeededDistrict
from tests.databases import ServerDatabase, url_of

STREET, OTHER_STREET = "440309002", "440309003"
SITE, SAME_STREET, ELSEWHERE = "d-002", "d-008", "d-003"
COMMUNITY = "c-01"
SCOPES = {"street": STREET, "community": COMMUNITY, "site": SITE, "provider": SITE}
ROLES = ("admin", "district", "street", "community", "site", "provider", "auditor", "ops", "wall")
LOOPBACK = ("127.0.0.1", 50_000)


@dataclass
class Clock:
    """Stands still until a test moves it."""

    at: int = NOON

    slipped: int = 0
    """By how much it was set since; otherwise a stopwatch agrees with it."""

    def now(self) -> int:
        return self.at

    def stopwatch_s(self) -> float:
        return (self.at - self.slipped) / 1e6


def seed(path: Path | ServerDatabase) -> None:
    """24 sites on six streets at 11:36 of a Monday, one of them silent, one late, one closed, one never heard."""
    district = SeededDistrict(path)
    district.register()
    with transaction(district.engine) as connection:
        store = store_for(connection)
        store.write(
            "insert into community (code, street, name_zh, name_en) values (?, ?, '', '')", [(COMMUNITY, STREET)]
        )
        store.write("update site set community = ? where code in (?, ?)", [(COMMUNITY, SITE, "d-014")])
        store.write("update site set lat = 22.6 + id * 0.01, lon = 114.0, phone = '0755-00000000'", [()])
        store.write(
            "insert into worker (id, pid, started_at, seen_at, subscribed, connected, waiting, lag_p95_ms)"
            " values (1, 1, ?, ?, 1, 1, 0, 12)",
            [(NOON, NOON)],
        )
    district.day_so_far()
    district.engine.dispose()


@dataclass
class Town:
    """The web over a database of its own, and what the worker would do to that database."""

    path: Path | ServerDatabase
    clock: Clock = field(default_factory=Clock)
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = engine_for(url_of(self.path), busy_timeout_s=2.0)
        self.cfg = config.load(environ={"ELDERCARE_DATABASE_SEAL_KEY_FILE": str(self._seal_key())} | self.environ)
        self.keys: dict[str, str] = {}
        self.registry = Registry()
        self.count = 0
        self.gate = create_web(self.cfg, self.engine, self.clock)  # type: ignore[arg-type]

    def _seal_key(self) -> Path:
        """Beside the file; of a server's database in a folder that is gone with this process."""
        if isinstance(self.path, Path):
            return self.path.parent / "seal.key"
        self._folder = tempfile.TemporaryDirectory()
        return Path(self._folder.name) / "seal.key"

    # -- who asks -------------------------------------------------------------------------------------------------------

    def key(self, role: str, scope: str | None = None) -> str:
        """A key of this role, made once; its scope is the cast's own unless the test says another."""
        name = f"{role} {scope}"
        if name not in self.keys:
            scope_ = SCOPES.get(role, "") if scope is None else scope
            self.keys[name] = add_key(self.engine, name, role, scope_, real_now())
        return self.keys[name]

    def bearer(self, role: str, scope: str | None = None) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key(role, scope)}"}

    def client(self, base_url: str = "http://127.0.0.1", client: tuple[str, int] = LOOPBACK) -> "Caller":
        """Somebody, on this machine unless the test says another, without anything in her hands."""
        return Caller(self.gate, base_url, client)

    def person(self, role: str = "district", scope: str | None = None) -> "Caller":
        """Somebody who came in by a one-time link."""
        name = f"{role}-{real_now()}"
        add_account(self.engine, name, role, SCOPES.get(role, "") if scope is None else scope, real_now())
        token = make_link(self.engine, name, real_now(), 15)
        client = self.client()
        assert client.post(f"/enter/{token}").status_code == 303
        return client

    # -- what happens ---------------------------------------------------------------------------------------------------

    def event(self, kind: str, at: int | None = None, **rest: object) -> dict[str, object]:
        self.count += 1
        at = self.clock.at if at is None else at
        return {"id": f"t-{self.path.stem}-{self.count}", "kind": kind, "at": format_instant(at), **rest}

    def happens(self, site: str, kind: str, at: int | None = None, **rest: object) -> None:
        assert self.say(site, json.dumps(self.event(kind, at, **rest)).encode()) == ["stored"]

    def say(self, site: str, payload: bytes) -> list[str]:
        """What the worker does with a message of the broker."""
        message = Message(f"eldercare/v1/{site}/events", payload, False, self.clock.at, Nowhere())
        return self.take(read(message))

    def take(self, items: list) -> list[str]:
        with transaction(self.engine) as connection:
            store = store_for(connection)
            taken = Batch(store, self.registry, self.cfg, items, self.clock.at).take_in()
            answer(store, items, taken.verdicts, self.clock.at)
        return taken.verdicts

    def drain_inbox(self) -> int:
        with read_only(self.engine) as connection:
            messages = waiting(connection, 0, 200)
        items = [item for message in messages for item in read(message)]
        if items:
            self.take(items)
        return len(messages)

    def write(self, sql: str, *rows: tuple) -> None:
        with transaction(self.engine) as connection:
            store_for(connection).write(sql, list(rows) or [()])

    def rows(self, sql: str, *values: object) -> list[tuple]:
        with read_only(self.engine) as connection:
            return store_for(connection).rows(sql, values)

    # -- what is seen ---------------------------------------------------------------------------------------------------

    @property
    def shell(self):
        return self.gate._app.app  # type: ignore[attr-defined]

    @property
    def feed(self) -> Feed:
        return self.shell.state.feed

    def look(self) -> Feed:
        """What the feed's reader would see in a full second, and the sums that it reads after it."""
        reader = self.feed._reader
        for _ in range(2):
            reader.seconds_at = reader.today_at = 0.0
            self.feed._publish(self.feed._look())
            reader.sum_up(self.feed.picture, self.feed._watched_now())
        self.feed._reader.good_at += 3600  # nobody looks again by itself here
        return self.feed


class Caller:
    """A client of the application in this process, with a memory for cookies; follows no redirect."""

    def __init__(self, app: object, base_url: str, client: tuple[str, int]) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=client)  # type: ignore[arg-type]
        self._client = httpx.AsyncClient(transport=transport, base_url=base_url)
        self.cookies = self._client.cookies

    def ask(self, method: str, path: str, **named: object) -> httpx.Response:
        return apart(self._client.request(method, path, **named))  # type: ignore[arg-type]

    def get(self, path: str, **named: object) -> httpx.Response:
        return self.ask("GET", path, **named)

    def post(self, path: str, **named: object) -> httpx.Response:
        return self.ask("POST", path, **named)


def apart(coroutine: Any) -> Any:
    """Run it in a thread of its own: a browser that tests of this process share keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@contextmanager
def worker(town: Town) -> Iterator[None]:
    """Drains the inbox beside the test, as the worker's loop does."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            town.drain_inbox()
            time.sleep(0.005)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def copy_of(template: Path, folder: Path) -> Path:
    return Path(shutil.copy(template, folder / "town.db"))
