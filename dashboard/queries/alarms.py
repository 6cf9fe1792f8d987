"""Open alarms: what waits for a person."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from dashboard.access import Viewer
from dashboard.alarm_rows import AlarmRow, WideAlarm
from dashboard.queries.places import seen_by
from models.alarm import Alarm
from models.alarm_steps import numbers_of
from models.base import Instant, big
from models.place import Site

REMEMBERED = 20_000
"""Open alarms whose row is kept as long as nothing in it changes: some are read five times a second."""

_OF_SITES = select(
    Alarm.id, Alarm.site_id, Site.code, Alarm.type, Alarm.grade, Alarm.area, Alarm.open, Alarm.late, Alarm.raised_at,
    Alarm.cleared_at, Alarm.numbers, Alarm.parent_id, Alarm.state, Alarm.opened_at,
).join(Site, Site.id == Alarm.site_id)  # fmt: skip
_ONE_SITES = (
    _OF_SITES.where(
        Alarm.site_id == bindparam("site"), or_(Alarm.open == 1, Alarm.raised_at >= bindparam("since", type_=big))
    )
    .order_by(Alarm.open.desc(), Alarm.raised_at.desc())
    .limit(50)
)


@lru_cache(256)
def _open(scope: str) -> Any:
    mine = seen_by(Viewer("", "", scope))
    return _OF_SITES.where(Alarm.open == 1, mine).order_by(Alarm.grade, Alarm.raised_at)


@lru_cache(256)
def _gone(scope: str) -> Any:
    mine = seen_by(Viewer("", "", scope))
    unsettled = and_(Alarm.settled_at.is_(None), Alarm.holds == 0)
    return _OF_SITES.where(unsettled, mine).order_by(Alarm.grade, Alarm.raised_at)


def open_alarms(connection: Connection, viewer: Viewer) -> dict[int, list[AlarmRow]]:
    """By site number, worst first, then oldest."""
    return _by_site(connection, _open(viewer.scope))


def gone_unsettled(connection: Connection, viewer: Viewer) -> dict[int, list[AlarmRow]]:
    """The same of alarms whose cause is gone and that do not close by themselves, as long as nobody has closed them."""
    return _by_site(connection, _gone(viewer.scope))


def _by_site(connection: Connection, wanted: Any) -> dict[int, list[AlarmRow]]:
    out: dict[int, list[AlarmRow]] = {}
    for row in connection.execute(wanted):
        out.setdefault(row.site_id, []).append(_remembered(*row))
    return out


def alarms_of(connection: Connection, site_id: int, since: Instant) -> list[AlarmRow]:
    """Open ones and those raised since, open first, newest first."""
    found: Any = connection.execute(_ONE_SITES, {"site": site_id, "since": since})
    return [_row(*row) for row in found]


def _row(
    id_: int, _site: int, site: str, type_: str, grade: int, area: str | None, open_: int, late: int,
    raised_at: Instant | None, cleared_at: Instant | None, numbers: str, parent: int | None, state: str,
    opened_at: Instant | None,
) -> AlarmRow:  # fmt: skip
    """Of the columns of `_OF_SITES`."""
    said = numbers_of(numbers)
    return AlarmRow(
        id_, site, type_, grade, area, bool(open_), bool(late), raised_at, cleared_at, said, parent, state, opened_at
    )


_remembered = lru_cache(REMEMBERED)(_row)


_MEMBER = aliased(Alarm)
_WIDE = (
    select(
        Alarm.id,
        Alarm.street,
        Alarm.type,
        Alarm.grade,
        Alarm.raised_at,
        Alarm.opened_at,
        Alarm.state,
        Alarm.late,
        select(func.count()).where(_MEMBER.parent_id == Alarm.id, _MEMBER.holds == 1).scalar_subquery().label("n"),
    )
    .where(Alarm.open == 1, Alarm.site_id.is_(None))
    .order_by(Alarm.grade, Alarm.id)
)


def wide_alarms(connection: Connection) -> tuple[WideAlarm, ...]:
    """The open alarms that are about no single site."""
    found = connection.execute(_WIDE)
    return tuple(
        WideAlarm(r.id, r.street, r.type, r.grade, r.raised_at or r.opened_at, r.n, r.state, r.opened_at, bool(r.late))
        for r in found
    )
