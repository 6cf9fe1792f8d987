"""A day's alarms: what arose on it, what was open as it ended, and how people answered."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select

from models.alarm import Alarm, Transition
from models.alarm_life import SETTLED
from models.base import Instant, big
from models.day_blocks import OpenAlarm, Safety
from models.day_figures import percentile
from models.deadlines import Deadlines
from models.incident import INCIDENTS, REACHED, read
from models.response import Called, called, response

_SITES: BindParameter[Any] = bindparam("sites", expanding=True)
_SINCE, _UNTIL, _END = (bindparam(name, type_=big) for name in ("since", "until", "end"))
_happened_at = func.coalesce(Alarm.raised_at, Alarm.opened_at)
_AROSE = select(Alarm.site_id, Alarm.type, Alarm.grade).where(
    Alarm.site_id.in_(_SITES), _happened_at >= _SINCE, _happened_at < _UNTIL
)
_LAST = (
    select(func.max(Transition.id))
    .where(Transition.alarm_id == Alarm.id, Transition.at < _END)
    .correlate(Alarm)
    .scalar_subquery()
)
_OPEN = (
    select(Alarm.site_id, Alarm.type, Alarm.opened_at, Transition.state, Transition.at)
    .outerjoin(Transition, Transition.id == _LAST)
    .where(
        Alarm.site_id.in_(_SITES),
        or_(Alarm.settled_at.is_(None), Alarm.settled_at >= _END),
        or_(Alarm.opened_at < _END, Transition.id.is_not(None)),
    )
    .order_by(Alarm.opened_at, Alarm.id)
)
_ACCOUNTS = (
    select(Alarm.site_id, Alarm.id, Transition.account)
    .join(Transition, Transition.alarm_id == Alarm.id)
    .where(Alarm.site_id.in_(_SITES), Alarm.type.in_(INCIDENTS), _happened_at >= _SINCE, _happened_at < _UNTIL)
    .where(Transition.account.is_not(None))
)


@dataclass(frozen=True)
class Alarms:
    """Of a site's day: (code, grade) of what arose; what was open as it ended, the oldest first; what called somebody;
    and the incidents whose account says that somebody of the family was reached."""

    arose: list[tuple[str, int]] = field(default_factory=list)
    open: list[OpenAlarm] = field(default_factory=list)
    called: list[Called] = field(default_factory=list)
    told: set[int] = field(default_factory=set)


def alarms_of(
    connection: Connection, sites: Sequence[int], start: Instant, day_end: Instant, end: Instant
) -> dict[int, Alarms]:
    """By site. `end` is the day's, or now on a day that runs: what people did later changes nothing in what was open."""
    found: dict[int, Alarms] = defaultdict(Alarms)
    of_day = {"sites": list(sites), "since": start, "until": day_end}
    rows: Sequence[Any] = connection.execute(_AROSE, of_day).all()
    for site, type_, grade in rows:
        found[site].arose.append((type_, grade))
    for row in connection.execute(_OPEN, {"sites": list(sites), "end": end}).all():
        if one := _open(row, end):
            found[row.site_id].open.append(one)
    for alarm in called(connection, sites, start, day_end):
        found[alarm.site_id].called.append(alarm)
    _add_told(connection, found, of_day)
    return found


def _open(row: Any, end: Instant) -> OpenAlarm | None:
    """By its last step before `end`: one that was opened again since may have been settled then."""
    _, type_, opened_at, state, at = row
    if state in SETTLED:
        return None
    return OpenAlarm(type_, opened_at if opened_at < end else at or opened_at)


def _add_told(connection: Connection, found: dict[int, Alarms], of_day: dict[str, Any]) -> None:
    sites = [site for site, alarms in found.items() if any(type_ in INCIDENTS for type_, _ in alarms.arose)]
    rows: Sequence[Any] = connection.execute(_ACCOUNTS, of_day | {"sites": sites}).all() if sites else ()
    for site, alarm_id, account in rows:
        if read(account).told in REACHED:
            found[site].told.add(alarm_id)


def safety(alarms: Alarms, end: Instant, deadlines: Deadlines) -> Safety:
    """`end` is the day's, or now on a day that runs."""
    grades, by_type = Counter(grade for _, grade in alarms.arose), Counter(type_ for type_, _ in alarms.arose)
    open_ = tuple(sorted(alarms.open, key=lambda one: one.since))
    open_by_type = Counter(one.type for one in open_)
    said = response(alarms.called, end, deadlines)
    return Safety(
        raised=len(alarms.arose),
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
        family_told=len(alarms.told),
    )
