"""Open alarms: what waits for a person."""

from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from dashboard.access import Viewer
from dashboard.alarm_rows import AlarmRow, WideAlarm
from dashboard.queries.places import seen_by
from models.alarm import Alarm
from models.alarm_steps import numbers_of
from models.base import Instant
from models.place import Site


def open_alarms(connection: Connection, viewer: Viewer) -> dict[int, list[AlarmRow]]:
    """By site number, worst first, then oldest."""
    wanted = (
        select(Alarm, Site.code)
        .join(Site, Site.id == Alarm.site_id)
        .where(Alarm.open == 1, seen_by(viewer))
        .order_by(Alarm.grade, Alarm.raised_at)
    )
    out: dict[int, list[AlarmRow]] = {}
    for row in connection.execute(wanted):
        out.setdefault(row.site_id, []).append(_row(row))
    return out


def alarms_of(connection: Connection, site_id: int, since: Instant) -> list[AlarmRow]:
    """Open ones and those raised since, open first, newest first."""
    wanted = (
        select(Alarm, Site.code)
        .join(Site, Site.id == Alarm.site_id)
        .where(Alarm.site_id == site_id, (Alarm.open == 1) | (Alarm.raised_at >= since))
        .order_by(Alarm.open.desc(), Alarm.raised_at.desc())
        .limit(50)
    )
    return [_row(row) for row in connection.execute(wanted)]


def _row(r: Any) -> AlarmRow:
    return AlarmRow(
        r.id,
        r.code,
        r.type,
        r.grade,
        r.area,
        bool(r.open),
        bool(r.late),
        r.raised_at,
        r.cleared_at,
        numbers_of(r.numbers),
        r.parent_id,
        r.state,
    )


def wide_alarms(connection: Connection) -> tuple[WideAlarm, ...]:
    """The open alarms that are about no single site."""
    member = aliased(Alarm)
    members = select(func.count()).where(member.parent_id == Alarm.id, member.holds == 1).scalar_subquery()
    wanted = select(
        Alarm.id,
        Alarm.street,
        Alarm.type,
        Alarm.grade,
        Alarm.raised_at,
        Alarm.opened_at,
        Alarm.state,
        members.label("n"),
    )
    found = connection.execute(wanted.where(Alarm.open == 1, Alarm.site_id.is_(None)).order_by(Alarm.grade, Alarm.id))
    return tuple(WideAlarm(r.id, r.street, r.type, r.grade, r.raised_at or r.opened_at, r.n, r.state) for r in found)
