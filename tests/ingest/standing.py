"""A whole system to hurt: broker, worker behind a proxy, an agent with its outbox behind another; and the faults."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import config
from clock import Clock, real_now
from edge.agent import Agent
from ingest.store.choice import store_for
from models.database import engine_for, transaction
from tests.conftest import reader
from tests.databases import FileDatabase, Server, ServerDatabase, migrated, server
from tests.ingest.checker import Account, check
from tests.ingest.crashing_worker import POINTS
from tests.proxy import Mode, Proxy
from tests.running import Program, free_port, listening, mosquitto, until, worker

SITES = ("s-001", "s-002", "s-003")
KEEPALIVE_S = 2
FULL_DISK_MIB = 24
BROKER_KILLS = 4
"""In one strike: six rounds make more than twenty."""


@dataclass
class Stand:
    """Everything that runs, and everything that was sent."""

    folder: Path
    database: FileDatabase | ServerDatabase
    broker: Program
    port: int
    worker: Program
    worker_line: Proxy
    agent: Agent
    agent_line: Proxy
    chance: random.Random
    server: Server | None = None
    server_line: Proxy | None = None
    away_s: float = 30.0
    """How long a stopped server stays away."""
    sent: list[dict] = field(default_factory=list)

    def read(self, sql: str) -> list[tuple]:
        """Committed rows, not by the worker's line."""
        return reader(self.server.url(self.database.stem) if self.server else self.database.url)(sql)

    def send(self, events: int) -> None:
        """Put so many events into the outbox, a few at a time; some are late, some absolute."""
        while events > 0:
            size = min(events, self.chance.randint(1, 6))
            site = self.chance.choice(SITES)
            said = [self._event(site, len(self.sent) + n) for n in range(size)]
            self.agent.put(site, [self._on_the_wire(one) for one in said])
            self.sent += said
            events -= size
            time.sleep(self.chance.random() * 0.01)

    def _event(self, site: str, number: int) -> dict:
        late_s = self.chance.choice([0, 0, 0, 0, self.chance.randint(1, 7200)])
        one = {"site": site, "id": f"e-{number}", "at_us": real_now() - late_s * 1_000_000}
        one["area"] = self.chance.choice(["hall", "canteen"])
        if self.chance.random() < 0.05:
            return one | {"kind": "occupancy.count", "count": self.chance.randint(0, 40)}
        return one | {"kind": "occupancy.flow", "in": self.chance.randint(0, 3), "out": self.chance.randint(0, 2)}

    @staticmethod
    def _on_the_wire(one: dict) -> dict:
        return {name: value for name, value in one.items() if name not in ("site", "at_us")} | {"at": one["at_us"]}

    def heal(self) -> None:
        """Until nothing waits at the site any more."""
        until(lambda: self.agent.waiting() == 0, 90, "the outbox empties")

    def log_has(self, words: str, since: int) -> bool:
        return words in self.worker.said()[since:]

    def is_subscribed(self) -> bool:
        return self.read("select subscribed from worker") == [(1,)]

    def account(self) -> Account:
        """What a recount says now."""
        return check(self.read, self.sent, None if self.server else "pragma quick_check")


Fault = Callable[[Stand], bool]
"""Hurts, lets heal, and says whether it really fired."""


def worker_killed(stand: Stand) -> bool:
    stand.worker.kill()
    fired = stand.worker.ended() == -signal.SIGKILL
    stand.worker.start()
    return fired


def worker_killed_at_a_point(stand: Stand) -> bool:
    """At one of the worker's own steps, from reading to acknowledging."""
    stand.worker.kill()
    point = stand.chance.choice([point for point in POINTS if point not in ("before_subscribe", "rejected_written")])
    environ = {"FAULT_AT": point, "FAULT_NTH": str(stand.chance.randint(1, 3))}
    dying = _worker(stand.folder, stand.database, stand.worker_line.port, "tests.ingest.crashing_worker", **environ)
    before = len(stand.worker.said())
    dying.start()
    try:
        deadline = time.monotonic() + 60
        while dying.ended() is None and time.monotonic() < deadline:
            stand.send(5)
            time.sleep(0.2)
    finally:
        dying.end()
    stand.worker.start()
    return stand.log_has(f"fault fired at {point}", before)


def worker_stopped(stand: Stand) -> bool:
    """SIGSTOP until the broker has given it up, then SIGCONT."""
    before, broker_before = len(stand.worker.said()), len(stand.broker.said())
    os.kill(stand.worker.pid, signal.SIGSTOP)
    try:
        stand.send(30)
        until(lambda: "exceeded timeout" in stand.broker.said()[broker_before:], 30, "the broker gives it up")
    finally:
        os.kill(stand.worker.pid, signal.SIGCONT)
    until(lambda: stand.log_has('"connected"', before), 30, "the worker is back")
    return True


