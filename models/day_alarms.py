"""A day's alarms: what arose on it, what was open as it ended, and how people answered."""

from collections import Counter
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select

from models.alarm import Alarm, Transition
from models.alarm_life import SETTLED
from models.base import Instant
from models.day_blocks import OpenAlarm, Safety
from models.day_figures import percentile
from models.deadlines import Deadlines
from models.incident import INCIDENTS, REACHED, read
from models.response import called, response

_happened_at = func.coalesce(Alarm.raised_at, Alarm.opened_at)
_END: BindParameter[int] = bindparam("end")
_AROSE = select(Alarm.type, Alarm.grade).where(
    Alarm.site_id == bindparam("site"), _happened_at >= bindparam("since"), _happened_at < bindparam("until")
)
_LAST = (
    select(func.max(Transition.id))
    .where(Transition.alarm_id == Alarm.id, Transition.at < _END)
    .correlate(Alarm)
    .scalar_subquery()
)
_OPEN = (
    select(Alarm.type, Alarm.opened_at, Transition.state, Transition.at)
    .outerjoin(Transition, Transition.id == _LAST)
    .where(
        Alarm.site_id == bindparam("site"),
        or_(Alarm.settled_at.is_(None), Alarm.settled_at >= _END),
        or_(Alarm.opened_at < _END, Transition.id.is_not(None)),
    )
    .order_by(Alarm.opened_at, Alarm.id)
)


def safety(
    connection: Connection, site_id: int, start: Instant, day_end: Instant, end: Instant, deadlines: Deadlines
) -> Safety:
    """`end` is the day's, or now on a day that runs."""
    arose = connection.execute(_AROSE, {"site": site_id, "since": start, "until": day_end}).all()
    grades, by_type = Counter(row.grade for row in arose), Counter(row.type for row in arose)
    open_ = open_at(connection, site_id, end)
    open_by_type = Counter(one.type for one in open_)
    said = response(called(connection, [site_id], start, day_end), end, deadlines)
    return Safety(
        raised=len(arose),
        by_type=dict(sorted(by_type.items())),
        by_grade=(grades[1], grades[2], grades[3], grades[4]),
        false=said.false,
        open=len(open_),
        open_by_type=dict(sorted(open_by_type.items())),
        acknowledged=len(said.acks_us),
        ack_p50_us=percentile(said.acks_us, 50),
        ack_p90_us=percentile(said.acks_us, 90),
        called=said.called,
        unanswered=said.unanswered,
        close_p50_us=percentile(said.closes_us, 50),
        close_p90_us=percentile(said.closes_us, 90),
        arrive_p50_us=percentile(said.arrivals_us, 50),
        arrive_p90_us=percentile(said.arrivals_us, 90),
        limited=said.limited,
        in_limit=said.in_limit,
        open_alarms=open_,
        incidents=sum(by_type[type_] for type_ in INCIDENTS),
        family_told=_told(connection, site_id, start, day_end) if by_type.keys() & INCIDENTS else 0,
    )


def _told(connection: Connection, site_id: int, start: Instant, day_end: Instant) -> int:
    """Incidents of the day whose account says that somebody of the family was reached."""
    at = func.coalesce(Alarm.raised_at, Alarm.opened_at)
    found = connection.execute(
        select(Alarm.id, Transition.account)
        .join(Transition, Transition.alarm_id == Alarm.id)
        .where(Alarm.site_id == site_id, Alarm.type.in_(INCIDENTS), at >= start, at < day_end)
        .where(Transition.account.is_not(None))
    )
    return len({row.id for row in found if read(row.account).told in REACHED})


def open_at(connection: Connection, site_id: int, end: Instant) -> tuple[OpenAlarm, ...]:
    """What we knew of and nobody had settled at `end`, the oldest first: what people did later changes nothing in it."""
    found = connection.execute(_OPEN, {"site": site_id, "end": end})
    return tuple(sorted((one for row in found if (one := _open(row, end))), key=lambda one: one.since))


def _open(row: Any, end: Instant) -> OpenAlarm | None:
    """By its last step before `end`: one that was opened again since may have been settled then."""
    type_, opened_at, state, at = row
    if state in SETTLED:
        return None
    return OpenAlarm(type_, opened_at if opened_at < end else at or opened_at)
