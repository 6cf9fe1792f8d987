"""A month of a district: loaded through the intake, summed up by the clock's own job, then one day's page and its PDF."""

import asyncio
import gc
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import httpx
from sqlalchemy import Engine

import config
from bench.databases import Database, database
from bench.month import Month, told_beside
from bench.processes import CannotMeasure, run
from bench.report import Limit, Row, most
from bench.sizes import Sizes
from bench.stages import Nowhere
from clock import real_now
from config import Config
from dashboard.access import add_account, make_link
from dashboard.gate import CSRF_COOKIE
from dashboard.web import create_web
from ingest.intake import Batch
from ingest.jobs.add_up_hours import add_up_hours
from ingest.jobs.make_event_days import make_event_days
from ingest.jobs.occasion import Counts, Occasion
from ingest.jobs.optimise import optimise
from ingest.jobs.summarise_days import BITE, summarise_days
from ingest.progress import told
from ingest.reading import Message, read
from ingest.registry import Registry
from ingest.store.choice import store_for
from models.base import HOUR
from models.database import engine_for, read_only, transaction

FIRST = date(2026, 10, 1)
OBJECTS_BETWEEN_LOOKS = 100_000
"""As the worker has it."""
LOOKS = 5
"""The first one is not counted: it compiles statements and reads catalogues."""


@dataclass(frozen=True)
class Lived:
    """A district whose month is over; it stands at one o'clock of the first night after it."""

    engine: Engine
    cfg: Config
    month: Month
    database: Database

    @property
    def now(self) -> int:
        return self.month.bounds()[1] + HOUR

    def of_month(self, at: int) -> str:
        """How far it is."""
        return f"day {(at - self.month.bounds()[0]) // (24 * HOUR) + 1} of {self.month.days}"

    @property
    def site_days(self) -> int:
        return self.month.sites * self.month.days

    def occasion(self, bitten: Callable[[], None] = lambda: None) -> Occasion:
        return Occasion(self.engine, self.cfg, self.now, real_now(), bitten=bitten)


@dataclass(frozen=True)
class Spent:
    """By the wall, and of it the processor time of this process and of a database that is a server."""

    wall_s: float
    cpu_s: float
    server_s: float

    def told(self, parts: int, unit: str, per_s: float) -> str:
        """Of each of so many parts."""
        server = f" and {self.server_s / parts * per_s:.1f} of the server" if self.server_s else ""
        return f"{self.cpu_s / parts * per_s:.1f} {unit} of processor time{server}"


