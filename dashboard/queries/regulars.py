"""Regular guests who have not come lately: a sign for whoever cares for them. From cards, so only where there are any."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, select

from dashboard.access import Viewer
from dashboard.queries.places import PlaceFacts
from dashboard.report_rows import Regulars
from models.base import Instant
from models.event import KIND_NUMBER, SLOT_US, Event
from models.guest_day import MISSING_DAYS, OFTEN, WINDOW_DAYS
from models.occupancy import Basis, Slot, track_of
from models.place import Area

SLOTS_AT_ONCE = 500


def regulars(connection: Connection, viewer: Viewer, place: PlaceFacts, last: date, zone: str) -> Regulars | None:
    """As of the end of `last`; None where nobody came by card in that time. Tokens are for those who know the guests."""
    first = last - timedelta(days=WINDOW_DAYS - 1)
    since = last - timedelta(days=MISSING_DAYS - 1)
    days: dict[str, set[date]] = defaultdict(set)
    for at, person in _came(connection, place.id, place.bounds(first, zone)[0], place.bounds(last, zone)[1]):
        days[person].add(place.day_of(at, zone))
    known = {person for person, on in days.items() if sum(1 for day in on if day < since) >= OFTEN}
    if not days:
        return None
    missing = sorted(person for person in known if max(days[person]) < since)
    return Regulars(len(known), len(missing), tuple(missing) if viewer.may("regular.read") else None)


def _came(connection: Connection, site_id: int, start: Instant, end: Instant) -> Iterator[tuple[Instant, str]]:
    """Found by the slots in which anybody came by card: the table of events has no index by site."""
    for area in connection.execute(select(Area.id).where(Area.site_id == site_id)).scalars().all():
        slots = connection.execute(
            select(Slot.slot).where(
                Slot.track == track_of(area, Basis.PERSONS), Slot.slot >= start // SLOT_US, Slot.slot < end // SLOT_US
            )
        )
        yield from _of_slots(connection, area, list(slots.scalars()))


def _of_slots(connection: Connection, area: int, slots: Sequence[int]) -> Iterator[tuple[Instant, str]]:
    for begin in range(0, len(slots), SLOTS_AT_ONCE):
        found = connection.execute(
            select(Event.at, Event.rest).where(
                Event.slot.in_(slots[begin : begin + SLOTS_AT_ONCE]),
                Event.area_id == area,
                Event.kind == KIND_NUMBER["person.in"],
            )
        )
        for row in found:
            if person := json.loads(row.rest or "{}").get("person"):
                yield row.at, person
