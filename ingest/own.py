"""Writes the one alarm about ourselves; asked by the worker about its line, and by the clock about the worker."""

from sqlalchemy import Connection, Engine, case, select, update

from config import Alarms
from ingest.rules.lasting import Hearing
from ingest.rules.own import own
from models.alarm import Alarm
from models.alarm_steps import Cause, Place, clear_alarm, raise_alarm
from models.base import MINUTE, SECOND, Instant
from models.change import Worker
from models.database import read_only, transaction
from models.deadlines import Deadlines

LISTENING = "listening"
"""The subject: whether a message that is sent now would be kept."""


def judge_ourselves(
    connection: Connection,
    now: Instant,
    hearing: Hearing,
    lost_at: Instant | None,
    limits: Alarms,
    deadlines: Deadlines,
) -> None:
    hears = hearing.since is not None
    held = _held(connection)
    raises, resolves = own(lost_at, hears, held is not None, now, limits.own_gap_s)
    if raises:
        cause = Cause(Place(), "OWN", LISTENING, since=lost_at or now)
        late = hears and now - cause.since > limits.page_within_min * MINUTE
        held = raise_alarm(connection, cause, now, deadlines, late=late) or held
    if resolves and held is not None:
        clear_alarm(connection, held, now)


def forget_beyond(connection: Connection, at: Instant) -> None:
    """No gap of ours that has ended reaches beyond this: what a clock said that was set back since has not been."""
    end = case((Alarm.raised_at > at, Alarm.raised_at), else_=at)
    ours = (Alarm.type == "OWN", Alarm.site_id.is_(None), Alarm.cleared_at > end)
    connection.execute(update(Alarm).where(*ours).values(cleared_at=end))


def take_leap(connection: Connection, known_to: Instant, now: Instant) -> None:
    """The clock was set so far that nothing can be counted over it. The row says at once that the worker is there, or the clock
    would take the leap for its silence."""
    forget_beyond(connection, known_to)
    connection.execute(update(Worker).values(seen_at=now))


def watch_worker(engine: Engine, now: Instant, gap_s: int, deadlines: Deadlines) -> bool:
    """Raise it when the worker's row has not moved for too long; the worker itself resolves it. Whether one is open now."""
    with read_only(engine) as connection:
        seen_at = connection.execute(select(Worker.seen_at)).scalar()
        held = _held(connection) is not None
    if held or seen_at is None or now - seen_at < gap_s * SECOND:
        return held
    with transaction(engine) as connection:
        raise_alarm(connection, Cause(Place(), "OWN", LISTENING, since=seen_at), now, deadlines)
    return True


def _held(connection: Connection) -> int | None:
    found = select(Alarm.id).where(Alarm.holds == 1, Alarm.type == "OWN", Alarm.site_id.is_(None))
    return connection.execute(found).scalar()