def broker_restarted(stand: Stand) -> bool:
    fired = stand.broker.stop() == 0
    _start_broker(stand)
    return fired


def broker_killed(stand: Stand) -> bool:
    """Again and again while the site sends, with what it had not saved; the outbox makes it good."""
    fired = 0
    for _ in range(BROKER_KILLS):
        stand.send(15)
        stand.broker.kill()
        fired += stand.broker.ended() == -signal.SIGKILL
        _start_broker(stand)
        until(stand.agent.line.connected.is_set, 30, "the agent is back")
    return fired == BROKER_KILLS


def broker_loses_its_memory(stand: Stand) -> bool:
    """Killed, and its disk is gone: no session, no queue."""
    before = len(stand.worker.said())
    stand.broker.kill()
    for path in stand.folder.glob("mosquitto.db*"):
        path.unlink()
    _start_broker(stand)
    until(lambda: stand.log_has('"subscribed"', before), 30, "the worker subscribes anew")
    return stand.log_has('"session_present": false', before)


def _start_broker(stand: Stand) -> None:
    stand.broker.start()
    listening(stand.port)


def worker_line_cut(stand: Stand) -> bool:
    before = stand.worker_line.connections
    stand.worker_line.reset()
    stand.send(20)
    until(lambda: stand.worker_line.connections > before, 30, "the worker comes again")
    return True


def worker_line_half_open(stand: Stand) -> bool:
    """The line stands and carries nothing, until the worker notices by itself."""
    before, connections = len(stand.worker.said()), stand.worker_line.connections
    stand.worker_line.mode(Mode.FREEZE)
    try:
        stand.send(30)
        until(lambda: stand.log_has('"disconnected"', before), 30, "the worker notices")
    finally:
        stand.worker_line.mode(Mode.PASS)
    until(lambda: stand.worker_line.connections > connections, 30, "the worker comes again")
    return True


def agent_line_cut(stand: Stand) -> bool:
    before = stand.agent_line.connections
    stand.agent_line.reset()
    stand.send(20)
    until(lambda: stand.agent_line.connections > before, 30, "the agent comes again")
    return True


def database_locked(stand: Stand) -> bool:
    before = len(stand.worker.said())
    connection = sqlite3.connect(stand.database, isolation_level=None, timeout=10)
    try:
        connection.execute("begin immediate")
        stand.send(30)
        until(lambda: stand.log_has("does not take the batch", before), 30, "the worker waits")
        connection.execute("rollback")
    finally:
        connection.close()
    return True


def disk_full(stand: Stand) -> bool:
    """Until the worker has met it; then there is room again."""
    before = len(stand.worker.said())
    with _no_room(stand):
        deadline = time.monotonic() + 30
        while not stand.log_has("does not take the batch", before) and time.monotonic() < deadline:
            stand.send(20)
    return stand.log_has("full", before) or stand.log_has("disk I/O error", before)


@contextmanager
def _no_room(stand: Stand) -> Iterator[None]:
    """On a small file system of its own by filling it, else by the process's limit of file sizes."""
    if os.path.ismount(stand.database.parent):
        filler = stand.database.parent / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                for size in (1 << 20, 1 << 12):
                    while file.write(b"\0" * size) == size:
                        pass
            except OSError:
                pass
        try:
            yield
        finally:
            filler.unlink()
        return
    pid, (_, hard) = stand.worker.pid, resource.prlimit(stand.worker.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


FAULTS: tuple[Fault, ...] = (
    worker_killed,
    worker_killed_at_a_point,
    worker_stopped,
    broker_restarted,
    broker_killed,
    broker_loses_its_memory,
    worker_line_cut,
    worker_line_half_open,
    agent_line_cut,
    database_locked,
    disk_full,
)


# -- a server ---------------------------------------------------------------------------------------------------------------


def server_stopped(stand: Stand) -> bool:
    """As its operator does it."""
    return _away(stand, lambda server: server.stop(signal.SIGINT), stand.away_s)


def server_killed(stand: Stand) -> bool:
    return _away(stand, lambda server: server.kill(), 3)


def _away(stand: Stand, go: Callable[[Server], None], seconds: float) -> bool:
    before = len(stand.worker.said())
    go(stand.server)
    try:
        stand.send(60)
        until(lambda: stand.log_has("does not take the batch", before), 30, "the worker waits")
        time.sleep(seconds)
    finally:
        stand.server.start()
    return stand.worker.ended() is None


def server_frozen(stand: Stand) -> bool:
    """Its sockets stay open and nobody answers."""
    before = len(stand.worker.said())
    stand.server.freeze()
    try:
        stand.send(60)
        gives_up = ("the server has said nothing", "connection timeout expired")
        until(lambda: any(stand.log_has(words, before) for words in gives_up), 30, "the worker gives it up")
    finally:
        stand.server.thaw()
    return stand.worker.ended() is None


def server_ends_connections(stand: Stand) -> bool:
    ended = 0
    for _ in range(10):
        stand.send(10)
        ended += len(
            stand.server.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'eldercare%'"
            )
        )
        time.sleep(0.2)
    return ended > 2


