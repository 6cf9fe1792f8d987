"""Services of today that are still to be given or are being given; without persons."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from dashboard.access import Viewer
from dashboard.queries.live import Rules
from dashboard.queries.places import seen_by
from models.base import MINUTE, Instant
from models.day_begin import days_at, lives_among
from models.place import Site
from models.service import Service

MOST = 5000


def open_services(connection: Connection, viewer: Viewer, now: Instant, rules: Rules) -> list[dict[str, Any]]:
    """Planned for the day that runs at their site, or running whenever they were due; the earliest due first, `late` when it
    should have started."""
    planned = and_(Service.state == "planned", _due_today(connection, now, rules.zone))
    wanted = (
        select(Service, Site.code)
        .join(Site, Site.id == Service.site_id)
        .where(seen_by(viewer), or_(planned, Service.state == "running"))
        .order_by(Service.due_at.is_(None), Service.due_at, Service.id)
        .limit(MOST)
    )
    return [
        {
            "site": row.code,
            "service": row.ref,
            "type": row.type,
            "state": row.state,
            "due_at": row.due_at,
            "minutes": row.minutes,
            "started_at": row.started_at,
            "late": row.state == "planned" and row.due_at <= now - rules.service_late_min * MINUTE,
            "flags": [flag for flag in row.flags.split(",") if flag],
        }
        for row in connection.execute(wanted)
    ]


def _due_today(connection: Connection, now: Instant, zone: str) -> ColumnElement[bool]:
    days = days_at(connection, now, zone)
    within = [(and_(Service.due_at >= start, Service.due_at < end), sites) for _, (start, end), sites in days]
    if len(within) == 1:
        return within[0][0]
    return or_(*(and_(due, lives_among(Service.site_id, sites)) for due, sites in within))
