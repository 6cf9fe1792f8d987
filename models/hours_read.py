"""A site's hours out of its slots, for the clock and for a day that runs; and the sums of streets and of the district."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)

from models.base import Instant, big
from models.civil_day import day_bounds
from models.day_areas import areas_read
from models.day_sources import heard_minutes
from models.event import SLOT_US
from models.hours import SLOTS, HourSum, ScopeHour, SiteHour, hours_of
from models.place import Site
from models.site_day import DayRead

DISTRICT = ""
AT_ONCE = 60
"""Sites of one statement."""
_H = SiteHour.__table__.c
_FORGET = delete(SiteHour).where(
    _H.site_id == bindparam("site"), _H.at >= bindparam("since", type_=big), _H.at < bindparam("end", type_=big)
)


def site_hours(
    connection: Connection, site_id: int, bounds: tuple[Instant, Instant], now: Instant | None = None
) -> list[HourSum]:
    """Between the bounds of a day, as far as it is over at `now`; the hour that runs is there as far as it is known."""
    return sites_hours(connection, [site_id], bounds, now)[site_id]


def sites_hours(
    connection: Connection, sites: Sequence[int], bounds: tuple[Instant, Instant], now: Instant | None = None
) -> dict[int, list[HourSum]]:
    """The same by site, of days with the same bounds."""
    start, end = bounds
    if now is not None:
        end = min(end, max(start, -(-now // SLOT_US) * SLOT_US))
    hours: dict[int, list[HourSum]] = {}
    for first in range(0, len(sites), AT_ONCE):
        some = sites[first : first + AT_ONCE]
        areas, heard = areas_read(connection, some, start, end), heard_minutes(connection, some, start, end)
        for site in some:
            spans = [area.day.spans(area.begun, -(-end // SLOT_US) * SLOT_US) for area in areas[site]]
            hours[site] = hours_of(spans, heard[site], start, end)
    return hours


def hours_of_day(read: DayRead) -> list[HourSum]:
    """The same of a whole day that was read for its summary."""
    return hours_of(read.tracks, read.heard, *read.bounds)


def keep_hours(connection: Connection, kept: Sequence[tuple[int, tuple[Instant, Instant], list[HourSum]]]) -> None:
    """(site, bounds of the day, its hours), in place of whatever the days had."""
    if not kept:
        return
    connection.execute(_FORGET, [{"site": site, "since": start, "end": end} for site, (start, end), _ in kept])
    names = HourSum.__slots__
    rows = [
        {"site_id": site} | {name: getattr(one, name) for name in names} for site, _, hours in kept for one in hours
    ]
    if rows:
        connection.execute(insert(SiteHour), rows)


def add_up_scopes(connection: Connection, day: date, zone: str) -> None:
    """Every hour of the day for each street and for the district, by the database itself."""
    start, end = day_bounds(day, zone)
    connection.execute(delete(ScopeHour).where(ScopeHour.at >= start, ScopeHour.at < end))
    for scope, street in ((literal("street:") + Site.street, Site.street), (literal(DISTRICT), None)):
        sites = _sites(connection, start, end)
        of = [_H.at] if street is None else [street, _H.at]
        there = sites[None] if street is None else case(sites, value=street, else_=0)
        wanted = (
            select(scope, _H.at, *_sums(), cast(there, Integer))
            .select_from(SiteHour)
            .join(Site, Site.id == _H.site_id)
            .where(_H.at >= start, _H.at < end)
            .group_by(*of)
        )
        columns = [column.name for column in ScopeHour.__table__.columns]
        connection.execute(insert(ScopeHour).from_select(columns, wanted))


def _sums() -> list[ColumnElement[int]]:
    """Of the sites that were heard; a site's share of an hour is its average times the hour."""
    is_heard = _H.heard_min > 0
    return [
        func.sum(case((is_heard, value), else_=0))
        for value in (_H.last, _H.person_us * SLOTS // _H.slots, _H.came, _H.went, _H.heard_min, literal(1))
    ]


def _sites(connection: Connection, start: Instant, end: Instant) -> dict[str | None, int]:
    """How many stood on the day, by street; None is all of them. One that has closed for good is missed by nobody."""
    stood = or_(Site.ended_from.is_(None), Site.ended_from > start)
    found = connection.execute(
        select(Site.street, func.count()).where(Site.created_at < end, stood).group_by(Site.street)
    ).all()
    by_street: dict[str | None, int] = {row[0]: row[1] for row in found}
    return by_street | {None: sum(by_street.values())}
