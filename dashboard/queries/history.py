"""A site's past by five minutes, an hour or a day, with how much of it was heard."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from dashboard.queries.curves import by_slot, chosen_tracks
from dashboard.queries.places import PlaceFacts
from models.base import MINUTE, Instant
from models.day import Span
from models.event import SLOT_US
from models.occupancy import SiteSlot

STEPS = {"5m": SLOT_US, "1h": 12 * SLOT_US, "1d": 288 * SLOT_US}
MOST, LONGEST_DAYS = 20_000, 1_200


def history(
    connection: Connection, place: PlaceFacts, borders: Sequence[Instant], now: Instant
) -> list[dict[str, Any]]:
    """One entry between each two borders; values None where nothing was heard, coverage 0..1 of what is over.

    `last` is at the end of the step, `average` over its time; all shown not below 0. An area counts from its first event on.
    """
    start, end = borders[0], min(borders[-1], max(borders[0], -(-now // SLOT_US) * SLOT_US))
    tracks = [by_slot(connection, track, start, end) for track in chosen_tracks(connection, place.id, place.count_by)]
    minutes = _minutes(connection, place.id, start, end)
    return [_entry(a, b, start, [track for track in tracks if track], minutes, now) for a, b in pairwise(borders)]


def _minutes(connection: Connection, site_id: int, start: Instant, end: Instant) -> dict[int, int]:
    wanted = select(SiteSlot.slot, SiteSlot.minutes).where(
        SiteSlot.site_id == site_id, SiteSlot.slot >= start // SLOT_US, SiteSlot.slot < end // SLOT_US
    )
    return {row.slot: row.minutes.bit_count() for row in connection.execute(wanted)}


def _entry(
    a: Instant, b: Instant, start: Instant, tracks: list[list[Span | None]], minutes: dict[int, int], now: Instant
) -> dict[str, Any]:
    heard = sum(minutes.get(slot, 0) for slot in range(a // SLOT_US, b // SLOT_US))
    over = -(-(min(b, now) - a) // MINUTE)
    entry: dict[str, Any] = {"start": a, "coverage": min(1.0, round(heard / over, 4)) if over > 0 else 0.0}
    by_slot = list(zip(*(track[(a - start) // SLOT_US : (b - start) // SLOT_US] for track in tracks), strict=True))
    areas = [[span for span in parts if span is not None] for parts in by_slot]
    if not heard or not any(areas):
        return entry | dict.fromkeys(("last", "min", "max", "average", "in", "out"))
    known = [parts for parts in areas if parts]
    spans_ = [span for parts in known for span in parts]
    return entry | {
        "last": sum(max(span.last, 0) for span in known[-1]),
        "min": min(sum(max(span.lowest, 0) for span in parts) for parts in known),
        "max": max(sum(max(span.highest, 0) for span in parts) for parts in known),
        "average": round(max(sum(span.person_us for span in spans_) / (len(known) * SLOT_US), 0), 3),
        "in": sum(span.came for span in spans_),
        "out": sum(span.went for span in spans_),
    }
