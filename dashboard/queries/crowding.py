"""How many people were at each site at a moment, from the five-minute slots: for the public, who see it late and as a band."""

from sqlalchemy import Connection, Engine, func, select

from models.base import Instant
from models.database import read_only
from models.event import SLOT_US
from models.occupancy import Basis, HeadCount, Slot, presence, stored, track_of
from models.place import Area, Site


def crowding(engine: Engine, at: Instant) -> dict[int, int]:
    """By site number; `at` is a slot's border. A site without a number is not there."""
    with read_only(engine) as connection:
        return _crowding(connection, at)


def _crowding(connection: Connection, at: Instant) -> dict[int, int]:
    values, own = _values(connection, at), _own(connection)
    people: dict[int, int] = {}
    areas = select(Area.id, Area.site_id, func.coalesce(Area.count_by, Site.count_by).label("count_by"))
    for row in connection.execute(areas.join(Site, Site.id == Area.site_id)):
        counter, persons = (_known(track_of(row.id, basis), values, own) for basis in (Basis.COUNTER, Basis.PERSONS))
        here = presence(counter, persons, row.count_by).people
        if here is not None:
            people[row.site_id] = people.get(row.site_id, 0) + here
    return people


def _known(track: int, values: dict[int, int], own: set[int]) -> tuple[int, bool] | None:
    return (values[track], track in own) if track in values else None


def _own(connection: Connection) -> set[int]:
    return {row.track for row in connection.execute(select(HeadCount.track).where(HeadCount.own == 1))}


def _values(connection: Connection, at: Instant) -> dict[int, int]:
    """The signed value of each track at `at`: one look along the slots' key for each."""
    last = select(func.max(Slot.slot)).where(Slot.track == HeadCount.track, Slot.slot < at // SLOT_US).scalar_subquery()
    newest = select(HeadCount.track, last.label("slot")).subquery()
    found = connection.execute(select(Slot).join(newest, (newest.c.track == Slot.track) & (newest.c.slot == Slot.slot)))
    return {row.track: stored(row).closing for row in found}
