"""What the registry says of the sites that a viewer may see, valid now."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, func, select, true

from dashboard.access import Viewer
from models.base import Instant
from models.civil_day import AT_MIDNIGHT, Begins, day_bounds, day_of
from models.day_begin import begins_by_site
from models.place import Capacity, OpeningHours, Site, SiteTerm, Street
from models.site_life import terms_at


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """One site of the registry. `capacity` by area; '' stands for the whole site."""

    id: int
    site: str
    name_zh: str
    name_en: str
    kind: str
    street: str
    community: str | None
    address: str | None
    count_by: str
    hours: str
    capacity: dict[str, int]
    phone: str | None = None
    lat: float | None = None
    lon: float | None = None
    """WGS-84 degrees."""
    ended_from: Instant | None = None
    created_at: Instant = 0
    begins: Begins = AT_MIDNIGHT
    """At what hour its days begin."""

    def stood_at(self, at: Instant) -> bool:
        """False: it had closed for good."""
        return self.ended_from is None or self.ended_from > at

    def stood_on(self, day: str, zone: str) -> bool:
        """Whether it was registered by the end of that day, and had not closed for good before it began."""
        began = self.day_of(self.created_at, zone).isoformat() <= day
        return began and (self.ended_from is None or day <= self.day_of(self.ended_from - 1, zone).isoformat())

    def day_of(self, at: Instant, zone: str) -> date:
        return day_of(at, zone, self.begins)

    def bounds(self, day: date, zone: str) -> tuple[Instant, Instant]:
        return day_bounds(day, zone, self.begins)

    @property
    def persons(self) -> int | None:
        """Places at one time: of the whole site, else the sum of its areas."""
        return self.capacity.get("") or (sum(self.capacity.values()) or None)


@dataclass(frozen=True, slots=True)
class StreetFacts:
    code: str
    name_zh: str
    name_en: str


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """`Viewer.sees`, said to the database."""
    kind, _, code = viewer.scope.partition(":")
    if not kind:
        return true()
    column = {"street": Site.street, "community": Site.community, "site": Site.code}.get(kind)
    return false() if column is None else column == code


def places(connection: Connection, viewer: Viewer, now: Instant, site: str | None = None) -> list[PlaceFacts]:
    """In the order of their codes, as they were at `now`; with `site` at most that one. Who sees it is decided by today."""
    wanted = select(Site).where(seen_by(viewer)).order_by(Site.code)
    if site is not None:
        wanted = wanted.where(Site.code == site)
    found = connection.execute(wanted).all()
    if not found:
        return []
    only = found[0].id if site is not None else None
    capacity, hours = _capacity(connection, now, only), _hours(connection, now, only)
    terms = terms_at(connection, now, None if only is None else (only,))
    begins = begins_by_site(connection, None if only is None else (only,))
    return [
        _facts(r, terms.get(r.id, r), hours.get(r.id, ""), capacity.get(r.id, {}), begins.get(r.id, AT_MIDNIGHT))
        for r in found
    ]


def _facts(row: Any, term: Any, hours: str, capacity: dict[str, int], begins: Begins) -> PlaceFacts:
    """`term` says what it was called and where it belonged."""
    return PlaceFacts(
        row.id, row.code, term.name_zh, term.name_en, row.kind, term.street, term.community, row.address, row.count_by,
        hours, capacity, row.phone, row.lat, row.lon, row.ended_from,
        row.created_at, begins,
    )  # fmt: skip


def _capacity(connection: Connection, now: Instant, only: int | None) -> dict[int, dict[str, int]]:
    """The latest that is valid, by site and area."""
    latest = (
        select(Capacity.site_id, Capacity.area, func.max(Capacity.valid_from).label("since"))
        .where(Capacity.valid_from <= now)
        .group_by(Capacity.site_id, Capacity.area)
    )
    if only is not None:
        latest = latest.where(Capacity.site_id == only)
    newest = latest.subquery()
    wanted = select(Capacity).join(
        newest,
        (newest.c.site_id == Capacity.site_id)
        & (newest.c.area == Capacity.area)
        & (newest.c.since == Capacity.valid_from),
    )
    out: dict[int, dict[str, int]] = {}
    for row in connection.execute(wanted):
        if row.persons:
            out.setdefault(row.site_id, {})[row.area] = row.persons
    return out


def _hours(connection: Connection, now: Instant, only: int | None) -> dict[int, str]:
    wanted = select(OpeningHours).where(OpeningHours.valid_from <= now).order_by(OpeningHours.valid_from)
    if only is not None:
        wanted = wanted.where(OpeningHours.site_id == only)
    return {row.site_id: row.rule for row in connection.execute(wanted)}


def streets(connection: Connection) -> list[StreetFacts]:
    found = connection.execute(select(Street.code, Street.name_zh, Street.name_en).order_by(Street.code))
    return [StreetFacts(*row) for row in found]


def street_of(connection: Connection, place: PlaceFacts) -> StreetFacts:
    """A street that is not in the registry is called by its code."""
    found = (one for one in streets(connection) if one.code == place.street)
    return next(found, StreetFacts(place.street, place.street, place.street))


def streets_of(connection: Connection, viewer: Viewer) -> set[str]:
    """Codes of the streets in which the viewer has a site."""
    return set(connection.execute(select(Site.street).where(seen_by(viewer)).distinct()).scalars())


def next_facts_at(connection: Connection, now: Instant) -> Instant | None:
    """When the next capacity or opening hours take effect that the registry knows already."""
    soonest = [
        connection.execute(select(func.min(table.valid_from)).where(table.valid_from > now)).scalar()
        for table in (Capacity, OpeningHours, SiteTerm)
    ]
    return min((at for at in soonest if at is not None), default=None)
