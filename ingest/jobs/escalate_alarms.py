"""Every few seconds: alarms whose deadline is reached call the next one up the line; and the worker is looked after.

The deadline is in the condition of the update, so any number of schedulers take each step once.
"""

from typing import Any

from sqlalchemy import Connection, select, update

from config import Config
from ingest.jobs.occasion import Counts, Occasion
from ingest.own import watch_worker
from models.alarm import Alarm
from models.alarm_life import SETTLED
from models.alarm_steps import note
from models.base import Instant
from models.calm import MAINTENANCE, QUIET, calm_till
from models.database import read_only, transaction
from models.deadlines import deadlines_of
from models.escalation import Settings, Waiting, next_step
from models.place import Site

BITE = 100


def escalate_alarms(occasion: Occasion) -> Counts:
    """Counts `called` and `put_off`; with `own` an alarm about ourselves is open."""
    settings = settings_of(occasion.cfg)
    counts = {"called": 0, "put_off": 0}
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            due = _due(connection, occasion.now)
        for row in due:
            with transaction(occasion.engine) as connection:
                outcome = escalate(connection, row, occasion.now, settings)
            if outcome is not None:
                counts[outcome] += 1
        if len(due) < BITE:
            break
        occasion.breathe()
    own = watch_worker(
        occasion.engine, occasion.now, occasion.cfg.alarms.own_gap_s, deadlines_of(occasion.cfg.deadlines)
    )
    return counts | {"own": int(own)} if own or any(counts.values()) else {}


def settings_of(cfg: Config) -> Settings:
    said = cfg.alarms
    return Settings(cfg.time.zone, said.quiet_from, said.quiet_until, said.quiet_grade, said.remind_every_min,
                    deadlines_of(cfg.deadlines))  # fmt: skip


def _due(connection: Connection, now: Instant) -> list[Any]:
    """With the ends of the repair and of the quiet time that each falls into."""
    wanted = (
        select(
            Alarm.id, Alarm.type, Alarm.grade, Alarm.state, Alarm.level, Alarm.opened_at, Alarm.due_at,
            calm_till(MAINTENANCE, now).label("maintained_until"), calm_till(QUIET, now).label("hushed_until"),
        )
        .outerjoin(Site, Site.id == Alarm.site_id)
        .where(Alarm.due_at <= now, Alarm.state.not_in(SETTLED))
        .order_by(Alarm.grade, Alarm.due_at)
        .limit(BITE)
    )  # fmt: skip
    return list(connection.execute(wanted))


def escalate(connection: Connection, alarm: Any, now: Instant, settings: Settings) -> str | None:
    """`called`, `put_off`; None when somebody else took the step, or acted meanwhile."""
    held = alarm.maintained_until, alarm.hushed_until
    waiting = Waiting(alarm.type, alarm.grade, alarm.state, alarm.level, alarm.opened_at, *held)
    step = next_step(waiting, now, settings)
    level = alarm.level if step.level is None else step.level
    done = connection.execute(
        update(Alarm)
        .where(Alarm.id == alarm.id, Alarm.due_at == alarm.due_at, Alarm.state == alarm.state)
        .where(Alarm.level == alarm.level)
        .values(level=level, due_at=step.due_at)
    )
    if done.rowcount != 1:
        return None
    if step.level is None:
        return "put_off"
    note(connection, alarm.id, now, "escalated", alarm.state, level=level, tell=True)
    return "called"
