"""Today's people of a whole scope by five minutes: from slots, however many sites there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, func, select

from dashboard.access import Viewer
from dashboard.queries.live import Live, Rules, live_parts, site_row
from dashboard.queries.places import PlaceFacts, places
from dashboard.queries.services_now import Known
from dashboard.queries.usual import usual_curve, usual_of_sites
from dashboard.rows import CurvePoint, ScopeCurve, UsualPoint
from models.base import Instant, big
from models.civil_day import day_bounds, day_of
from models.event import SLOT_US
from models.occupancy import Basis, SiteSlot, Slot, track_of
from models.place import Area

LEFT_OUT = frozenset(("silent", "new"))
"""A site that has closed for today had its day; one that is silent is in no sum."""
_FIRST, _LAST = bindparam("first", type_=big), bindparam("last", type_=big)
_CLOSING = case((Slot.fixed_at.is_(None), Slot.opening + Slot.net), else_=Slot.fixed)
CHANGE = case((_CLOSING > 0, _CLOSING), else_=0) - case((Slot.opening > 0, Slot.opening), else_=0)
"""Of one slot, as shown: what a track is below zero is not seen."""
_CHANGES = (
    select(Slot.slot, func.sum(CHANGE))
    .where(Slot.track.in_(bindparam("tracks", expanding=True)), Slot.slot >= _FIRST, Slot.slot <= _LAST)
    .group_by(Slot.slot)
)
_HEARD = (
    select(SiteSlot.slot)
    .where(SiteSlot.site_id.in_(bindparam("sites", expanding=True)), SiteSlot.slot >= _FIRST, SiteSlot.slot <= _LAST)
    .distinct()
)
_AREAS = select(Area.id, Area.site_id, Area.code).where(Area.site_id.in_(bindparam("sites", expanding=True)))


@dataclass(frozen=True, slots=True)
class Moved:
    """Of each five minutes of the day, in order: by how many people they changed what is shown, and whether they were heard."""

    changes: Sequence[int]
    heard: Sequence[bool]


Mover = Callable[[Connection, Mapping[int, Sequence[int]], range], Moved]
"""Asked for the tracks of sites, by site number, and slots."""


def scope_curve(
    connection: Connection,
    viewer: Viewer,
    now: Instant,
    rules: Rules,
    known: Known | None = None,
    mover: Mover | None = None,
) -> ScopeCurve:
    """Empty where nobody is counted.

    `known`: the viewer's sites, where somebody has read them already; `mover` remembers slots.
    """
    mine = known.places if known else places(connection, viewer, now)
    live = known.live if known else live_parts(connection, mine)
    judged = known.rows if known else {}
    rows = {place.id: judged.get(place.id) or site_row(place, live[place.id], [], now, rules) for place in mine}
    shown = [place for place in mine if rows[place.id].state not in LEFT_OUT]
    day = day_of(now, rules.zone)
    start, end = day_bounds(day, rules.zone)
    people = [row.people for place in shown if (row := rows[place.id]).people is not None]
    today: tuple[CurvePoint, ...] = ()
    if people:
        slots = range(start // SLOT_US, now // SLOT_US + 1)
        tracks = _tracks(connection, live, shown)
        today = _backwards((mover or plainly_moved)(connection, tracks, slots), sum(people), slots)
    usual = usual_curve(connection, viewer.scope, day, rules.zone)
    missing = [f"site:{place.site}" for place in mine if rows[place.id].state in LEFT_OUT]
    less = usual_of_sites(connection, missing, day, rules.zone) if usual else {}
    others = tuple(_without(point, less.get(point.at, 0)) for point in usual)
    return ScopeCurve(today, others, start, end, now, rules.zone)


def _without(point: UsualPoint, less: int) -> UsualPoint:
    return UsualPoint(point.at, max(point.lowest - less, 0), max(point.middle - less, 0), max(point.highest - less, 0))


def _backwards(moved: Moved, people: int, slots: range) -> tuple[CurvePoint, ...]:
    """From what there is now, each five minutes' change taken away; None where no site at all was heard."""
    points: list[CurvePoint] = []
    for slot, change, heard in zip(reversed(slots), reversed(moved.changes), reversed(moved.heard), strict=True):
        number = people if heard else None
        points.append(CurvePoint(slot * SLOT_US, number, number, number))
        people -= change
    return tuple(reversed(points))


def _tracks(
    connection: Connection, live: Mapping[int, Live], shown: Sequence[PlaceFacts]
) -> dict[int, tuple[int, ...]]:
    """By site, the track that is each area's number."""
    tracks: dict[int, tuple[int, ...]] = {place.id: () for place in shown}
    bases = {(id_, area.area): area.basis for id_ in tracks for area in live[id_].areas}
    for row in connection.execute(_AREAS, {"sites": list(tracks)}):
        tracks[row.site_id] += (track_of(row.id, Basis[bases[row.site_id, row.code].upper()]),)
    return tracks


def plainly_moved(connection: Connection, tracks: Mapping[int, Sequence[int]], slots: range) -> Moved:
    """All of it from the database."""
    within = {"first": slots.start, "last": slots.stop - 1}
    every = [track for some in tracks.values() for track in some]
    changes = {slot: int(n) for slot, n in connection.execute(_CHANGES, within | {"tracks": every})}
    heard = set(connection.execute(_HEARD, within | {"sites": list(tracks)}).scalars())
    return Moved([changes.get(slot, 0) for slot in slots], [slot in heard for slot in slots])
