"""The worker while the database is away and the broker holds more than it may take: bounded, and nothing is lost."""

import time

from bench.platform import Platform, platform
from bench.processes import until
from bench.publisher import Plan
from bench.report import Row, most
from bench.sending import begin, boot, go, warm_up
from bench.sizes import Sizes

HELD_MIB = 48
"""`ingest.unacked_mib_max`: what the worker takes in before it hangs up."""

GIVEN_UP_S = 60
"""Without another row for so long what is missing counts as lost."""


def memory(sizes: Sizes) -> list[Row]:
    # Half as much again as the worker may hold, in events of about 170 bytes in arrays.
    events = sizes.burst_events * 10
    with platform(sizes.city, sizes.database) as its_platform:
        warm_up(its_platform)
        idle = its_platform.worker.rss_mib()
        before = its_platform.commits.count()
        plan = Plan(its_platform.broker.port, its_platform.sites, boot(), events, 0, per_message=50)
        publisher = begin(its_platform, plan)
        with its_platform.database.away():
            go(publisher, time.time())
            until(lambda: publisher.process.poll() is not None, 600, "the broker has taken everything")
            time.sleep(5)
        released = time.monotonic()
        arrived = _arrived(its_platform, before, events)
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
            f"database away, {events:,} events came; it holds {HELD_MIB} MiB of them",
        ),
        Row(
            "events lost", "events", (events - arrived,), most(0), f"{arrived:,} counted {took:.0f} s after it was back"
        ),
    ]


def _arrived(platform: Platform, before: int, events: int) -> int:
    """How many of them are rows in the end: all, or as many as there are when no more have come for a minute."""
    arrived, since = 0, time.monotonic()
    while arrived != events and time.monotonic() - since < GIVEN_UP_S:
        time.sleep(0.5)
        now = platform.commits.count() - before
        if now != arrived:
            arrived, since = now, time.monotonic()
    return arrived
