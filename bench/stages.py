"""Where the worker's processor time goes, stage by stage, in this process and without a broker: for finding, not for judging."""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

import config
from bench.databases import database
from bench.events import Sites, payload_of
from bench.platform import registry_file
from bench.processes import run
from bench.report import Row
from bench.sizes import Sizes
from config import Config
from ingest.intake import Batch
from ingest.reading import Item, Message, read
from ingest.registry import Registry
from ingest.store.choice import store_for
from models.database import engine_for, transaction

BATCH = 1000


@dataclass(frozen=True)
class Nowhere:
    """An origin that nobody acknowledges."""

    by_broker: bool = True
    rejected_id: None = None


SPENT: dict[str, float] = defaultdict(float)


def timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with a watch on the processor time that it takes."""

    def watched(*arguments: Any) -> Any:
        began = time.process_time()
        try:
            return function(*arguments)
        finally:
            SPENT[stage] += time.process_time() - began

    return watched


class Timed(Batch):
    """The intake with a watch at each stage."""

    sort_out = timed("intake: sort out", Batch.sort_out)
    keep = timed("intake: keep", Batch.keep)
    fold = timed("intake: fold", Batch.fold)


def timed_store(connection: Connection) -> Any:
    """The store with a watch at each statement; what is not listed is rare."""
    store: Any = store_for(connection)
    for name in (
        "insert_events", "heads", "slots", "save_heads", "save_slots", "add_minutes", "site_lines", "save_site_lines",
        "stream_lines", "save_stream_lines", "add_tallies", "rows", "write",
    ):  # fmt: skip
        if hasattr(store, name):
            setattr(store, name, timed("store: " + name.replace("_", " "), getattr(store, name)))
    return store


def stages(sizes: Sizes) -> list[Row]:
    """One figure for each batch: on a busy machine the least of them comes nearest to what the work itself costs."""
    with (
        tempfile.TemporaryDirectory(prefix="eldercare-bench-") as folder,
        database(sizes.database, Path(folder)) as its_database,
    ):
        batches = _measure(Path(folder), its_database.url, sizes)
    names = dict.fromkeys(stage for batch in batches for stage in batch)
    return [Row(stage, "µs/event", tuple(batch.get(stage, 0.0) / BATCH * 1e6 for batch in batches)) for stage in names]


def _measure(folder: Path, url: str, sizes: Sizes) -> list[dict[str, float]]:
    run(folder, {"ELDERCARE_DATABASE_URL": url}, "ingest", "migrate")
    run(folder, {"ELDERCARE_DATABASE_URL": url}, "ingest", "places", "load", str(registry_file(folder, sizes.city)))
    engine, registry, cfg = engine_for(url), Registry(), config.load(environ={})
    sites = Sites(sizes.city, "r001")
    batches: list[dict[str, float]] = []
    warming = sizes.city * 2 // BATCH
    for _ in range(warming + max(1, sizes.burst_events // BATCH)):
        SPENT.clear()
        now = time.time_ns() // 1000
        _one_batch(engine, registry, cfg, [payload_of(packet) for _, packet in sites.packets(now, BATCH, 1)], now)
        batches.append(dict(SPENT))
    engine.dispose()
    return batches[warming:]


def _one_batch(engine: Engine, registry: Registry, cfg: Config, made: list[tuple[str, bytes]], now: int) -> None:
    began = time.process_time()
    messages = [Message(topic, payload, False, now, Nowhere()) for topic, payload in made]
    items: list[Item] = [item for message in messages for item in read(message)]
    SPENT["read: topic, decode, validate"] += time.process_time() - began
    began = time.process_time()
    with transaction(engine) as connection:
        Timed(timed_store(connection), registry, cfg, items, now).take_in()
        SPENT["intake: in all"] += time.process_time() - began
        began = time.process_time()
    SPENT["commit"] += time.process_time() - began
