"""Services of today that are still to be given or are being given; without persons."""

from typing import Any

from sqlalchemy import Connection, select

from dashboard.access import Viewer
from dashboard.queries.streams import sites_seen
from models.base import MINUTE, Instant
from models.place import Site
from models.service import Service


def open_services(
    connection: Connection, viewer: Viewer, start: Instant, now: Instant, late_min: int
) -> list[dict[str, Any]]:
    """Planned and running ones since `start`, the earliest due first; `late` when it should have started."""
    seen = sites_seen(connection, viewer)
    wanted = (
        select(Service, Site.code)
        .join(Site, Site.id == Service.site_id)
        .where(
            Service.state.in_(("planned", "running")),
            Service.due_at >= start,
            Service.due_at < start + 24 * 60 * MINUTE,
        )
        .order_by(Service.due_at)
        .limit(5000)
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
            "late": row.state == "planned" and row.due_at < now - late_min * MINUTE,
            "flags": [flag for flag in row.flags.split(",") if flag],
        }
        for row in connection.execute(wanted)
        if row.code in seen
    ]
