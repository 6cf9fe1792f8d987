"""A site's events between two instants, in the order of their delivery: its days, its heartbeats, its mishaps."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from typing import Any
from zoneinfo import ZoneInfo

from edge.simulator.chance import bits, chance
from edge.simulator.day import Sent, day_of, events_of_day, next_date
from edge.simulator.mishaps import Mishaps, mishaps_of
from edge.simulator.places import Place
from edge.ulid import ulid

MINUTE = 60_000_000


def local_date(at: int, zone: str) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(ZoneInfo(zone)).date()


def events_of(
    place: Place, since: int, until: int, seed: int, zone: str, enabled: frozenset[str], heartbeat_s: float = 60.0
) -> Iterator[Sent]:
    """(when it leaves the device, event with `at` in microseconds) for since <= true time < until.

    Cut anywhere, the parts give the whole: delivery only reorders within a day by what `disorder` says.
    """
    on = local_date(since, zone)
    while day_of(place, on, seed, zone).start < until:
        yield from (one for one in _of_date(place, on, seed, zone, enabled, heartbeat_s) if since <= one[0] < until)
        on = next_date(on)


def _of_date(
    place: Place, on: date, seed: int, zone: str, enabled: frozenset[str], heartbeat_s: float
) -> Iterator[Sent]:
    day = day_of(place, on, seed, zone)
    mishaps = mishaps_of(place, on, seed, enabled)
    if mishaps.stays_shut:
        return
    merged = merge(
        events_of_day(day, mishaps), _heartbeats(place, day.start, seed, heartbeat_s), key=lambda one: one[0]
    )
    for at, event in merged:
        minute = (at - day.start) / MINUTE
        if not mishaps.is_silent(minute):
            yield at, event | {"at": mishaps.device_clock(at, minute)}


def _heartbeats(place: Place, start: int, seed: int, every_s: float) -> Iterator[Sent]:
    """From the gateway, each minute at the site's own second."""
    step = int(every_s * 1_000_000)
    first = start + bits(place.site, "beat") % step
    battery = chance(seed, place.site, "battery").randint(35, 100)
    for at in range(first - first % 1000, start + 86_400_000_000, step):
        event: dict[str, Any] = {"id": ulid(at, bits(seed, place.site, at, "beat")), "kind": "device.status"}
        yield at, event | {"at": at, "device": "gateway", "online": True, "battery_pct": battery}


def todays_mishaps(place: Place, at: int, seed: int, zone: str, enabled: frozenset[str]) -> tuple[Mishaps, float]:
    """Those of the running day, and the minute it is."""
    on = local_date(at, zone)
    return mishaps_of(place, on, seed, enabled), (at - day_of(place, on, seed, zone).start) / MINUTE
