"""The areas of sites with their slots of a day, each on the track that was its number then: many sites with one reading."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.base import Instant, big
from models.day import AreaDay
from models.event import COUNT_METHOD, KIND_NUMBER, SLOT_US, Event
from models.occupancy import Basis, HeadCount, Slot, SlotFold, stored, track_of
from models.place import Area, CountBy, Site

_FLOW, _COUNT = KIND_NUMBER["occupancy.flow"], KIND_NUMBER["occupancy.count"]
_SLOT = Slot.__table__.c

# Each is made once: to put a statement together takes as long as to run it, and a night asks them for thousands of days.
_FIRST: BindParameter[int] = bindparam("first", type_=big)
_UNTIL: BindParameter[int] = bindparam("until", type_=big)
_IN_AREAS = Area.id.in_(bindparam("areas", expanding=True))
_AREAS = (
    select(Area.site_id, Area.id, Area.code, func.coalesce(Area.count_by, Site.count_by), HeadCount.own)
    .join(Site, Site.id == Area.site_id)
    .outerjoin(HeadCount, HeadCount.track == Area.id * 2 + int(Basis.COUNTER))
    .where(Area.site_id.in_(bindparam("sites", expanding=True)))
    .order_by(Area.id)
)
_SLOTS = (
    select(Slot.__table__)
    .where(_SLOT.track.in_(bindparam("tracks", expanding=True)), _SLOT.slot >= _FIRST, _SLOT.slot < _UNTIL)
    .order_by(_SLOT.track, _SLOT.slot)
)
_FIRST_FLOW = (
    select(_SLOT.slot)
    .where(_SLOT.track == Area.id * 2 + int(Basis.COUNTER), _SLOT.slot < _UNTIL, _SLOT.came + _SLOT.went > 0)
    .limit(1)
    .correlate(Area)
    .scalar_subquery()
)
_WITH_FLOW = select(Area.id).where(_IN_AREAS, _FIRST_FLOW.is_not(None))
# Its text is always the same, so that PostgreSQL looks at the partitions of all days once and not each time.
_BY_SENSOR = exists().where(
    Event.slot == Slot.slot,
    Event.area_id == bindparam("area"),
    or_(Event.kind == _FLOW, (Event.kind == _COUNT) & (Event.b == COUNT_METHOD["sensor"])),
)
_FIRST_BY_SENSOR = select(_SLOT.slot).where(_SLOT.track == bindparam("track"), _SLOT.slot < _UNTIL, _BY_SENSOR).limit(1)


@dataclass(frozen=True)
class AreaRead:
    """An area's day on the track that is its number."""

    area_id: int
    code: str
    by_persons: bool
    day: AreaDay
    begun: Instant
    """Where the day begins, or later that day the slot of its very first event."""


@dataclass(frozen=True)
class _Counted:
    """An area and the bases on which anything was ever counted there."""

    site_id: int
    area_id: int
    code: str
    by_persons: bool
    own_counter: bool


def areas_read(
    connection: Connection, sites: Collection[int], start: Instant, end: Instant
) -> dict[int, list[AreaRead]]:
    """By site those that anything was counted in by the day's end."""
    counted = _counted(connection, sites)
    tracks = _tracks(connection, counted, end)
    slots = _slots(connection, list(tracks.values()), start, end)
    before = _slots_before(connection, tracks, start)
    found: dict[int, list[AreaRead]] = {site: [] for site in sites}
    for area in counted:
        track = tracks[area.area_id]
        last, mine = before.get(track), slots[track]
        if last or mine:
            day, begun = AreaDay(last.closing if last else 0, mine), start if last else mine[0].start
            by_persons = track == track_of(area.area_id, Basis.PERSONS)
            found[area.site_id].append(AreaRead(area.area_id, area.code, by_persons, day, begun))
    return found


def _counted(connection: Connection, sites: Collection[int]) -> list[_Counted]:
    rows = connection.execute(_AREAS, {"sites": list(sites)}).all()
    return [
        _Counted(site, area, code, count_by == CountBy.PERSONS, bool(own)) for site, area, code, count_by, own in rows
    ]


def _tracks(connection: Connection, counted: Sequence[_Counted], end: Instant) -> dict[int, int]:
    """By area the track that was its number by the day's end: a counter that came later leaves the day as it was."""
    asked = [area.area_id for area in counted if not area.by_persons and area.own_counter]
    by_counter = _with_counter(connection, asked, end) if asked else set()
    return {
        area.area_id: track_of(area.area_id, Basis.COUNTER if area.area_id in by_counter else Basis.PERSONS)
        for area in counted
    }


def _with_counter(connection: Connection, areas: list[int], end: Instant) -> set[int]:
    """Those that held a flow or a sensor's count before `end`; staff's counts alone make no counter.

    Usually the track's very first slot answers; raw events are asked only where no slot has a flow.
    """
    found = set(connection.execute(_WITH_FLOW, {"areas": areas, "until": end // SLOT_US}).scalars())
    for area in areas:
        asked = {"area": area, "track": track_of(area, Basis.COUNTER), "until": end // SLOT_US}
        if area not in found and connection.execute(_FIRST_BY_SENSOR, asked).first():
            found.add(area)
    return found


def _slots(connection: Connection, tracks: list[int], start: Instant, end: Instant) -> dict[int, list[SlotFold]]:
    found: dict[int, list[SlotFold]] = defaultdict(list)
    within = {"tracks": tracks, "first": start // SLOT_US, "until": end // SLOT_US}
    for row in connection.execute(_SLOTS, within).all():
        slot = stored(row)
        found[slot.track].append(slot)
    return found


def _slots_before(connection: Connection, tracks: dict[int, int], start: Instant) -> dict[int, SlotFold]:
    """By track its last slot before `start`."""
    found = {}
    for basis in Basis:
        areas = [area for area, track in tracks.items() if track == track_of(area, basis)]
        asked = {"areas": areas, "until": start // SLOT_US}
        for row in connection.execute(_slot_before(basis), asked).all() if areas else ():
            slot = stored(row)
            found[slot.track] = slot
    return found


@cache
def _slot_before(basis: Basis) -> Any:
    before, track = aliased(Slot), Area.id * 2 + int(basis)
    newest = select(func.max(before.slot)).where(before.track == track, before.slot < _UNTIL)
    same = (_SLOT.track == track) & (_SLOT.slot == newest.correlate(Area).scalar_subquery())
    return select(Slot.__table__).select_from(Area).join(Slot, same).where(_IN_AREAS)
