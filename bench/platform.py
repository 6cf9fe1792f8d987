"""The product under measurement: its own broker, a fresh database with registered sites, the real worker process."""

import csv
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.broker import Broker, broker
from bench.commits import Commits
from bench.databases import Database, database
from bench.events import site_code
from bench.present import fill
from bench.processes import Child, ours, run, until

STREETS = tuple(f"44030900{n}=街道{n}/Street {n}" for n in range(1, 7))
KINDS = ("STC", "CST", "MEAL", "INST", "DCC", "HCO", "MPT", "NSP")


@dataclass
class Platform:
    folder: Path
    broker: Broker
    database: Database
    sites: int
    environ: dict[str, str]
    children: list[Child] = field(default_factory=list)
    said_until: float = 0.0
    """Unix time up to which the last run's sites have spoken: what the next ones say comes after it, as from real ones."""
    worker: Child = field(init=False)
    commits: Commits = field(init=False)

    def start(self, name: str, *arguments: str, **environ: str) -> Child:
        child = Child(name, ours(*arguments), self.folder, self.environ | environ)
        self.children.append(child)
        return child

    def start_worker(self) -> None:
        self.worker = self.start("worker", "ingest", "run")
        until(self._is_subscribed, 60, "the worker subscribes", every_s=0.1)

    def _is_subscribed(self) -> bool:
        self.worker.must_run()
        return bool(
            self.commits.rows("select subscribed from worker where id = 1 and pid = ?", self.worker.process.pid)
        )


@contextmanager
def platform(sites: int, kind: str = "sqlite", present: int = 0) -> Iterator[Platform]:
    """Everything in one temporary folder, which is gone afterwards; on `BENCH_FOLDER`'s file system if that is set.

    `present`: so many events of the days before are there already.
    """
    folder = Path(tempfile.mkdtemp(prefix="eldercare-bench-", dir=os.environ.get("BENCH_FOLDER")))
    try:
        with broker(folder) as its_broker, database(kind, folder) as its_database:
            given = {
                "ELDERCARE_DATABASE_URL": its_database.url,
                "ELDERCARE_BROKER_URL": f"mqtt://127.0.0.1:{its_broker.port}",
            }
            made = Platform(folder, its_broker, its_database, sites, given)
            run(folder, made.environ, "ingest", "migrate")
            run(folder, made.environ, "ingest", "places", "load", str(registry_file(folder, sites)))
            if present:
                fill(its_database, present, sites, time.time_ns() // 1000)
            made.commits = its_database.commits()
            try:
                made.start_worker()
                yield made
            finally:
                for child in reversed(made.children):
                    child.end()
                made.commits.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def registry_file(folder: Path, sites: int) -> Path:
    path = folder / "places.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(("site", "name_zh", "name_en", "kind", "street", "capacity"))
        for n in range(sites):
            name = f"测试点{n + 1}", f"Bench site {n + 1}"
            lines.writerow((site_code(n), *name, KINDS[n % len(KINDS)], STREETS[n % len(STREETS)], "hall:60"))
    return path
