"""The worker while the database is locked and the broker holds more than it may take: bounded, and nothing is lost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3

from bench.platform import platform
from bench.processes import until
from bench.publisher import Plan
from bench.report import Row, most
from bench.sending import begin, boot, go, warm_up
from bench.sizes import Sizes

HELD_MIB = 64
"""`ingest.unacked_mib_max`: what the worker takes in before it hangs up."""


def memory(sizes: Sizes) -> list[Row]:
    # Half as much again as the worker may hold, in events of about 170 bytes in arrays.
    events = sizes.burst_events * 10
    with platform(sizes.city) as its_platform:
        warm_up(its_platform)
        idle = its_platform.worker.rss_mib()
        before = its_platform.commits.newest()
        plan = Plan(its_platform.broker.port, its_platform.sites, boot(), events, 0, per_message=50)
        publisher = begin(its_platform, plan)
        with _locked(its_platform.database_path()):
            go(publisher, time.time())
            until(lambda: publisher.process.poll() is not None, 600, "the broker has taken everything")
            time.sleep(5)
        released = time.monotonic()
        until(lambda: its_platform.commits.newest() >= before + events, 900, "everything is committed", every_s=0.2)
        took = time.monotonic() - released
        publisher.end()
        peak = its_platform.worker.rss_mib(peak=True)
    return [
        Row(f"worker, idle, {sizes.city:,} sites", "MiB", (idle,)),
        Row(
            "worker, at most",
            "MiB",
            (peak,),
            most(200),
            f"database locked, {events:,} events came; it holds {HELD_MIB} MiB of them",
        ),
        Row("events lost", "events", (0,), most(0), f"all committed {took:.0f} s after the lock was gone"),
    ]


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    """Somebody holds the write lock, as a hung backup would."""
    connection = pysqlite3.connect(str(database), timeout=60, isolation_level=None)
    connection.execute("begin immediate")
    try:
        yield
    finally:
        connection.execute("rollback")
        connection.close()
