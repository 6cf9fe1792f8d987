"""One publishing run against a platform: what was sent, how long until all of it was committed, what the worker spent."""

import itertools
import json
import time
from dataclasses import dataclass

from bench.platform import Platform
from bench.processes import CannotMeasure, Child, ours, until
from bench.publisher import Plan, plan_text

_BOOTS = itertools.count(1)
START_AFTER_S = 0.3


@dataclass(frozen=True)
class Sent:
    events: int
    seconds: float
    """From the first packet to the last commit."""
    worker_us: float
    """Processor time of the worker per event, user and kernel."""
    broker_us: float
    database_us: float
    """Of a server; a file's work is in the worker's."""
    waits_ms: list[float]
    publisher_late_ms: int
    worker_rss_mib: float

    @property
    def per_second(self) -> float:
        return self.events / self.seconds

    def wait_ms(self, share: float) -> float:
        return self.waits_ms[min(len(self.waits_ms) - 1, int(share * len(self.waits_ms)))]


def begin(platform: Platform, plan: Plan) -> Child:
    """A publisher that has connected and encoded, and waits for its start."""
    child = Child("publisher", ours("bench.publisher", plan_text(plan)), platform.folder, platform.environ, speaks=True)
    if _line(child) != "ready":
        raise CannotMeasure(f"the publisher did not start: {child.last_words()}")
    return child


def go(child: Child, start: float) -> None:
    assert child.process.stdin
    child.process.stdin.write(f"{start}\n")
    child.process.stdin.flush()


def _line(child: Child) -> str:
    assert child.process.stdout
    return child.process.stdout.readline().strip()


def boot() -> str:
    return f"r{next(_BOOTS):03d}"


def send(platform: Platform, events: int, rate: float, per_message: int = 1, connections: int = 4) -> Sent:
    """Publish and wait until everything is committed. Raises CannotMeasure when an event is missing."""
    plan = Plan(
        platform.broker.port, platform.sites, boot(), events, rate, per_message, connections, platform.said_until
    )
    publisher = begin(platform, plan)
    before = platform.commits.newest()
    platform.commits.watch()
    worker_s, broker_s, database_s = platform.worker.cpu_s(), platform.broker.child.cpu_s(), platform.database.cpu_s()
    start = time.time() + START_AFTER_S
    try:
        go(publisher, start)
        said = _line(publisher)
        if not said:
            raise CannotMeasure(f"the publisher failed: {publisher.last_words()}")
        limit_s = max(300.0, events / 100)  # a busy machine must give a bad figure, not none
        until(lambda: platform.commits.newest() >= before + events, limit_s, f"{events} events committed", every_s=0.01)
        worker_us = (platform.worker.cpu_s() - worker_s) / events * 1e6
        database_us = (platform.database.cpu_s() - database_s) / events * 1e6
        broker_us = (platform.broker.child.cpu_s() - broker_s) / events * 1e6
    finally:
        platform.commits.stop()
        publisher.end()
        platform.said_until = time.time()
    return Sent(
        events=events,
        seconds=(platform.commits.reached(before + events) or time.time()) - start,
        worker_us=worker_us,
        broker_us=broker_us,
        database_us=database_us,
        waits_ms=platform.commits.waits_ms(before) if rate else [],
        publisher_late_ms=json.loads(said)["late_ms"],
        worker_rss_mib=platform.worker.rss_mib(),
    )


def warm_up(platform: Platform) -> None:
    """Every site speaks once, so that its area, device and slot exist: a running district is what is measured."""
    send(platform, max(platform.sites * 2, 500), 0)
