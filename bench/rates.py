"""How many events a second the platform takes, and what each costs the worker."""

from bench.platform import platform
from bench.report import Limit, Row, least, most, of
from bench.sending import Sent, send, warm_up
from bench.sizes import Sizes

CPU_MOST = most(60)
BURST = {1: least(15_000), 50: least(40_000)}


def rates(sizes: Sizes) -> list[Row]:
    rows: list[Row] = []
    for sites in sizes.both:
        with platform(sites, sizes.database) as its_platform:
            warm_up(its_platform)
            for per_message in (1, 50):
                events = sizes.burst_events * (3 if per_message > 1 else 1)
                runs = [send(its_platform, events, 0, per_message) for _ in range(sizes.repeats)]
                rows += _rows(sites, per_message, runs, BURST[per_message] if sites == sizes.city else None)
    return rows


def _rows(sites: int, per_message: int, runs: list[Sent], limit: Limit | None) -> list[Row]:
    how = f"{sites:,} sites, " + ("one event a message" if per_message == 1 else f"arrays of {per_message}")
    return [
        Row(f"burst, {how}", "events/s", of(runs, lambda r: r.per_second), limit),
        Row(
            "  worker",
            "µs/event",
            of(runs, lambda r: r.worker_us),
            CPU_MOST if per_message == 1 else None,
            "processor time",
        ),
        Row("  broker", "µs/event", of(runs, lambda r: r.broker_us)),
    ]
