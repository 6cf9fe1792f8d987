"""Head counts over time from the five-minute slots, whose values compose."""

from collections.abc import Sequence
from functools import partial
from itertools import takewhile

from sqlalchemy import Connection, select

from dashboard.queries.places import PlaceFacts
from dashboard.rows import CurvePoint
from models.base import SECOND, Instant
from models.day import Span, spans
from models.event import SLOT_US
from models.occupancy import Basis, HeadCount, SiteSlot, Slot, SlotFold, presence, stored, track_of
from models.place import Area

MANY = 10**9
"""More than any place holds: the capacity of an area that has none."""


def chosen_tracks(connection: Connection, site_id: int, count_by: str) -> list[int]:
    """The track that is each area's number, of areas that have one."""
    areas = connection.execute(select(Area.id, Area.count_by).where(Area.site_id == site_id)).all()
    wanted = [track_of(row.id, basis) for row in areas for basis in Basis]
    found = connection.execute(
        select(HeadCount.track, HeadCount.signed, HeadCount.own).where(HeadCount.track.in_(wanted))
    )
    heads = {row.track: (row.signed, bool(row.own)) for row in found}
    out = []
    for row in areas:
        counter, persons = heads.get(track_of(row.id, Basis.COUNTER)), heads.get(track_of(row.id, Basis.PERSONS))
        track = track_of(row.id, presence(counter, persons, row.count_by or count_by).basis)
        if track in heads:
            out.append(track)
    return out


def slots_of(connection: Connection, track: int, start: Instant, end: Instant) -> tuple[int, list[SlotFold]]:
    """The value at `start`, and the slots of [start, end) in order."""
    before = connection.execute(
        select(Slot).where(Slot.track == track, Slot.slot < start // SLOT_US).order_by(Slot.slot.desc()).limit(1)
    ).first()
    inside = connection.execute(
        select(Slot)
        .where(Slot.track == track, Slot.slot >= start // SLOT_US, Slot.slot < end // SLOT_US)
        .order_by(Slot.slot)
    )
    return stored(before).closing if before else 0, [stored(row) for row in inside]


def day_curve(
    connection: Connection, site_id: int, count_by: str, start: Instant, end: Instant
) -> tuple[CurvePoint, ...]:
    """Five-minute points of [start, end); empty before anything was counted, None where nothing was heard."""
    tracks = [spans(slots, opening, start, end) for opening, slots in _all(connection, site_id, count_by, start, end)]
    if not tracks:
        return ()
    heard = _heard(connection, site_id, start, end)
    return tuple(
        _point(start + n * SLOT_US, parts, (start // SLOT_US + n) in heard)
        for n, parts in enumerate(zip(*(_steps(track) for track in tracks), strict=True))
    )


def _all(
    connection: Connection, site_id: int, count_by: str, start: Instant, end: Instant
) -> list[tuple[int, list[SlotFold]]]:
    return [slots_of(connection, track, start, end) for track in chosen_tracks(connection, site_id, count_by)]


def _steps(track: Sequence[Span]) -> list[Span]:
    """One span for each five minutes."""
    out = []
    for span in track:
        count = (span.end - span.start) // SLOT_US
        out += [span] * count
    return out


def _heard(connection: Connection, site_id: int, start: Instant, end: Instant) -> set[int]:
    wanted = select(SiteSlot.slot).where(
        SiteSlot.site_id == site_id, SiteSlot.slot >= start // SLOT_US, SiteSlot.slot < end // SLOT_US
    )
    return {row.slot for row in connection.execute(wanted)}


def _point(at: Instant, parts: Sequence[Span], heard: bool) -> CurvePoint:
    if not heard:
        return CurvePoint(at, None, None, None)
    return CurvePoint(
        at,
        sum(max(span.last, 0) for span in parts),
        sum(max(span.lowest, 0) for span in parts),
        sum(max(span.highest, 0) for span in parts),
    )


def over_since(connection: Connection, place: PlaceFacts, overcap_pct: int, now: Instant) -> Instant | None:
    """Since when, by five minutes, an area has been over its capacity without a break; at most six hours back."""
    since = []
    areas = {row.id: row.code for row in connection.execute(select(Area.id, Area.code).where(Area.site_id == place.id))}
    for track in chosen_tracks(connection, place.id, place.count_by):
        most = place.capacity.get(areas[track // 2], MANY) * overcap_pct
        slots = slots_of(connection, track, now - 6 * 3600 * SECOND, now + SLOT_US)[1]
        over = list(takewhile(partial(_is_over, most), reversed(slots)))
        since += [over[-1].start] if over else []
    return min(since, default=None)


def _is_over(most: int, slot: SlotFold) -> bool:
    return slot.closing * 100 > most
