"""Once a day: the steps and deliveries of alarms that were settled long ago, and old lines of the ledger of jobs."""

from sqlalchemy import ColumnElement, delete, exists, select

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.alarm import Alarm, Delivery, Transition
from models.base import HOUR
from models.change import JobRun
from models.database import read_only, transaction

JOB = "forget_alarm_steps"
BITE = 200
"""Alarms a bite: each has some ten steps."""
_DAY = 24 * HOUR
_BY_DAY = (
    "check_deeds",
    "forget_persons",
    "forget_alarm_steps",
    "forget_quarantine",
    "forget_seen",
    "forget_sign_ins",
    "optimise",
    "reckon_usual",
)
"""Jobs that ask the ledger for today alone; by the others' lines days are told that are done."""


def forget_alarm_steps(occasion: Occasion) -> Counts:
    """Counts `alarms` whose steps went, `occasions`. The alarms themselves stay: response times of years are told from them."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    counts = {"alarms": _forget_steps(occasion), "occasions": _forget_occasions(occasion)}
    if not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            enter(connection, occasion, JOB, period, counts)
    return counts


def _forget_steps(occasion: Occasion) -> int:
    before = occasion.now - occasion.cfg.alarms.keep_steps_days * _DAY
    told = exists().where(Transition.alarm_id == Alarm.id)
    # `opened_at` is never after `settled_at`, and has the index.
    due = select(Alarm.id).where(Alarm.opened_at < before, Alarm.settled_at < before, told).limit(BITE)
    gone = 0
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            alarms = connection.execute(due).scalars().all()
        if not alarms:
            break
        with transaction(occasion.engine) as connection:
            steps = select(Transition.id).where(Transition.alarm_id.in_(alarms))
            connection.execute(delete(Delivery).where(Delivery.transition_id.in_(steps)))
            connection.execute(delete(Transition).where(Transition.alarm_id.in_(alarms)))
        gone += len(alarms)
        occasion.breathe()
    return gone


def _forget_occasions(occasion: Occasion) -> int:
    old: ColumnElement[bool] = (JobRun.done_at < occasion.now - occasion.cfg.ingest.keep_ledger_days * _DAY) & (
        JobRun.job.in_(_BY_DAY)
    )
    with transaction(occasion.engine) as connection:
        return connection.execute(delete(JobRun).where(old)).rowcount
