"""Head counts over time from the five-minute slots, whose values compose."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from dashboard.rows import CurvePoint
from models.base import Instant, big
from models.day import Span, spans
from models.event import SLOT_US
from models.occupancy import Basis, HeadCount, SiteSlot, Slot, SlotFold, presence, stored, track_of
from models.place import Area

_AREAS = select(Area.id, Area.count_by).where(Area.site_id == bindparam("site"))
_HEADS = select(HeadCount.track, HeadCount.signed, HeadCount.own).where(
    HeadCount.track.in_(bindparam("tracks", expanding=True))
)
_FIRST, _LAST = bindparam("first", type_=big), bindparam("last", type_=big)
_BEFORE = select(Slot).where(Slot.track == bindparam("track"), Slot.slot < _FIRST).order_by(Slot.slot.desc()).limit(1)
_INSIDE = (
    select(Slot).where(Slot.track == bindparam("track"), Slot.slot >= _FIRST, Slot.slot < _LAST).order_by(Slot.slot)
)
_HEARD = select(SiteSlot.slot).where(
    SiteSlot.site_id == bindparam("site"), SiteSlot.slot >= _FIRST, SiteSlot.slot < _LAST
)


def chosen_tracks(connection: Connection, site_id: int, count_by: str) -> list[int]:
    """The track that is each area's number, of areas that have one."""
    areas = connection.execute(_AREAS, {"site": site_id}).all()
    wanted = [track_of(row.id, basis) for row in areas for basis in Basis]
    found = connection.execute(_HEADS, {"tracks": wanted}) if wanted else ()
    heads = {row.track: (row.signed, bool(row.own)) for row in found}
    out = []
    for row in areas:
        counter, persons = heads.get(track_of(row.id, Basis.COUNTER)), heads.get(track_of(row.id, Basis.PERSONS))
        track = track_of(row.id, presence(counter, persons, row.count_by or count_by).basis)
        if track in heads:
            out.append(track)
    return out


def slots_of(connection: Connection, track: int, start: Instant, end: Instant) -> tuple[int | None, list[SlotFold]]:
    """The value at `start`, None before the track's first event, and the slots of [start, end) in order."""
    within = {"track": track, "first": start // SLOT_US, "last": end // SLOT_US}
    before = connection.execute(_BEFORE, within).first()
    inside = connection.execute(_INSIDE, within)
    return stored(before).closing if before else None, [stored(row) for row in inside]


def day_curve(
    connection: Connection, site_id: int, count_by: str, start: Instant, end: Instant
) -> tuple[CurvePoint, ...]:
    """Five-minute points of [start, end); empty before anything was counted, None where nothing was heard."""
    tracks = [by_slot(connection, t, start, end) for t in chosen_tracks(connection, site_id, count_by)]
    if not tracks:
        return ()
    heard = _heard(connection, site_id, start, end)
    return tuple(
        _point(start + n * SLOT_US, [span for span in parts if span is not None], (start // SLOT_US + n) in heard)
        for n, parts in enumerate(zip(*tracks, strict=True))
    )


def by_slot(connection: Connection, track: int, start: Instant, end: Instant) -> list[Span | None]:
    """One span for each five minutes of [start, end); None before the track's first event."""
    opening, slots = slots_of(connection, track, start, end)
    begun = start if opening is not None else slots[0].start if slots else end
    before: list[Span | None] = [None] * ((begun - start) // SLOT_US)
    return before + [piece for span in spans(slots, opening or 0, begun, end) for piece in _pieces(span)]


def _pieces(span: Span) -> list[Span]:
    """A quiet stretch in five minutes each; a slot is one already."""
    count = (span.end - span.start) // SLOT_US
    if count <= 1:
        return [span]
    value = span.last
    return [Span(span.start, span.start + SLOT_US, value, value, value, value * SLOT_US, 0, 0)] * count


def _heard(connection: Connection, site_id: int, start: Instant, end: Instant) -> set[int]:
    within = {"site": site_id, "first": start // SLOT_US, "last": end // SLOT_US}
    return set(connection.execute(_HEARD, within).scalars())


def _point(at: Instant, parts: Sequence[Span], heard: bool) -> CurvePoint:
    if not heard or not parts:
        return CurvePoint(at, None, None, None)
    return CurvePoint(
        at,
        sum(max(span.last, 0) for span in parts),
        sum(max(span.lowest, 0) for span in parts),
        sum(max(span.highest, 0) for span in parts),
    )
