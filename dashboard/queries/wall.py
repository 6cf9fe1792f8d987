"""What a wall shows that moves slowly: services by type, how soon alarms are answered, the day's curve."""

from collections import Counter, defaultdict

from sqlalchemy import Connection, func

from dashboard.access import Viewer
from dashboard.queries.desk import scope_times
from dashboard.queries.live import Rules
from dashboard.queries.places import seen_by
from dashboard.queries.today import asked_between
from dashboard.wall_rows import WallService, shown
from models.base import Instant
from models.civil_day import day_bounds, day_of
from models.day_begin import days_at, lives_among
from models.day_so_far import service_counts, services_of_day
from models.place import Site
from models.service import CATALOGUE, Service

TYPES_MOST = 8


def wall_services(connection: Connection, scope: str, now: Instant, rules: Rules) -> tuple[WallService, ...]:
    """Due on the day that runs at each site, by type, the most first; a code that is no type of the catalogue is not said."""
    counts, days = service_counts(), days_at(connection, now, rules.zone)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for _, bounds, sites in days:
        wanted = services_of_day(func.coalesce(Service.type, ""), sites is not None)
        wanted = wanted.join(Site, Site.id == Service.site_id).where(seen_by(Viewer("", "", scope)))
        if sites is None and len(days) > 1:
            wanted = wanted.where(lives_among(Service.site_id, None))
        for row in connection.execute(wanted, asked_between(*bounds, now, rules) | {"sites": sites or []}):
            of_type = found[row.by if row.by in CATALOGUE else ""]
            of_type.update({name: int(row._mapping[name]) for name in counts})
    some = [(type_, n) for type_, n in found.items() if n["planned"] + n["running"]]
    most = sorted(some, key=lambda one: (one[0] == "", -one[1]["planned"], one[0]))[:TYPES_MOST]
    return tuple(
        WallService(type_, shown(n["planned"]), shown(n["done"]), shown(n["running"]), n["late"]) for type_, n in most
    )


def ack_p50_s(connection: Connection, scope: str, now: Instant, rules: Rules) -> int | None:
    """Seconds to the acknowledgement of today's alarms, the median; the desk's today, which is the district's."""
    start, _ = day_bounds(day_of(now, rules.zone), rules.zone)
    return scope_times(connection, Viewer("", "", scope), start, now + 1).ack_p50_s
