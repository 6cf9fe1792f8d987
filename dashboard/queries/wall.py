"""What a wall shows that moves slowly: services by type, how soon alarms are answered, the day's curve."""

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import Connection, case, func, select

from dashboard.access import Viewer
from dashboard.queries.desk import scope_times
from dashboard.queries.live import Rules
from dashboard.queries.places import seen_by
from dashboard.wall_rows import WallService, shown
from models.base import MINUTE, Instant
from models.civil_day import day_bounds, day_of
from models.place import Site
from models.service import CATALOGUE, Service

TYPES_MOST = 8


def wall_services(connection: Connection, scope: str, now: Instant, rules: Rules) -> tuple[WallService, ...]:
    """Due today, by type, the most first; a code that is no type of the catalogue is not said."""
    start, end = day_bounds(day_of(now, rules.zone), rules.zone)
    missed = now - rules.service_late_min * MINUTE
    late = case(((Service.state == "planned") & (Service.due_at < missed), 1), else_=0)
    columns: list[Any] = [Service.type, Service.state, late.label("late")]
    wanted = (
        select(*columns, func.count().label("n"))
        .join(Site, Site.id == Service.site_id)
        .where(seen_by(Viewer("", "", scope)), Service.due_at >= start, Service.due_at < end)
        .where(Service.state != "cancelled")
        .group_by(*columns)
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(wanted):
        of_type = found[row.type if row.type in CATALOGUE else ""]
        of_type["planned"] += row.n
        of_type["done" if row.state == "confirmed" else row.state] += row.n if row.state != "planned" else 0
        of_type["late"] += row.n * row.late
    most = sorted(found.items(), key=lambda one: (one[0] == "", -one[1]["planned"], one[0]))[:TYPES_MOST]
    return tuple(
        WallService(type_, shown(n["planned"]), shown(n["done"]), shown(n["running"]), n["late"]) for type_, n in most
    )


def ack_p50_s(connection: Connection, scope: str, now: Instant, rules: Rules) -> int | None:
    """Seconds to the acknowledgement of today's alarms, the median."""
    start, _ = day_bounds(day_of(now, rules.zone), rules.zone)
    return scope_times(connection, Viewer("", "", scope), start, now + 1).ack_p50_s
