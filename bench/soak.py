"""python -m bench.soak [--minutes 30]: the whole system at a high rate with one browser on the overview; does anything grow?

A shift of eight hours brings a district some 170,000 messages; at the default rate half an hour brings three times that. Memory of
each process, the browser's nodes and its heap are looked at every few seconds, after the heap was tidied. The verdict is by
slope over what follows the warm-up, so that one large moment neither condemns nor excuses.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from playwright.sync_api import CDPSession
from playwright.sync_api import Error as PlaywrightError

from bench.browser import chromium, overview, signed_in
from bench.machine import machine
from bench.platform import Platform, platform
from bench.processes import CannotMeasure, Child
from bench.publisher import Plan
from bench.report import Row, most, table
from bench.sending import begin, boot, go, warm_up
from bench.web import web

SETTLED = 0.3
"""The share of the run in which caches fill; it is left out of the slope."""
JUDGED_MIN = 10
PIECE_S = 60.0
"""A publisher encodes so many seconds beforehand."""
PAIRS = 200
"""Samples whose pairs give the slope; more are thinned out."""


@dataclass(frozen=True)
class Grows:
    """What is looked at, and how much it may grow over a whole run: a share of itself, or so much, whichever is more."""

    name: str
    unit: str
    share: float
    least: float


WATCHED = (
    Grows("worker", "MiB", 0.10, 8),
    Grows("web", "MiB", 0.10, 8),
    Grows("clock", "MiB", 0.10, 8),
    Grows("browser nodes", "nodes", 0.02, 50),
    Grows("browser listeners", "listeners", 0.02, 20),
    Grows("browser heap", "MiB", 0.10, 2),
)

Series = list[tuple[float, float]]
"""(second, value)."""


def slope(series: Sequence[tuple[float, float]]) -> float:
    """A second's growth: the median over all pairs (Theil and Sen), which no single moment can move."""
    thin = series[:: max(1, len(series) // PAIRS)]
    return median((b - a) / (t - s) for (s, a), (t, b) in combinations(thin, 2)) if len(thin) > 1 else 0.0


def growth(series: Sequence[tuple[float, float]]) -> float:
    """Over a whole run as long as this one, by the slope of its settled part."""
    ends = series[-1][0]
    return slope([one for one in series if one[0] >= SETTLED * ends]) * ends


def rows_of(seen: dict[str, Series]) -> list[Row]:
    rows = []
    for watched in WATCHED:
        series = seen[watched.name]
        values = tuple(value for _, value in series)
        allowed = max(watched.share * median(values), watched.least)
        rows.append(Row(watched.name, watched.unit, values))
        rows.append(Row("  growth by slope", watched.unit, (growth(series),), most(allowed)))
    return rows


def soak(minutes: float, rate: float, sites: int, every_s: float) -> list[Row]:
    seen: dict[str, Series] = {watched.name: [] for watched in WATCHED}
    with platform(sites) as its_platform, web(its_platform) as its_web, chromium() as browser:
        clock = its_platform.start("clock", "ingest", "clock")
        warm_up(its_platform)
        page = overview(signed_in(browser, its_web), its_web)
        wire = page.context.new_cdp_session(page)
        wire.send("Performance.enable")
        processes = {"worker": its_platform.worker, "web": its_web.child, "clock": clock}
        before, began = its_platform.commits.newest(), time.monotonic()
        sent = 0
        while (at := time.monotonic() - began) < minutes * 60:
            sent += _piece(its_platform, rate, min(PIECE_S, minutes * 60 - at), seen, processes, wire, began, every_s)
        taken = its_platform.commits.newest() - before
        painted = page.evaluate("document.querySelector('[data-painted]') !== null")
    lived = Row("page still painted", "", (int(painted),))
    return [Row("events sent", "events", (sent,)), Row("events committed", "events", (taken,)), lived, *rows_of(seen)]


def _piece(
    its_platform: Platform, rate: float, seconds: float, seen: dict[str, Series], processes: dict[str, Child],
    wire: CDPSession, began: float, every_s: float,
) -> int:  # fmt: skip
    """Publish for so long and look meanwhile; how many events were sent."""
    events = max(1, round(rate * seconds))
    plan = Plan(its_platform.broker.port, its_platform.sites, boot(), events, rate, 1, 4)
    publisher = begin(its_platform, plan)
    ends = time.monotonic() + seconds
    try:
        go(publisher, time.time())
        while (now := time.monotonic()) < ends:
            for name, value in _look(processes, wire).items():
                seen[name].append((now - began, value))
            time.sleep(max(0.0, min(every_s, ends - time.monotonic())))
        publisher.process.wait(120)
    finally:
        publisher.end()
    return events


def _look(processes: dict[str, Child], wire: CDPSession) -> dict[str, float]:
    for child in processes.values():
        child.must_run()
    wire.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: float(one["value"]) for one in wire.send("Performance.getMetrics")["metrics"]}
    browser = {
        "browser nodes": metrics["Nodes"],
        "browser listeners": metrics["JSEventListeners"],
        "browser heap": metrics["JSHeapUsedSize"] / 2**20,
    }
    return {name: child.rss_mib() for name, child in processes.items()} | browser


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=30, help="how long; 1 is a smoke, whose slopes say nothing yet"
    )
    parser.add_argument("--rate", type=float, default=300, help="events a second")
    parser.add_argument("--sites", type=int, default=120, help="how many sites speak")
    parser.add_argument("--every", type=float, default=5, help="seconds between two looks")
    asked = parser.parse_args()
    os.environ.setdefault("LOGS", "lines")
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    print(machine(), end="\n\n", flush=True)
    try:
        rows = soak(asked.minutes, asked.rate, asked.sites, asked.every)
    except (CannotMeasure, PlaywrightError) as why:
        print(f"NOT MEASURED: {why}", file=sys.stderr)
        return 1
    title = (
        f"Soak: {asked.minutes:g} minutes, {asked.rate:g} events/s, {asked.sites} sites, one browser on the overview"
    )
    print(table(title, rows))
    missed = sum(row.verdict == "MISSED" for row in rows)
    if asked.minutes < JUDGED_MIN:
        print(f"a smoke: below {JUDGED_MIN} minutes everything still fills up, and nothing is judged")
        return 0
    print(f"{missed} of {len(WATCHED)} grew more than they may" if missed else "nothing grew")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