def summaries(sizes: Sizes) -> list[Row]:
    month = Month(sizes.district, FIRST, sizes.month_days)
    folder = Path(tempfile.mkdtemp(prefix="eldercare-bench-", dir=os.environ.get("BENCH_FOLDER")))
    try:
        with database(sizes.database, folder) as its_database, _lived(folder, its_database, month) as lived:
            rows = [*_loaded(lived), *_summed_up(lived)]
            rows.append(Row("  database", "MiB", (its_database.mib(),)))
            return rows + _seen(lived)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _lived(folder: Path, its_database: Database, month: Month) -> Iterator[Lived]:
    """Its sites are registered in the moment in which the month begins."""
    url = its_database.url
    offset_s = str((month.bounds()[0] - real_now()) // 1_000_000)
    environ = {"ELDERCARE_DATABASE_URL": url, "ELDERCARE_CLOCK_OFFSET_S": offset_s}
    registry = folder / "places.csv"
    registry.write_text(run(folder, environ, "edge", "places", "--sites", str(month.sites)), encoding="utf-8")
    run(folder, environ, "ingest", "migrate")
    run(folder, environ, "ingest", "places", "load", str(registry))
    engine = engine_for(url)
    cfg = config.load(environ={"ELDERCARE_DATABASE_SEAL_KEY_FILE": str(folder / "seal.key")})
    lived = Lived(engine, cfg, month, its_database)
    make_event_days(lived.occasion())
    yield lived
    engine.dispose()


# -- loading ----------------------------------------------------------------------------------------------------------------


def _loaded(lived: Lived) -> list[Row]:
    """Half an hour of the district a transaction, as the worker takes in what waits for it."""
    registry, verdicts, waited_s, reached = Registry(), Counter[str](), 0.0, lived.month.bounds()[0]
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    began, asked = _watch(lived), time.monotonic()
    with told("loading a month", lambda: f"{lived.of_month(reached)}, {verdicts.total():,} events"):
        for said in told_beside(lived.month):
            waited_s += time.monotonic() - asked
            messages = [Message(topic, payload, False, at, Nowhere()) for at, topic, payload in said]
            items = [item for message in messages for item in read(message)]
            with transaction(lived.engine) as connection:
                taken = Batch(store_for(connection), registry, lived.cfg, items, messages[-1].received_at).take_in()
            verdicts.update(taken.verdicts)
            asked, reached = time.monotonic(), messages[-1].received_at
    spent, events = _spent(lived, began), verdicts["stored"]
    if events < 0.99 * verdicts.total():
        raise CannotMeasure(f"the intake did not take the month: {dict(verdicts)}")
    how = f"{lived.month.sites} sites, {lived.month.days} days, {events:,} events"
    waiting = f"{spent.told(events, 'µs', 1e6)}; waited {waited_s:.0f} s for the simulator"
    return [
        Row(f"loading, {how}", "s", (spent.wall_s,), _of_month(900, lived)),
        Row("  each event", "µs", (spent.wall_s / events * 1e6,), most(60), waiting),
    ]


def _of_month(seconds: float, lived: Lived) -> Limit | None:
    """The limit holds for the whole month of the whole district."""
    return most(seconds) if lived.site_days >= 3600 else None


# -- summing up -------------------------------------------------------------------------------------------------------------


def _summed_up(lived: Lived) -> list[Row]:
    optimise(replace(lived.occasion(), forced=True))
    counts, spent = _timed(
        "summing up", lived, summarise_days, lambda bites: f"some {bites * BITE:,} of {lived.site_days:,} site-days"
    )
    if counts["versions"] < lived.site_days:  # A clock that is hours behind speaks of the day before, too.
        raise CannotMeasure(f"{lived.site_days} site-days were to be summed up: {counts}")
    _, hours = _timed("adding up hours", lived, add_up_hours, lambda bites: f"{bites} bites of work")
    each_ms = spent.wall_s / counts["site_days"] * 1000
    note = spent.told(counts["site_days"], "ms", 1000)
    return [
        Row(f"summing up, {counts['site_days']:,} site-days", "s", (spent.wall_s,), _of_month(60, lived)),
        Row("  each site-day", "ms", (each_ms,), most(60_000 / 3600), note),
        Row("  hours of streets and district, a day", "ms", (hours.wall_s / lived.month.days * 1000,)),
    ]


def _timed(
    what: str, lived: Lived, job: Callable[[Occasion], Counts], how_far: Callable[[int], str]
) -> tuple[Counts, Spent]:
    bites: list[None] = []
    occasion = lived.occasion(lambda: bites.append(None))
    with told(what, lambda: how_far(len(bites))):
        began = _watch(lived)
        counts = job(occasion)
        return counts, _spent(lived, began)


def _watch(lived: Lived) -> Spent:
    return Spent(time.monotonic(), time.process_time(), lived.database.cpu_s())


def _spent(lived: Lived, began: Spent) -> Spent:
    now = _watch(lived)
    return Spent(now.wall_s - began.wall_s, now.cpu_s - began.cpu_s, now.server_s - began.server_s)


# -- looking ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Still:
    """A clock that does not go on while the page is looked at."""

    at: int

    def now(self) -> int:
        return self.at

    def stopwatch_s(self) -> float:
        return self.at / 1e6


def _seen(lived: Lived) -> list[Row]:
    """The last day of the site with the most in it, by its manager."""
    with read_only(lived.engine) as connection:
        fullest = "select code from site where kind = 'STC' order by code limit 1"
        site = connection.exec_driver_sql(fullest).scalar() or "s-mz-001"
    day = lived.month.first + timedelta(days=lived.month.days - 1)
    pages, papers = asyncio.run(_looks(lived, site, f"/days/{site}/{day}", f"/export/days/{site}/{day}.pdf"))
    return [
        Row("one summary's page, by the web's own routes", "ms", pages, most(400), f"{site}, {day}"),
        Row("  the same as a PDF", "s", papers, most(3)),
    ]


async def _looks(lived: Lived, site: str, page: str, paper: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    gate = create_web(lived.cfg, lived.engine, _Still(lived.now))  # type: ignore[arg-type]
    transport = httpx.ASGITransport(gate, client=("127.0.0.1", 50_000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=120) as client:
        add_account(lived.engine, "bench", "site", f"site:{site}", real_now())
        await client.post(f"/enter/{make_link(lived.engine, 'bench', real_now(), 15)}")
        token = {"x-csrftoken": client.cookies[CSRF_COOKIE]}
        pages = [
            await _took(client.post("/_dash-update-component", json=_asked(page), headers=token)) for _ in range(LOOKS)
        ]
        papers = [await _took(client.get(paper)) for _ in range(LOOKS)]
    return tuple(s * 1000 for s in pages[1:]), tuple(papers[1:])


def _asked(page: str) -> dict[str, object]:
    """What Dash asks for a page's content."""
    where = {"pathname": page, "search": ""}
    parts = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    return {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": parts,
        "inputs": [{"id": "_pages_location", "property": name, "value": value} for name, value in where.items()],
        "state": [],
        "changedPropIds": ["_pages_location.pathname"],
    }


async def _took(answering: Awaitable[httpx.Response]) -> float:
    began = time.monotonic()
    answer = await answering
    if answer.status_code != 200:
        raise CannotMeasure(f"{answer.request.url.path} answered {answer.status_code}: {answer.text[:200]}")
    return time.monotonic() - began
