"""Once a day: the steps and deliveries of alarms that were settled long ago, and old lines of the ledger of jobs."""

from sqlalchemy import ColumnElement, delete, exists, select

from ingest.jobs.bites import bites
from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.alarm import Alarm, Delivery, Transition
from models.base import HOUR
from models.change import JobRun
from models.database import transaction

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
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    return {"alarms": _forget_steps(occasion), "occasions": _forget_occasions(occasion)}


def _forget_steps(occasion: Occasion) -> int:
    before = occasion.now - occasion.cfg.alarms.keep_steps_days * _DAY
    told = exists().where(Transition.alarm_id == Alarm.id)
    # `opened_at` is never after `settled_at`, and has the index.
    due = select(Alarm.id).where(Alarm.opened_at < before, Alarm.settled_at < before, told).limit(BITE)
    gone = 0
    for bite in bites(occasion, due):
        alarms = [id_ for (id_,) in bite]
        with transaction(occasion.engine) as connection:
            steps = select(Transition.id).where(Transition.alarm_id.in_(alarms))
            connection.execute(delete(Delivery).where(Delivery.transition_id.in_(steps)))
            connection.execute(delete(Transition).where(Transition.alarm_id.in_(alarms)))
        gone += len(alarms)
    return gone


def _forget_occasions(occasion: Occasion) -> int:
    old: ColumnElement[bool] = (JobRun.done_at < occasion.now - occasion.cfg.ingest.keep_ledger_days * _DAY) & (
        JobRun.job.in_(_BY_DAY)
    )
    with transaction(occasion.engine) as connection:
        return connection.execute(delete(JobRun).where(old)).rowcount
