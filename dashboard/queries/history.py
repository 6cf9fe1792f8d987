"""A site's past by five minutes, an hour or a day, with how much of it was heard."""

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import Connection, select

from dashboard.queries.curves import chosen_tracks, slots_of
from dashboard.queries.places import PlaceFacts
from models.base import Instant
from models.day import Span, spans
from models.event import SLOT_US
from models.occupancy import SiteSlot

STEPS = {"5m": SLOT_US, "1h": 12 * SLOT_US, "1d": 288 * SLOT_US}
MOST = 20_000


def history(connection: Connection, place: PlaceFacts, borders: Sequence[Instant]) -> list[dict[str, object]]:
    """One entry between each two borders; values None where the site has no number, coverage 0..1.

    `last` is at the end of the step, `average` over its time; all shown not below 0.
    """
    start, end = borders[0], borders[-1]
    tracks = []
    for track in chosen_tracks(connection, place.id, place.count_by):
        opening, slots = slots_of(connection, track, start, end)
        tracks.append(_by_slot(spans(slots, opening, start, end)))
    minutes = _minutes(connection, place.id, start, end)
    return [_entry(a, b, [_between(track, start, a, b) for track in tracks], minutes) for a, b in pairwise(borders)]


def _by_slot(track: Sequence[Span]) -> list[Span]:
    """The span that covers each five minutes."""
    return [span for span in track for _ in range((span.end - span.start) // SLOT_US)]


def _between(track: list[Span], start: Instant, a: Instant, b: Instant) -> list[Span]:
    return track[(a - start) // SLOT_US : (b - start) // SLOT_US]


def _minutes(connection: Connection, site_id: int, start: Instant, end: Instant) -> dict[int, int]:
    wanted = select(SiteSlot.slot, SiteSlot.minutes).where(
        SiteSlot.site_id == site_id, SiteSlot.slot >= start // SLOT_US, SiteSlot.slot < end // SLOT_US
    )
    return {row.slot: row.minutes.bit_count() for row in connection.execute(wanted)}


def _entry(a: Instant, b: Instant, tracks: list[list[Span]], minutes: dict[int, int]) -> dict[str, object]:
    heard = sum(minutes.get(slot, 0) for slot in range(a // SLOT_US, b // SLOT_US))
    entry: dict[str, object] = {"start": a, "coverage": round(heard / ((b - a) / 60_000_000), 4)}
    if not tracks:
        return entry | dict.fromkeys(("last", "min", "max", "average", "in", "out"))
    sums = [
        [(max(s.last, 0), max(s.lowest, 0), max(s.highest, 0), _share(s), *_passed(s)) for s in parts]
        for parts in zip(*tracks, strict=True)
    ]
    lasts = [sum(part[0] for part in parts) for parts in sums]
    return entry | {
        "last": lasts[-1],
        "min": min(sum(part[1] for part in parts) for parts in sums),
        "max": max(sum(part[2] for part in parts) for parts in sums),
        "average": round(max(sum(part[3] for parts in sums for part in parts) / len(sums), 0), 3),
        "in": sum(part[4] for parts in sums for part in parts),
        "out": sum(part[5] for parts in sums for part in parts),
    }


def _share(span: Span) -> float:
    return span.person_us / (span.end - span.start)


def _passed(span: Span) -> tuple[int, int]:
    """A slot's own passings; a quiet stretch has none."""
    return span.came, span.went
