"""What the page of outages and its file ask, for one viewer."""

from dataclasses import dataclass

from sqlalchemy import Connection

from contract import is_site
from dashboard.access import Viewer
from dashboard.guarded import house, viewer
from dashboard.queries.availability import available
from dashboard.queries.live import Rules
from dashboard.queries.outages import Outage, outages
from dashboard.queries.places import PlaceFacts, places
from dashboard.rows import Available
from models.base import HOUR, Instant
from models.database import read_only

SPANS = (30, 90, 365)
MOST = 500


@dataclass(frozen=True, slots=True)
class OutagePage:
    now: Instant
    zone: str
    days: int
    place: PlaceFacts | None
    """None: of all sites of the viewer."""
    available: Available | None
    rows: tuple[Outage, ...]


def outage_page(site: str, days: str) -> OutagePage | None:
    """None for a site that is not there or not the viewer's, and for a span that is not offered."""
    here = house()
    with read_only(here.engine) as connection:
        return read_outages(connection, viewer(), site, days, here.clock.now(), here.rules)


def read_outages(
    connection: Connection, who: Viewer, site: str, days: str, now: Instant, rules: Rules
) -> OutagePage | None:
    span = SPANS[0] if not days else next((one for one in SPANS if days == str(one)), 0)
    found = places(connection, who, now, site) if is_site(site) else []
    place = found[0] if found else None
    if not span or (site and place is None):
        return None
    shares = available(connection, [place.id], now, rules).get(place.id) if place else None
    rows = outages(connection, who, now - span * 24 * HOUR, site, MOST)
    return OutagePage(now, rules.zone, span, place, shares, tuple(rows))
