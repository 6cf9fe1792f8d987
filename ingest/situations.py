"""Reads, of some sites at one moment, what the rules are given: a few queries for all of them together."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select

from ingest.areas import areas_known, areas_now, heads_of
from ingest.rules.situation import AreaNow, DeviceNow, Limits, Situation
from ingest.situations_of_care import meals_now, night_now, sensors_now, staff_now
from models.base import HOUR, MINUTE, Instant
from models.civil_day import Exceptions, is_open, is_scheduled_open, last_change
from models.device import Device
from models.event import SLOT_US
from models.occupancy import Basis, SiteState, Slot, track_of
from models.place import Area, OpeningHours, Site
from models.service import Service

_WEEK: Instant = 7 * 24 * HOUR
_RUNS_AT_MOST: Instant = 24 * HOUR
_AHEAD: Instant = 20 * MINUTE
"""Services due within this are read too, so that the next look is put where they would be late."""


def situations(
    connection: Connection, sites: Collection[int], now: Instant, limits: Limits, zone: str, exceptions: Exceptions
) -> dict[int, Situation]:
    """By site number; a site that is no longer registered is not there, and one that has closed for good has nothing in it."""
    wanted = sorted(sites)
    hours = _hours(connection, wanted, now)
    known = areas_known(connection, wanted, now)
    heads = heads_of(connection, known, wanted)
    devices = _devices(connection, wanted)
    due, running = _services(connection, wanted, now, limits)
    meals, staff = meals_now(connection, wanted, now, limits, zone), staff_now(connection, wanted, now)
    sensors, (night_since, day_since) = sensors_now(connection, wanted), night_now(now, limits, zone)
    lines = select(Site.id, Site.created_at, Site.ended_from, SiteState.heard_at, SiteState.door, SiteState.door_at)
    found = connection.execute(
        lines.outerjoin(SiteState, SiteState.site_id == Site.id).where(Site.id.in_(wanted)).order_by(Site.id)
    )
    out = {}
    for row in found:
        if row.ended_from is not None and row.ended_from <= now:
            out[row.id] = Situation(row.id, row.created_at, False, None, None, row.heard_at, has_ended=True)
            continue
        rule = hours.get(row.id, "")
        opened_at, closed_at = _changes(rule, now, zone, exceptions)
        areas = tuple(areas_now(known, heads, row.id))
        people = [area.people for area in areas if area.people is not None]
        out[row.id] = Situation(
            site_id=row.id,
            registered_at=row.created_at,
            is_open=is_open(rule, row.door, row.door_at, now, zone, exceptions),
            opened_at=opened_at,
            closed_at=closed_at,
            heard_at=row.heard_at,
            areas=areas,
            people=sum(people) if people else None,
            capacity=known.whole.get(row.id),
            devices=tuple(devices[row.id]),
            late_due=tuple(due[row.id]),
            running=tuple(running[row.id]),
            meals=meals.get(row.id, ()),
            staff=staff.get(row.id),
            sensors=sensors.get(row.id, ()),
            night_since=night_since,
            day_since=day_since,
        )
    return _with_entries_elsewhere(connection, out, now, limits)


def _changes(rule: str, now: Instant, zone: str, exceptions: Exceptions) -> tuple[Instant | None, Instant | None]:
    """When it opened and when it closed by its hours; one of them at most."""
    changed = last_change(rule, now, zone, exceptions) if rule else None
    opened = changed is not None and is_scheduled_open(rule, now, zone, exceptions)
    return (changed, None) if opened else (None, changed)


def _hours(connection: Connection, sites: Sequence[int], now: Instant) -> dict[int, str]:
    valid = select(OpeningHours.site_id, OpeningHours.rule).where(
        OpeningHours.site_id.in_(sites), OpeningHours.valid_from <= now
    )
    return {row.site_id: row.rule for row in connection.execute(valid.order_by(OpeningHours.valid_from))}


def _devices(connection: Connection, sites: Sequence[int]) -> dict[int, list[DeviceNow]]:
    out: dict[int, list[DeviceNow]] = defaultdict(list)
    for row in connection.execute(select(Device).where(Device.site_id.in_(sites)).order_by(Device.id)):
        out[row.site_id].append(DeviceNow(row.code, row.battery_pct, row.clock_offset_ms))
    return out


def _services(
    connection: Connection, sites: Sequence[int], now: Instant, limits: Limits
) -> tuple[dict[int, list[Instant]], dict[int, list[tuple[Instant, int]]]]:
    due: dict[int, list[Instant]] = defaultdict(list)
    running: dict[int, list[tuple[Instant, int]]] = defaultdict(list)
    planned = select(Service.site_id, Service.due_at).where(
        Service.state == "planned",
        Service.due_at > now - limits.service_forget_min * MINUTE,
        Service.due_at <= now + _AHEAD,
        Service.site_id.in_(sites),
    )
    for site, due_at in connection.execute(planned):
        due[site].append(due_at or 0)
    started = select(Service.site_id, Service.started_at, Service.minutes).where(
        Service.state == "running",
        Service.started_at > now - _RUNS_AT_MOST,
        Service.minutes.is_not(None),
        Service.site_id.in_(sites),
    )
    for site, started_at, minutes in connection.execute(started):
        running[site].append((started_at or 0, minutes or 0))
    return due, running


def _with_entries_elsewhere(
    connection: Connection, found: dict[int, Situation], now: Instant, limits: Limits
) -> dict[int, Situation]:
    """Asked only of the few areas that stand still while another of their site counts."""
    still_since = now - limits.stuck_after_min * MINUTE
    for id_, site in found.items():
        counters = [area for area in site.areas if area.by_counter and area.last_at is not None]
        still = {area.area: area.last_at for area in counters if area.last_at and area.last_at <= still_since}
        if still and len(still) < len(counters):
            areas = (
                _counted_beside(connection, id_, area, still[area.area], now) if area.area in still else area
                for area in site.areas
            )
            found[id_] = replace(site, areas=tuple(areas))
    return found


def _counted_beside(connection: Connection, site: int, area: AreaNow, since: Instant, now: Instant) -> AreaNow:
    """With the entries at the site's other counters since then, and at its own in the same stretch a week ago."""
    known = {row.code: track_of(row.id, Basis.COUNTER) for row in connection.execute(_areas_of(site))}
    elsewhere = _came(connection, [track for code, track in known.items() if code != area.area], since, now)
    usually = _came(connection, [known[area.area]], since - _WEEK, now - _WEEK)
    return replace(area, came_elsewhere=elsewhere, came_usually=usually)


def _areas_of(site: int) -> Any:
    return select(Area.id, Area.code).where(Area.site_id == site)


def _came(connection: Connection, tracks: list[int], since: Instant, until: Instant) -> int:
    within = (Slot.slot > since // SLOT_US, Slot.slot <= until // SLOT_US)
    return int(connection.execute(select(func.sum(Slot.came)).where(Slot.track.in_(tracks), *within)).scalar() or 0)
