"""Size: a sustained rate over very many sites for minutes, and 500 agents that come back at once with what they kept."""

import time

from bench.databases import Served
from bench.platform import Platform, platform
from bench.processes import until
from bench.report import Row, most
from bench.sending import send, warm_up
from bench.sizes import Sizes

AGENTS = 500
KEPT_EACH = 200
"""Events in an agent's outbox after some hours without a line."""


def scale(sizes: Sizes) -> list[Row]:
    with platform(sizes.scale_sites, sizes.database, sizes.scale_present) as its_platform:
        began = time.monotonic()
        warm_up(its_platform)
        warmed_s = time.monotonic() - began
        rows = [*_sustained(its_platform, sizes), *_storm(its_platform)]
        rows.append(Row("every site speaks twice, areas and devices are new", "s", (warmed_s,)))
        rows.append(Row("worker, at most", "MiB", (its_platform.worker.rss_mib(peak=True),), most(200)))
        rows.append(Row("database", "MiB", (its_platform.database.mib(),)))
    return rows


def _sustained(platform: Platform, sizes: Sizes) -> list[Row]:
    run = send(platform, int(sizes.scale_rate * sizes.scale_minutes * 60), sizes.scale_rate)
    how = f"{platform.sites:,} sites, {sizes.scale_rate:,.0f}/s for {sizes.scale_minutes:g} min, {sizes.database}"
    if sizes.scale_present:
        how += f", {sizes.scale_present:,} rows present"
    cpu_most = most(90 if platform.sites > 50_000 else 60)
    return [
        Row(f"sustained, {how}", "events/s", (run.per_second,)),
        Row("  publish→committed p50", "ms", (run.wait_ms(0.5),)),
        Row("  publish→committed p99", "ms", (run.wait_ms(0.99),), most(500), f"publisher late by {run.publisher_late_ms} ms"),
        Row("  worker", "µs/event", (run.worker_us,), cpu_most, "processor time"),
        *_server(platform, run.database_us),
        Row("  broker", "µs/event", (run.broker_us,)),
    ]  # fmt: skip


def _server(platform: Platform, spent_us: float) -> list[Row]:
    """A file's work is done inside the worker."""
    return [Row("  database server", "µs/event", (spent_us,))] if isinstance(platform.database, Served) else []


def _storm(platform: Platform) -> list[Row]:
    """Each on a line of its own, as fast as the broker takes it."""
    agents = min(AGENTS, platform.sites)
    run = send(platform, agents * KEPT_EACH, 0, per_message=50, connections=agents)
    until(lambda: not platform.worker.process.poll(), 5, "the worker lives")
    return [
        Row(f"{agents} agents return with {KEPT_EACH} events each", "s to commit all", (run.seconds,)),
        Row("  worker", "µs/event", (run.worker_us,), None, "processor time"),
    ]
