"""`python -m ingest job NAME [--day D]`: one job, now, whatever the ledger says."""

import argparse
import logging
import sys
from datetime import date
from functools import partial

import logs
from clock import Clock, real_now
from config import Config
from ingest.jobs import JOBS
from ingest.jobs.occasion import Occasion
from ingest.progress import told
from ingest.scheduler import BUSY_TIMEOUT_S, do
from models.database import check_schema, engine_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", choices=[job.name for job in JOBS], metavar="NAME", help=", ".join(j.name for j in JOBS)
    )
    parser.add_argument("--day", type=_day, metavar="D", help="the civil day to do, such as 2026-11-22")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-11-22") from error


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    logs.begin("job", logging.WARNING)
    engine = engine_for(cfg.database.url, BUSY_TIMEOUT_S, cfg.database.cache_mib)
    check_schema(engine)
    now = Clock(cfg.clock.offset_s).now()
    bites: list[None] = []
    bitten = partial(bites.append, None)
    occasion = Occasion(engine, cfg, now, real_now(), day=arguments.day, forced=True, bitten=bitten)
    if arguments.day and arguments.day >= occasion.today:
        sys.stderr.write(f"{arguments.day} has not ended yet: give a day before {occasion.today}\n")
        return 1
    (job,) = (job for job in JOBS if job.name == arguments.name)
    with told(job.name, lambda: f"{len(bites):,} bites"):
        counts = do(job, occasion)
    if arguments.day and counts.get("too_old"):
        sys.stderr.write(f"{arguments.day} is too old: its raw events are gone, so its summaries stay as they are\n")
        return 1
    sys.stdout.write(f"{job.name}: {', '.join(f'{name} {n}' for name, n in counts.items()) or 'nothing to do'}\n")
    return 0
