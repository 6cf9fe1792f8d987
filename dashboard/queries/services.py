"""Services of today that are still to be given or are being given; without persons."""

from typing import Any

from sqlalchemy import Connection, and_, or_, select

from dashboard.access import Viewer
from dashboard.queries.places import seen_by
from models.base import MINUTE, Instant
from models.place import Site
from models.service import Service

MOST = 5000


def open_services(
    connection: Connection, viewer: Viewer, day: tuple[Instant, Instant], now: Instant, late_min: int
) -> list[dict[str, Any]]:
    """Planned for this day, or running whenever they were due; the earliest due first, `late` when it should have started."""
    start, end = day
    planned = and_(Service.state == "planned", Service.due_at >= start, Service.due_at < end)
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
            "late": row.state == "planned" and row.due_at <= now - late_min * MINUTE,
            "flags": [flag for flag in row.flags.split(",") if flag],
        }
        for row in connection.execute(wanted)
    ]
