"""What came in last: counts and codes, never a person."""

import json
from typing import Any

from sqlalchemy import Connection, select

from dashboard.queries.places import PlaceFacts
from dashboard.rows import Happening
from models.base import Instant
from models.event import KIND_NAME, KIND_NUMBER, SLOT_US, Event
from models.place import Area

SHOWN = tuple(
    KIND_NUMBER[kind]
    for kind in ("occupancy.flow", "occupancy.count", "person.in", "person.out", "alarm.raised", "alarm.cleared")
)


def happenings(
    connection: Connection,
    places: dict[int, PlaceFacts],
    now: Instant,
    most: int,
    slots_back: int = 1,
    one: int | None = None,
) -> list[Happening]:
    """Newest first, of the running five minutes and `slots_back` before; `one` restricts to a site."""
    last = now // SLOT_US
    wanted = (
        select(Event.at, Event.site_id, Event.kind, Event.area_id, Event.a, Event.b, Event.rest)
        .where(Event.slot.between(last - slots_back, last), Event.area_id.is_not(None), Event.kind.in_(SHOWN))
        .order_by(Event.at.desc())
        .limit(most * 4)
    )
    if one is not None:
        areas = [row.id for row in connection.execute(select(Area.id).where(Area.site_id == one))]
        wanted = wanted.where(Event.area_id.in_(areas))
    names = {row.id: row.code for row in connection.execute(select(Area.id, Area.code))}
    found = [row for row in connection.execute(wanted) if row.site_id in places and row.at <= now]
    return [_happening(row, places[row.site_id], names.get(row.area_id)) for row in found[:most]]


def _happening(row: Any, place: PlaceFacts, area: str | None) -> Happening:
    kind = KIND_NAME[row.kind]
    counted = kind == "occupancy.count"
    rest = json.loads(row.rest) if row.rest and kind.startswith("alarm") else {}
    return Happening(
        at=row.at,
        site=place.site,
        name_zh=place.name_zh,
        name_en=place.name_en,
        kind=kind,
        area=area,
        came=0 if counted else row.a or 0,
        went=0 if counted else row.b or 0,
        people=row.a if counted else None,
        code=rest.get("type"),
    )
