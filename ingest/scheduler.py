"""`python -m ingest clock`: wakes the jobs. The only file that knows APScheduler, and all that it does is to wake.

What a job finds to do stands in the tables and in the ledger: nothing is kept here, and any number of these may run.
"""

import argparse
import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

import logs
from clock import Clock, real_now
from config import Config
from ingest.jobs import JOBS, Job
from ingest.jobs.occasion import Counts, Occasion
from models.database import check_schema, engine_for, is_transient

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 30.0
"""A job can wait for the worker; the worker must not wait for a job."""


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(_arguments: argparse.Namespace, cfg: Config) -> int:
    """Until SIGINT or SIGTERM; a job that is running then stops after its bite."""
    logs.begin("clock")
    engine = engine_for(cfg.database.url, BUSY_TIMEOUT_S, cfg.database.cache_mib, cfg.database.answer_timeout_s)
    check_schema(engine)
    stopping = threading.Event()
    _stop_on_signals(stopping)
    scheduler = _scheduler()
    for job in JOBS:
        scheduler.add_job(
            wake,
            "interval",
            (job, engine, cfg, stopping.is_set),
            seconds=job.every_s,
            id=job.name,
            executor="urgent" if job.urgent else "default",
            next_run_time=_at_once(),
        )
    scheduler.start()
    log.info("clock started", extra={"jobs": len(JOBS)})
    stopping.wait()
    scheduler.shutdown(wait=True)
    log.info("clock stopped")
    return 0


def _scheduler() -> Any:
    return BackgroundScheduler(
        jobstores={"default": MemoryJobStore()},
        # One thread: jobs share one database and one writer's lock. A call for help does not wait for a day's summary.
        executors={"default": ThreadPoolExecutor(1), "urgent": ThreadPoolExecutor(1)},
        # Left to itself it drops a wake that is a second late.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        timezone=UTC,
    )


def _at_once() -> datetime:
    return datetime.fromtimestamp(real_now() / 1_000_000, UTC)


def _stop_on_signals(stopping: threading.Event) -> None:
    def stop(_signal: int, _frame: object) -> None:
        stopping.set()

    # Installed by ourselves: a shell may have started us with SIGINT ignored.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def wake(job: Job, engine: Engine, cfg: Config, is_stopping: Callable[[], bool]) -> None:
    """Run a job; whatever goes wrong with it, the next wake finds what is left to do."""
    occasion = Occasion(engine, cfg, Clock(cfg.clock.offset_s).now(), real_now(), is_stopping=is_stopping)
    try:
        do(job, occasion)
    except Exception as error:
        if is_transient(error):
            log.warning("the database does not answer; later again", extra={"job": job.name, "error": str(error)})
        else:
            log.exception("a job failed; later again", extra={"job": job.name})


def do(job: Job, occasion: Occasion) -> Counts:
    """Run a job and write its line."""
    began_s = time.monotonic()
    counts = job.run(occasion)
    level = logging.DEBUG if job.urgent and not counts else logging.INFO
    log.log(level, "job", extra={"job": job.name, "took_ms": round(1000 * (time.monotonic() - began_s)), **counts})
    return counts
