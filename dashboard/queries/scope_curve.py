"""Today's people of a whole scope by five minutes: one grouped read of slots, however many sites there are."""

from collections.abc import Sequence

from sqlalchemy import Connection, case, func, select

from dashboard.access import Viewer
from dashboard.queries.live import Live, Rules, live_parts, site_row
from dashboard.queries.places import PlaceFacts, places
from dashboard.queries.usual import usual_curve, usual_of_sites
from dashboard.rows import CurvePoint, ScopeCurve, UsualPoint
from models.base import Instant
from models.civil_day import day_bounds, day_of
from models.event import SLOT_US
from models.occupancy import Basis, SiteSlot, Slot, track_of
from models.place import Area

LEFT_OUT = frozenset(("silent", "new"))
"""A site that has closed for today had its day; one that is silent is in no sum."""


def scope_curve(connection: Connection, viewer: Viewer, now: Instant, rules: Rules) -> ScopeCurve:
    """Empty where nobody is counted."""
    known = places(connection, viewer, now)
    live = live_parts(connection, known)
    rows = {place.id: site_row(place, live[place.id], [], now, rules) for place in known}
    shown = [place for place in known if rows[place.id].state not in LEFT_OUT]
    day = day_of(now, rules.zone)
    start, end = day_bounds(day, rules.zone)
    people = [row.people for place in shown if (row := rows[place.id]).people is not None]
    today = _backwards(connection, shown, live, sum(people), start, now) if people else ()
    usual = usual_curve(connection, viewer.scope, day, rules.zone)
    missing = [f"site:{place.site}" for place in known if rows[place.id].state in LEFT_OUT]
    less = usual_of_sites(connection, missing, day, rules.zone) if usual else {}
    return ScopeCurve(today, tuple(_without(point, less.get(point.at, 0)) for point in usual), start, end, now)


def _without(point: UsualPoint, less: int) -> UsualPoint:
    return UsualPoint(point.at, max(point.lowest - less, 0), max(point.middle - less, 0), max(point.highest - less, 0))


def _backwards(
    connection: Connection,
    shown: Sequence[PlaceFacts],
    live: dict[int, Live],
    people: int,
    start: Instant,
    now: Instant,
) -> tuple[CurvePoint, ...]:
    """From what there is now, each five minutes' change taken away; None where no site at all was heard."""
    first, last = start // SLOT_US, now // SLOT_US
    changes = _changes(connection, _tracks(connection, live, shown), first, last)
    heard = _heard(connection, [place.id for place in shown], first, last)
    points: list[CurvePoint] = []
    for slot in range(last, first - 1, -1):
        number = people if slot in heard else None
        points.append(CurvePoint(slot * SLOT_US, number, number, number))
        people -= changes.get(slot, 0)
    return tuple(reversed(points))


def _tracks(connection: Connection, live: dict[int, Live], shown: Sequence[PlaceFacts]) -> list[int]:
    """The track that is each area's number."""
    ids = {place.id for place in shown}
    bases = {(id_, area.area): area.basis for id_ in ids for area in live[id_].areas}
    found = connection.execute(select(Area.id, Area.site_id, Area.code).where(Area.site_id.in_(ids)))
    return [track_of(row.id, Basis[bases[row.site_id, row.code].upper()]) for row in found]


def _changes(connection: Connection, tracks: Sequence[int], first: int, last: int) -> dict[int, int]:
    """By slot, as shown: what a track is below zero is not seen."""
    closing = case((Slot.fixed_at.is_(None), Slot.opening + Slot.net), else_=Slot.fixed)
    shown = func.sum(case((closing > 0, closing), else_=0) - case((Slot.opening > 0, Slot.opening), else_=0))
    wanted = (
        select(Slot.slot, shown.label("change"))
        .where(Slot.track.in_(tracks), Slot.slot >= first, Slot.slot <= last)
        .group_by(Slot.slot)
    )
    return {row.slot: int(row.change) for row in connection.execute(wanted)}


def _heard(connection: Connection, sites: Sequence[int], first: int, last: int) -> set[int]:
    wanted = select(SiteSlot.slot).where(SiteSlot.site_id.in_(sites), SiteSlot.slot >= first, SiteSlot.slot <= last)
    return set(connection.execute(wanted.distinct()).scalars())
