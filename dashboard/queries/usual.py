"""What is usual at this time of this weekday: the middle and the spread of the last eight same weekdays."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from statistics import median_low

from sqlalchemy import Connection, select

from dashboard.queries.curves import chosen_tracks
from dashboard.queries.places import PlaceFacts
from dashboard.rows import UsualPoint
from models.base import Instant
from models.civil_day import day_bounds
from models.event import SLOT_US
from models.occupancy import SiteSlot, Slot

WEEKS = 8
ENOUGH = 4
"""Fewer days than this do not say what is usual."""
TRIMMED_FROM = 6
"""From so many days on, the highest and the lowest are left out of the spread: one feast day is not usual."""
STEP = 3
"""Slots between two points: a quarter of an hour."""

Values = list[int | None]


def usual_curve(connection: Connection, place: PlaceFacts, day: date, zone: str) -> tuple[UsualPoint, ...]:
    """Laid over the hours of `day`; a moment at which too few of the days were heard has no point."""
    tracks = chosen_tracks(connection, place.id, place.count_by)
    if not tracks:
        return ()
    start, end = day_bounds(day, zone)
    count = (end - start) // SLOT_US // STEP
    past = [day_bounds(day - timedelta(weeks=week), zone)[0] for week in range(1, WEEKS + 1)]
    days = [_values(connection, place.id, tracks, begin, count) for begin in past]
    return tuple(_points(start, days))


def _values(connection: Connection, site_id: int, tracks: Sequence[int], begin: Instant, count: int) -> Values:
    """People at the end of each quarter of an hour, None where nothing was heard in it."""
    first, behind = begin // SLOT_US, begin // SLOT_US + count * STEP
    heard = {
        (row.slot - first) // STEP
        for row in connection.execute(
            select(SiteSlot.slot).where(SiteSlot.site_id == site_id, SiteSlot.slot >= first, SiteSlot.slot < behind)
        )
    }
    if not heard:
        return [None] * count
    counts = _closings(connection, tracks, first, behind, count)
    return [people if step in heard else None for step, people in enumerate(counts)]


def _closings(connection: Connection, tracks: Sequence[int], first: int, behind: int, count: int) -> list[int]:
    """The sum over the tracks, each shown not below 0; between its slots a track stays as the slot before left it."""
    wanted = (
        select(Slot.track, Slot.slot, Slot.opening, Slot.net, Slot.fixed_at, Slot.fixed)
        .where(Slot.track.in_(tracks), Slot.slot >= first, Slot.slot < behind)
        .order_by(Slot.slot)
    )
    moved: list[dict[int, int]] = [{} for _ in range(count)]
    now: dict[int, int] = {}
    for track, slot, opening, net, fixed_at, fixed in connection.execute(wanted):
        now.setdefault(track, opening)
        moved[(slot - first) // STEP][track] = opening + net if fixed_at is None else fixed
    sums = []
    for step in moved:
        now.update(step)
        sums.append(sum(max(value, 0) for value in now.values()))
    return sums


def _points(start: Instant, days: Sequence[Values]) -> Iterator[UsualPoint]:
    for step, values in enumerate(zip(*days, strict=True)):
        known = [value for value in values if value is not None]
        if len(known) >= ENOUGH:
            yield UsualPoint(start + (step + 1) * STEP * SLOT_US, *spread(known))


def spread(values: Sequence[int]) -> tuple[int, int, int]:
    """Lowest, middle and highest, without one extreme at each end where there are enough days."""
    ranked = sorted(values)
    inner = ranked[1:-1] if len(ranked) >= TRIMMED_FROM else ranked
    return inner[0], median_low(ranked), inner[-1]
