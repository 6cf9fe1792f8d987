"""Open alarms and late services: what waits for a person."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from dashboard.access import Viewer
from dashboard.queries.places import seen_by
from dashboard.rows import AlarmRow
from models.alarm import Alarm
from models.base import MINUTE, Instant
from models.place import Site
from models.service import Service


@dataclass(frozen=True, slots=True)
class LateService:
    site_id: int
    due_at: Instant


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
    )


def late_services(connection: Connection, start: Instant, now: Instant, late_min: int) -> list[LateService]:
    """Of today, planned, due longer ago than the limit and neither started nor cancelled."""
    wanted = (
        select(Service.site_id, Service.due_at)
        .where(Service.state == "planned", Service.due_at >= start, Service.due_at < now - late_min * MINUTE)
        .order_by(Service.due_at)
    )
    return [LateService(row.site_id, row.due_at) for row in connection.execute(wanted)]
