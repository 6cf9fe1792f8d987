"""The page of one site: everything it needs, from one consistent picture."""

import json
from datetime import timedelta

from sqlalchemy import Connection, bindparam, func, select

from dashboard.access import Viewer
from dashboard.queries.alarms import alarms_of
from dashboard.queries.availability import available
from dashboard.queries.calm import calm_times
from dashboard.queries.curves import day_curve
from dashboard.queries.happenings import happenings
from dashboard.queries.kin import kin
from dashboard.queries.ledgers import Memory, ledgers
from dashboard.queries.live import Live, Rules, live_parts, site_row
from dashboard.queries.places import PlaceFacts, places, street_of
from dashboard.queries.streams import missing_of
from dashboard.queries.today import asked_between, today_by_site
from dashboard.queries.usual import usual_curve
from dashboard.rows import DeviceRow, ServiceCount, SiteFrame, SitePageRows
from models.alarm import Watch
from models.base import Instant
from models.civil_day import day_of, next_change
from models.day_so_far import services_of_day
from models.device import Device
from models.event import SLOT_US
from models.service import Service

_UNREPORTED = select(Watch.unreported).where(Watch.site_id == bindparam("site"))
_DEVICES = select(Device).where(Device.site_id == bindparam("site")).order_by(Device.code)
_BY_TYPE = services_of_day(func.coalesce(Service.type, ""), some=True)


def site_page(connection: Connection, viewer: Viewer, site: str, now: Instant, rules: Rules) -> SitePageRows | None:
    """None for a site that is not there or not the viewer's: the two look the same."""
    found = places(connection, viewer, now, site)
    if not found:
        return None
    place = found[0]
    day = place.day_of(now, rules.zone)
    start, end = place.bounds(day, rules.zone)
    before = place.bounds(day - timedelta(days=1), rules.zone)[0]
    until = min(end, (now // SLOT_US + 1) * SLOT_US)
    street = street_of(connection, place)
    return SitePageRows(
        frame=site_frame(connection, place, now, rules),
        street_zh=street.name_zh,
        street_en=street.name_en,
        address=place.address,
        hours=place.hours,
        today=day_curve(connection, place.id, place.count_by, start, until),
        yesterday=day_curve(connection, place.id, place.count_by, before, start),
        usual=usual_curve(connection, f"site:{place.site}", day_of(now, rules.zone), rules.zone),
        day_start=start,
        day_end=end,
        may_act=viewer.may("site.correct"),
        available=available(connection, [place.id], now, rules)[place.id],
        calm=calm_times(connection, viewer, now, place.site),
        unreported=_unreported(connection, place.id),
        kin=kin(connection, viewer, place.id, place.ended_from),
        zone=rules.zone,
    )


def site_frame(
    connection: Connection, place: PlaceFacts, now: Instant, rules: Rules, memory: Memory | None = None
) -> SiteFrame:
    """`memory`: of the raw events that were read for the frames before."""
    live: Live = live_parts(connection, [place])[place.id]
    bounds = place.bounds(place.day_of(now, rules.zone), rules.zone)
    start, _ = bounds
    alarms = alarms_of(connection, place.id, start)
    row = site_row(place, live, [alarm.grade for alarm in alarms if alarm.open], now, rules)
    changes_at = next_change(place.hours, now, rules.zone, rules.exceptions) if place.hours else None
    points = day_curve(connection, place.id, place.count_by, now // SLOT_US * SLOT_US, (now // SLOT_US + 1) * SLOT_US)
    today = today_by_site(connection, now, rules, (place.id,)).get(place.id)
    return SiteFrame(
        as_of=now,
        change=0,
        site=row,
        ledgers=ledgers(connection, place.id, place.count_by, start, memory),
        happenings=tuple(happenings(connection, {place.id: place}, now, 12, {place.id}, slots_back=12)),
        services=_services(connection, place.id, bounds, now, rules),
        alarms=tuple(alarms),
        devices=_devices(connection, place.id),
        point=points[-1] if points else None,
        visits=today.visits if today else None,
        persons=today.persons if today else None,
        opens_at=changes_at if row.state == "closed" else None,
        closes_at=changes_at if row.state != "closed" else None,
        missing=missing_of(connection, place.site),
    )


def _services(
    connection: Connection, site_id: int, bounds: tuple[Instant, Instant], now: Instant, rules: Rules
) -> tuple[ServiceCount, ...]:
    """Today's by type, the most planned first."""
    found = connection.execute(_BY_TYPE, {"sites": [site_id]} | asked_between(*bounds, now, rules))
    made = [ServiceCount(r.by, *map(int, (r.planned, r.running, r.done, r.late, r.cancelled))) for r in found]
    return tuple(sorted(made, key=lambda one: (-one.planned, one.type)))


def _unreported(connection: Connection, site_id: int) -> tuple[str, ...]:
    kept = connection.execute(_UNREPORTED, {"site": site_id}).scalar()
    return tuple(json.loads(kept)) if kept else ()


def _devices(connection: Connection, site_id: int) -> tuple[DeviceRow, ...]:
    found = connection.execute(_DEVICES, {"site": site_id})
    return tuple(
        DeviceRow(
            r.code,
            bool(r.new),
            r.heard_at,
            None if r.online is None else bool(r.online),
            r.battery_pct,
            r.clock_offset_ms,
            r.queued,
        )
        for r in found
    )
