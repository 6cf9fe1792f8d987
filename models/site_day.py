"""A site's day out of the tables: the one reading behind the screen's "today so far" and the night's summary."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, exists, func, or_, select

from models.base import Instant
from models.civil_day import day_bounds
from models.day import AreaDay, Beside, DaySummary, Tally, summarise
from models.event import COUNT_METHOD, KIND_NUMBER, SLOT_US, Event
from models.occupancy import Basis, HeadCount, SiteSlot, Slot, SlotFold, stored, track_of
from models.place import Area, Capacity, CountBy, Site

_FLOW, _COUNT = KIND_NUMBER["occupancy.flow"], KIND_NUMBER["occupancy.count"]
_SLOT = Slot.__table__.c


def read_day(connection: Connection, site_id: int, day: date, zone: str, now: Instant | None = None) -> DaySummary:
    """The summary of one site's civil day; with `now` inside the day, of what is over of it.

    Events up to ten minutes ahead of `now` are already in the head count, so the day then reaches to the last of them.
    """
    start, end = day_bounds(day, zone)
    areas = areas_of_day(connection, site_id, start, end)
    if now is not None and now < end:
        newest = max((slot.last_at for area in areas for slot in area.slots), default=start)
        end = max(start, now, newest)
    return summarise(day.isoformat(), start, end, areas, _beside(connection, site_id, day, start, end))


@dataclass(frozen=True)
class _Counted:
    """An area and the bases on which anything was ever counted there."""

    area_id: int
    by_persons: bool
    own_counter: bool


def areas_of_day(connection: Connection, site_id: int, start: Instant, end: Instant) -> list[AreaDay]:
    """Those that anything was counted in by the day's end, each on the track that was its number then."""
    tracks = [track for area in _counted(connection, site_id) if (track := _track(connection, area, end)) is not None]
    slots = _slots(connection, tracks, start, end)
    areas = []
    for track in tracks:
        before = _slot_before(connection, track, start)
        if before or slots[track]:
            areas.append(AreaDay(before.closing if before else 0, slots[track]))
    return areas


def _counted(connection: Connection, site_id: int) -> list[_Counted]:
    rows = connection.execute(
        select(Area.id, func.coalesce(Area.count_by, Site.count_by), HeadCount.own)
        .join(Site, Site.id == Area.site_id)
        .outerjoin(HeadCount, HeadCount.track == Area.id * 2 + int(Basis.COUNTER))
        .where(Area.site_id == site_id)
        .order_by(Area.id)
    )
    return [_Counted(area_id, count_by == CountBy.PERSONS, bool(own)) for area_id, count_by, own in rows]


def _track(connection: Connection, area: _Counted, end: Instant) -> int:
    """The track that was the area's number by the day's end: a counter that came later leaves the day as it was."""
    by_counter = not area.by_persons and area.own_counter and _had_counter(connection, area.area_id, end)
    return track_of(area.area_id, Basis.COUNTER if by_counter else Basis.PERSONS)


def _had_counter(connection: Connection, area_id: int, end: Instant) -> bool:
    """Whether the area held a flow or a sensor's count before `end`; staff's counts alone make no counter.

    Usually the track's very first slot answers. Raw events are asked only where a slot has no flow.
    """
    by_sensor = exists().where(
        Event.slot == Slot.slot,
        Event.area_id == area_id,
        or_(Event.kind == _FLOW, (Event.kind == _COUNT) & (Event.b == COUNT_METHOD["sensor"])),
    )
    found = connection.execute(
        select(_SLOT.slot)
        .where(
            _SLOT.track == track_of(area_id, Basis.COUNTER),
            _SLOT.slot < end // SLOT_US,
            or_(_SLOT.came + _SLOT.went > 0, by_sensor),
        )
        .limit(1)
    )
    return found.first() is not None


def _slots(connection: Connection, tracks: list[int], start: Instant, end: Instant) -> dict[int, list[SlotFold]]:
    found: dict[int, list[SlotFold]] = defaultdict(list)
    rows = connection.execute(
        select(Slot.__table__)
        .where(_SLOT.track.in_(tracks), _SLOT.slot >= start // SLOT_US, _SLOT.slot < end // SLOT_US)
        .order_by(_SLOT.track, _SLOT.slot)
    )
    for row in rows:
        found[row.track].append(stored(row))
    return found


def _slot_before(connection: Connection, track: int, start: Instant) -> SlotFold | None:
    row = connection.execute(
        select(Slot.__table__)
        .where(_SLOT.track == track, _SLOT.slot < start // SLOT_US)
        .order_by(_SLOT.slot.desc())
        .limit(1)
    ).first()
    return stored(row) if row else None


def _beside(connection: Connection, site_id: int, day: date, start: Instant, end: Instant) -> Beside:
    minutes = connection.execute(
        select(SiteSlot.minutes).where(
            SiteSlot.site_id == site_id, SiteSlot.slot >= start // SLOT_US, SiteSlot.slot < -(-end // SLOT_US)
        )
    ).scalars()
    tallies = connection.execute(
        select(Tally.what, Tally.n).where(Tally.day == day.isoformat(), Tally.site_id == site_id).order_by(Tally.what)
    )
    return Beside(
        capacity=site_capacity(capacity_at(connection, site_id, end - 1)),
        minutes_heard=sum(bits.bit_count() for bits in minutes),
        tallies={row.what: row.n for row in tallies},
    )


def capacity_at(connection: Connection, site_id: int, at: Instant) -> dict[str, int]:
    """Persons at one time by area as it stood at `at`; '' is the whole site, and what has none is not there."""
    rows = connection.execute(
        select(Capacity.area, Capacity.persons)
        .where(Capacity.site_id == site_id, Capacity.valid_from <= at)
        .order_by(Capacity.valid_from)
    )
    newest = {row.area: row.persons for row in rows}
    return {area: persons for area, persons in newest.items() if persons > 0}


def site_capacity(by_area: dict[str, int]) -> int | None:
    """Of the whole site: as said, else the sum of its areas; None where nothing was said."""
    return by_area.get("") or sum(by_area.values()) or None
