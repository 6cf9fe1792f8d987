"""On what occasion a job runs, and the ledger by which each period's work is done once."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, delete, insert, select

from config import Config
from models.base import MINUTE, SECOND, Instant
from models.calendar import exceptions_of
from models.change import JobRun
from models.civil_day import day_of
from models.database import read_only, transaction
from models.deadlines import deadlines_of
from models.site_day import DayRules

Counts = dict[str, int]
"""What a run did, by name; it stands in the log and in the ledger."""

_BREATH_S = 0.02
FORGET_EVENTS = "forget_events"


@dataclass(frozen=True)
class Occasion:
    """`now` is the product's time, `real_now` the wall clock's, by which sign-ins live."""

    engine: Engine
    cfg: Config
    now: Instant
    real_now: Instant
    day: date | None = None
    """Asked for by a person: then the ledger does not hold the job back."""
    forced: bool = False
    is_stopping: Callable[[], bool] = lambda: False
    bitten: Callable[[], None] = lambda: None
    """Called between two bites, for whoever wants to know how far it is."""

    @property
    def today(self) -> date:
        return day_of(self.now, self.cfg.time.zone)

    def breathe(self) -> None:
        """Between two bites: a waiting writer sleeps while it polls the lock, and would not find it free otherwise."""
        self.bitten()
        time.sleep(_BREATH_S)


def day_rules(cfg: Config) -> DayRules:
    """As the pages have them, so that a day is summed up as it was shown."""
    return DayRules(
        exceptions=exceptions_of(cfg.time.days_file),
        on_time=cfg.alarms.service_late_min * MINUTE,
        silent=cfg.states.silent_after_s * SECOND,
        deadlines=deadlines_of(cfg.deadlines),
    )


def is_done(connection: Connection, occasion: Occasion, job: str, period: str) -> bool:
    """Whether the ledger says that the job has done this period; never so when a person asked for it."""
    if occasion.forced:
        return False
    return (
        connection.execute(select(JobRun.done_at).where(JobRun.job == job, JobRun.period == period)).first() is not None
    )


def once_a_day(occasion: Occasion, job: str, work: Callable[[Occasion], Counts]) -> Counts:
    """What the day's work counts; nothing where the ledger says that it is done. Told to stop, it is begun again later."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, job, period):
            return {}
    counts = work(occasion)
    if not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            enter(connection, occasion, job, period, counts)
    return counts


def forgotten_before(connection: Connection) -> Instant:
    """Before which moment raw events have gone, as the ledger says; 0 while none have."""
    results = connection.execute(select(JobRun.result).where(JobRun.job == FORGET_EVENTS)).scalars()
    return max((json.loads(said).get("before_s", 0) * SECOND for said in results if said), default=0)


def enter(connection: Connection, occasion: Occasion, job: str, period: str, counts: Counts) -> None:
    """Write the ledger's row, in the transaction that finishes the period's work; the first of two schedulers wins."""
    if is_done(connection, occasion, job, period):
        return
    connection.execute(delete(JobRun).where(JobRun.job == job, JobRun.period == period))
    row = {"job": job, "period": period, "done_at": occasion.now, "result": json.dumps(counts)}
    connection.execute(insert(JobRun).values(row))
