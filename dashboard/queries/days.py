"""A site's day: the newest stored version, or the running day so far, computed by the same function."""

import json
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from dashboard.queries.places import PlaceFacts
from models.base import Instant
from models.civil_day import day_bounds
from models.day import SiteDay
from models.site_day import read_day


def day_summary(
    connection: Connection, place: PlaceFacts, day: date, zone: str, now: Instant
) -> tuple[int, dict[str, Any]] | None:
    """(version, summary); version 0 is computed now and not stored. None for a day that has not begun."""
    if day_bounds(day, zone)[0] > now:
        return None
    row = connection.execute(
        select(SiteDay)
        .where(SiteDay.site_id == place.id, SiteDay.day == day.isoformat())
        .order_by(SiteDay.version.desc())
        .limit(1)
    ).first()
    if row is not None:
        return row.version, json.loads(row.summary)
    return 0, msgspec.to_builtins(read_day(connection, place.id, day, zone, now))
