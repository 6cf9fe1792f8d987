"""From the moment an event is due at the site until another process can read it committed."""

from bench.platform import platform
from bench.report import Limit, Row, most, of
from bench.sending import Sent, send, warm_up
from bench.sizes import Sizes

P99_MOST = most(500)
PACES = (100, 1000, 5000)
"""Events a second; a few sites at the slower two, thousands at the faster two."""


def latency(sizes: Sizes) -> list[Row]:
    rows: list[Row] = []
    for sites in sizes.both:
        with platform(sites, sizes.database) as its_platform:
            warm_up(its_platform)
            for rate in PACES[:2] if sites == sizes.district else PACES[1:]:
                runs = [send(its_platform, int(rate * sizes.paced_s), rate) for _ in range(sizes.repeats)]
                rows += _rows(sites, rate, runs, P99_MOST)
    return rows


def _rows(sites: int, rate: int, runs: list[Sent], limit: Limit | None) -> list[Row]:
    late = max(run.publisher_late_ms for run in runs)
    return [
        Row(f"sustained, {sites:,} sites, {rate:,}/s", "events/s", of(runs, lambda r: r.per_second)),
        Row("  publish→committed p50", "ms", of(runs, lambda r: r.wait_ms(0.50))),
        Row("  publish→committed p95", "ms", of(runs, lambda r: r.wait_ms(0.95))),
        Row(
            "  publish→committed p99",
            "ms",
            of(runs, lambda r: r.wait_ms(0.99)),
            limit,
            f"publisher late by {late} ms at most",
        ),
        Row("  worker", "µs/event", of(runs, lambda r: r.worker_us), None, "processor time, small batches"),
    ]