def server_line_cut(stand: Stand) -> bool:
    connections = stand.server_line.connections
    stand.server_line.reset()
    stand.send(30)
    until(lambda: stand.server_line.connections > connections, 30, "the worker comes again")
    return True


def commit_unheard(stand: Stand) -> bool:
    """Cut when the server has heard COMMIT and the worker has not heard that it is done, three times."""
    before = stand.server_line.cuts

    def is_committing(said: bytes) -> bool:
        written = said.rfind(b"insert into event select")
        return stand.server_line.cuts < before + 3 and written >= 0 and b"commit\0" in said[written:]

    stand.server_line.cut_when = is_committing
    stand.server_line.reset()
    deadline = time.monotonic() + 60
    while stand.server_line.cuts < before + 3 and time.monotonic() < deadline:
        stand.send(5)
        time.sleep(0.2)
    stand.server_line.cut_when = None
    return stand.server_line.cuts == before + 3


SERVER_FAULTS: tuple[Fault, ...] = (
    server_stopped,
    server_killed,
    server_frozen,
    server_ends_connections,
    server_line_cut,
    commit_unheard,
)


@contextmanager
def standing(folder: Path, template: Path, seed: int) -> Iterator[Stand]:
    """Start it all in `folder`; the database lies on a small file system where we may mount one."""
    with small_disk(folder / "disk") as disk:
        database = FileDatabase(shutil.copy(template, disk / "eldercare.db"))
        with _running(folder, database, seed) as stand:
            yield stand


@contextmanager
def standing_on_server(folder: Path, seed: int, away_s: float = 30.0) -> Iterator[Stand]:
    """Start it all in `folder`, on a PostgreSQL server of its own that the worker reaches through a proxy."""
    with server(free_port()) as made:
        url = migrated(made.database())
        line = Proxy(made.port)
        try:
            database = ServerDatabase(url.replace(f":{made.port}", f":{line.port}"))
            with _running(folder, database, seed) as stand:
                stand.server, stand.server_line, stand.away_s = made, line, away_s
                yield stand
        finally:
            line.close()


@contextmanager
def _running(folder: Path, database: FileDatabase | ServerDatabase, seed: int) -> Iterator[Stand]:
    port = free_port()
    _register(database)
    with mosquitto(folder, port) as broker:
        worker_line, agent_line = Proxy(port), Proxy(port)
        running = _worker(folder, database, worker_line.port).start()
        agent = Agent(_impatient(agent_line.port), folder / "outbox.db", Clock(), list(SITES))
        chance = random.Random(seed)
        stand = Stand(folder, database, broker, port, running, worker_line, agent, agent_line, chance)
        try:
            until(stand.is_subscribed, 60, "subscribed")
            agent.start()
            yield stand
        finally:
            agent.stop()
            running.end()
            worker_line.close()
            agent_line.close()


def _worker(
    folder: Path, database: FileDatabase | ServerDatabase, port: int, wrap: str | None = None, **environ: str
) -> Program:
    more = {
        "ELDERCARE_BROKER_KEEPALIVE_S": str(KEEPALIVE_S),
        "ELDERCARE_DATABASE_BUSY_TIMEOUT_S": "0.2",
        "ELDERCARE_INGEST_ACK_EVERY_MS": "100",
    }
    return worker(folder, database, port, wrap=wrap, **(more | environ))


def _impatient(port: int) -> config.Config:
    return config.load(
        environ={
            "ELDERCARE_BROKER_URL": f"mqtt://127.0.0.1:{port}",
            "ELDERCARE_BROKER_KEEPALIVE_S": str(KEEPALIVE_S),
            "ELDERCARE_EDGE_RESEND_AFTER_S": "1",
        }
    )


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A tmpfs of some MiB where we may mount one, else a plain folder."""
    folder.mkdir()
    size = f"size={FULL_DISK_MIB}m"
    mounted = os.geteuid() == 0 and _runs("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder))
    try:
        yield folder
    finally:
        if mounted:
            _runs("umount", str(folder)) or _runs("umount", "-l", str(folder))


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _register(database: FileDatabase | ServerDatabase) -> None:
    engine = engine_for(database.url)
    with transaction(engine) as connection:
        store = store_for(connection)
        store.write(
            "insert into street (code, name_zh, name_en) values (?, ?, ?)", [("440309002", "民治街道", "Minzhi")]
        )
        store.write(
            "insert into site (code, name_zh, name_en, kind, street, count_by, created_at)"
            " values (?, '站', 'Station', 'CST', '440309002', 'counter', 0)",
            [(site,) for site in SITES],
        )
        store.next_change("registry")
    engine.dispose()
