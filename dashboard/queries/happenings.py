"""What came in last: counts and codes, never a person."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, LargeBinary, bindparam, select

from dashboard.queries.places import PlaceFacts
from dashboard.rows import Happening
from models.base import Instant, big
from models.event import KIND_NAME, KIND_NUMBER, SLOT_US, Event, key_from
from models.event_keys import AMONG_KEYS, keys_around
from models.place import Area

SHOWN = tuple(
    KIND_NUMBER[kind]
    for kind in ("occupancy.flow", "occupancy.count", "person.in", "person.out", "alarm.raised", "alarm.cleared")
)

_LATELY = (
    select(Event.at, Event.site_id, Event.kind, Event.a, Event.b, Event.rest, Area.code)
    .join(Area, Area.id == Event.area_id)
    .where(Event.kind.in_(SHOWN), Event.at <= bindparam("now", type_=big))
    .limit(bindparam("most"))
)
# Along the time-ordered key: a few rows from its end instead of all of these minutes.
_EVERYWHERE = _LATELY.where(
    Event.key > bindparam("key", type_=LargeBinary), Event.at >= bindparam("since", type_=big)
).order_by(Event.key.desc())
_AT_SITES = _LATELY.where(
    Event.slot.in_(bindparam("slots", expanding=True)),
    Event.area_id.in_(select(Area.id).where(Area.site_id.in_(bindparam("sites", expanding=True)))),
    *AMONG_KEYS,
).order_by(Event.at.desc(), Event.key.desc())


def happenings(
    connection: Connection,
    places: dict[int, PlaceFacts],
    now: Instant,
    most: int,
    only: Collection[int] | None = None,
    slots_back: int = 1,
) -> list[Happening]:
    """Newest first, of the running five minutes and `slots_back` before; `only` restricts to sites by number."""
    last = now // SLOT_US
    since = (last - slots_back) * SLOT_US
    said: dict[str, Any] = {"now": now, "most": most}
    if only is None:
        said |= {"key": key_from(since), "since": since}
    else:
        said |= {"slots": list(range(last - slots_back, last + 1)), "sites": list(only)} | keys_around(since, now)
    rows = connection.execute(_EVERYWHERE if only is None else _AT_SITES, said)
    found = [row for row in rows if row.site_id in places]
    return [_happening(row, places[row.site_id]) for row in sorted(found, key=lambda row: -row.at)]


def _happening(row: Any, place: PlaceFacts) -> Happening:
    kind = KIND_NAME[row.kind]
    counted = kind == "occupancy.count"
    rest = json.loads(row.rest) if row.rest and kind.startswith("alarm") else {}
    return Happening(
        at=row.at,
        site=place.site,
        name_zh=place.name_zh,
        name_en=place.name_en,
        kind=kind,
        area=row.code,
        came=0 if counted else row.a or 0,
        went=0 if counted else row.b or 0,
        people=row.a if counted else None,
        code=rest.get("type"),
    )
