"""Once a day: where a service began and ended goes; how exact that was, whether it was made up, and how far apart, stay."""

import json
from math import asin, cos, radians, sin, sqrt
from typing import Any

from sqlalchemy import Connection, select, update

from ingest.jobs.bites import change
from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.base import HOUR, Instant
from models.service import Service, Won, placed_at

JOB = "forget_places"
BITE = 200
"""Services read, changed and written before the writers' lock is given back."""
_EARTH_M = 6_371_000


def forget_places(occasion: Occasion) -> Counts:
    """Counts `services`."""
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    before = occasion.now - occasion.cfg.ingest.keep_places_days * 24 * HOUR
    return {"services": change(occasion, lambda connection: _forget_bite(connection, before), BITE)}


def _forget_bite(connection: Connection, before: Instant) -> int:
    due = select(Service.id, Service.start, Service.finish).where(Service.placed_at < before)
    rows = connection.execute(due.order_by(Service.placed_at).limit(BITE).with_for_update()).all()
    for row in rows:
        won = {name: json.loads(text) for name, text in (("start", row.start), ("finish", row.finish)) if text}
        without_places(won, before)
        texts = {name: json.dumps(said, separators=(",", ":")) for name, said in won.items()}
        changed = {**texts, "placed_at": placed_at(won)}
        connection.execute(update(Service).where(Service.id == row.id).values(**changed))
    return len(rows)


def without_places(won: dict[str, Won], before: Instant) -> None:
    """`place` is [lat, lon, accuracy_m, mock]; its first two go where it was before that moment."""
    places: dict[str, list[Any]] = {name: said["place"] for name, (_, said) in won.items() if said.get("place")}  # type: ignore[misc]
    if all(name in places and places[name][0] is not None for name in ("start", "finish")):
        won["finish"][1]["apart_m"] = round(_apart_m(places["start"], places["finish"]), -1)
    for name, place in places.items():
        if won[name][0][0] < before:
            place[:2] = [None, None]


def _apart_m(one: list[float], other: list[float]) -> float:
    """Along the earth, by the haversine."""
    (a, b), (c, d) = ([radians(x) for x in place[:2]] for place in (one, other))
    return 2 * _EARTH_M * asin(sqrt(sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2))
