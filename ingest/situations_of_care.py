"""Reads what the rules of meals, shifts and sensors are given; a site that reports none of it costs a look-up in an index."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from ingest.rules.situation import Limits, MealNow, SensorNow, StaffNow
from models.base import HOUR, Instant
from models.bed import Resident
from models.civil_day import clock_before, clock_on, day_of
from models.day import Tally
from models.day_figures import CARERS, LONGEST_SHIFT
from models.day_sources import BEDS
from models.device import Device
from models.diary import STAFF_OFF, STAFF_ON, Diary
from models.observed import Observed, Serving
from models.place import Area, Site

_REPORTED_WITHIN: Instant = 14 * 24 * HOUR
"""A canteen that has handed nothing out for so long does not report meals any more."""
_CLOCKED_WITHIN: Instant = 24 * HOUR
_HOMES = ("INST", "HCO")
"""Kinds all of whose rooms, or whose clients' rooms, are lived in."""
_WAYS = ("dine_in", "pick_up", "delivery")


def night_now(now: Instant, limits: Limits, zone: str) -> tuple[Instant | None, Instant | None]:
    """(since when it is night, since when it is day); one of them is None."""
    night, day = clock_before(now, limits.night_from, zone), clock_before(now, limits.night_until, zone)
    return (night, None) if night > day else (None, day)


def meals_now(
    connection: Connection, sites: Sequence[int], now: Instant, limits: Limits, zone: str
) -> dict[int, tuple[MealNow, ...]]:
    """Lunch and dinner of those sites that report them."""
    day = day_of(now, zone)
    clocks = {"lunch": (limits.lunch_from, limits.lunch_until), "dinner": (limits.dinner_from, limits.dinner_until)}
    peaks = {meal: (clock_on(day, one, zone), clock_on(day, other, zone)) for meal, (one, other) in clocks.items()}
    served = connection.execute(
        select(Serving.site_id, Serving.meal, Serving.last_at).where(
            Serving.site_id.in_(sites), Serving.meal.in_(peaks), Serving.last_at > now - _REPORTED_WITHIN
        )
    ).all()
    left = _left(connection, sorted({row.site_id for row in served}), day.isoformat())
    found: dict[int, list[MealNow]] = defaultdict(list)
    for row in served:
        found[row.site_id].append(MealNow(row.meal, *peaks[row.meal], left[row.site_id, row.meal], row.last_at))
    return {site: tuple(meals) for site, meals in found.items()}


def _left(connection: Connection, sites: Sequence[int], day: str) -> Counter[tuple[int, str]]:
    """Booked, not cancelled and not handed out yet, whatever way it goes."""
    names = {
        f"meal.{kind}.{meal}.{way}": (meal, sign)
        for kind, sign in (("booked", 1), ("cancelled", -1), ("served", -1))
        for meal in ("lunch", "dinner")
        for way in _WAYS
    }
    left: Counter[tuple[int, str]] = Counter()
    if sites:
        found = select(Tally.site_id, Tally.what, Tally.n).where(Tally.day == day, Tally.site_id.in_(sites))
        for row in connection.execute(found.where(Tally.what.in_(names))):
            meal, sign = names[row.what]
            left[row.site_id, meal] += sign * row.n
    return left


def staff_now(connection: Connection, sites: Sequence[int], now: Instant) -> dict[int, StaffNow]:
    """Of houses with residents whose shifts are reported: somebody was clocked in within the last day."""
    lives = (
        select(Resident.site_id, func.count().label("n"))
        .where(Resident.site_id.in_(sites), Resident.whereabouts == "in_house")
        .group_by(Resident.site_id)
    )
    elders = {row.site_id: row.n for row in connection.execute(lives)}
    told = select(Diary.site_id, Diary.kind, Diary.at, Diary.seq, Diary.id, Diary.rest).where(
        Diary.site_id.in_(sorted(elders)), Diary.kind.in_((STAFF_ON, STAFF_OFF)),
        Diary.at > now - _CLOCKED_WITHIN, Diary.at <= now,
    )  # fmt: skip
    clocked: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(told) if elders else ():
        clocked[row.site_id].append(row)
    return {site: StaffNow(_carers(rows, now), elders[site]) for site, rows in clocked.items()}


def _carers(rows: Sequence[Any], now: Instant) -> int:
    """Who was clocked in and not out again; who forgot it is thought to have gone after the longest shift."""
    on: dict[str, bool] = {}
    for row in sorted(rows, key=lambda r: (r.at, r.seq, r.id.encode())):
        said = json.loads(row.rest)
        if said["role"] in CARERS:
            on[said["worker"]] = row.kind == STAFF_ON and row.at > now - LONGEST_SHIFT
    return sum(on.values())


def sensors_now(connection: Connection, sites: Sequence[int]) -> dict[int, tuple[SensorNow, ...]]:
    found = connection.execute(
        select(Observed, Device.code, Device.heard_at, Site.kind, Area.code.label("area"))
        .join(Device, Device.id == Observed.device_id)
        .join(Site, Site.id == Observed.site_id)
        .outerjoin(Area, Area.id == Observed.area_id)
        .where(Observed.site_id.in_(sites))
        .order_by(Observed.site_id, Observed.device_id, Observed.metric)
    )
    out: dict[int, list[SensorNow]] = defaultdict(list)
    for r in found:
        lived_in = r.kind in _HOMES or r.area in BEDS
        out[r.site_id].append(
            SensorNow(r.code, r.metric, r.value, r.at, r.since, r.active_at, r.heard_at, lived_in)
        )  # fmt: skip
    return {site: tuple(sensors) for site, sensors in out.items()}
