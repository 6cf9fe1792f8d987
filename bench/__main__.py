"""python -m bench [what …] [--quick]: run the measurements and print each beside its limit."""

import argparse
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from playwright.sync_api import Error as PlaywrightError

from bench.databases import KINDS
from bench.machine import machine
from bench.processes import CannotMeasure
from bench.report import Row, table
from bench.sizes import FULL, QUICK, TINY, Sizes
from ingest.progress import told

WHAT = {
    "rates": "Rates: all folds in the same transaction, every commit on disk",
    "latency": "Latency: publish→committed",
    "pixel": "Latency: publish→pixel, in a headless browser on the same machine",
    "viewers": "Viewers: streams of the web process",
    "visit": "First visit of the overview page",
    "memory": "Memory: the database away and the broker full",
    "stages": "Where the worker's processor time goes, without a broker",
    "scale": "Scale: very many sites",
    "screens": "Screens: every query that the live pages make",
    "summaries": "Summaries: a month of a district loaded, summed up and looked at",
    "years": "Years: reports and histories of very many sites that have all their days and hours",
}
TELLS_EVERY_S = 10.0
DEFAULT = ("rates", "latency", "pixel", "viewers", "visit", "memory")
"""Each module has a function of its own name that takes the sizes and gives rows."""


def main() -> int:
    arguments = _arguments()
    os.environ.setdefault("LOGS", "lines")
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    sizes = replace(
        TINY if arguments.tiny else QUICK if arguments.quick else FULL,
        **{
            name: value
            for name, value in vars(arguments).items()
            if name.startswith(("scale_", "screen_", "month_")) and value is not None
        },
        database=arguments.database,
    )
    missed = failed = 0
    print(machine(), end="\n\n", flush=True)
    for what in arguments.what or DEFAULT:
        began = time.monotonic()
        try:
            with told(what, every_s=TELLS_EVERY_S):
                rows = _measure(what)(sizes)
        except (CannotMeasure, PlaywrightError) as why:
            print(f"{WHAT[what]}\nNOT MEASURED: {why}\n", file=sys.stderr, flush=True)
            failed += 1
            continue
        missed += sum(row.verdict == "MISSED" for row in rows)
        print(table(f"{WHAT[what]}, {sizes.database} ({time.monotonic() - began:.0f} s)", rows), flush=True)
    print(machine().partition("\n")[0])
    print(f"{missed} limits missed" + (f", {failed} measurements FAILED" if failed else ""))
    return 1 if failed else 0


def _measure(what: str) -> Callable[[Sizes], list[Row]]:
    measure: Callable[[Sizes], list[Row]] = getattr(importlib.import_module(f"bench.{what}"), what)
    return measure


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        choices=[[], *WHAT],
        metavar="what",
        help=f"of: {', '.join(WHAT)}; none: what takes a few minutes",
    )
    parser.add_argument("--quick", action="store_true", help="one repeat and short runs: a look, not a figure")
    parser.add_argument("--sites", dest="scale_sites", type=int, help="scale: how many sites; the nation has 400,000")
    parser.add_argument("--rate", dest="scale_rate", type=float, help="scale: events a second")
    parser.add_argument("--minutes", dest="scale_minutes", type=float, help="scale: how long")
    parser.add_argument("--present", dest="scale_present", type=int, help="scale: events that are there already")
    parser.add_argument("--events", dest="screen_present", type=int, help="screens: ask again with so many events")
    parser.add_argument("--days", dest="month_days", type=int, help="summaries: days of the month")
    parser.add_argument("--database", choices=KINDS, default="sqlite", help="a file, or a server of the bench's own")
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
