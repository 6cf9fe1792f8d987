"""A site's events between two instants, in the order of their delivery: its days, its heartbeats, its mishaps."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from typing import Any
from zoneinfo import ZoneInfo

from edge.simulator.chance import bits, chance
from edge.simulator.day import Day, Sent, day_of, next_date
from edge.simulator.lived import events_of_day
from edge.simulator.mishaps import Mishaps, mishaps_of
from edge.simulator.places import Place
from edge.ulid import ulid

MINUTE = 60_000_000
DAY = 1440 * MINUTE
FIRST_LIGHT = 6 * 60 + 25
"""Minute before which nothing of today's concerns anybody: the early canteens open soon after."""


def local_date(at: int, zone: str) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(ZoneInfo(zone)).date()


def since_opening(place: Place, now: int, seed: int, zone: str) -> int:
    """Where today begins: a little before the doors open, where people live at midnight."""
    day = day_of(place, local_date(now, zone), seed, zone)
    if "residence" in place.areas:
        return day.start
    return day.at(min(FIRST_LIGHT if day.opens is None else day.opens, FIRST_LIGHT) - 6)


def events_of(
    place: Place, since: int, until: int, seed: int, zone: str, enabled: frozenset[str], heartbeat_s: float = 60.0
) -> Iterator[Sent]:
    """(when it leaves the device, event with `at` in microseconds) for since <= leaving < until.

    Cut anywhere, the parts give the whole: `disorder` keeps an event back within its day, never beyond it.
    """
    on = local_date(since, zone)
    while (day := day_of(place, on, seed, zone)).start < until:
        mishaps = mishaps_of(place, on, seed, enabled)
        if not mishaps.stays_shut:
            yield from _of_day(day, mishaps, max(since, day.start), min(until, day.start + DAY), heartbeat_s)
        on = next_date(on)


def _of_day(day: Day, mishaps: Mishaps, since: int, until: int, heartbeat_s: float) -> Iterator[Sent]:
    happened = [one for one in _leaving(day, mishaps) if since <= one[0] < until]
    for leaves, event in merge(happened, _heartbeats(day, mishaps, since, until, heartbeat_s), key=lambda one: one[0]):
        minute = (event["at"] - day.start) / MINUTE
        if not mishaps.is_silent(minute):
            yield leaves, event | {"at": mishaps.device_clock(event["at"], minute)}


def _leaving(day: Day, mishaps: Mishaps) -> list[Sent]:
    """Most events leave when they happen; a few linger in a slow device and are overtaken."""
    events = events_of_day(day, mishaps)
    if not mishaps.disorder_share:
        return events
    dice = day.dice("disorder")
    late = [
        (min(at + round(dice.uniform(2, 90) * 1_000_000), day.start + DAY - 1), event)
        if dice.random() < mishaps.disorder_share
        else (at, event)
        for at, event in events
    ]
    return sorted(late, key=lambda one: one[0])


def _heartbeats(day: Day, mishaps: Mishaps, since: int, until: int, every_s: float) -> Iterator[Sent]:
    """From the gateway, each minute at the site's own second; one with a wrong clock knows by how much once it asked."""
    site, seed, step = day.place.site, day.seed, round(every_s * 1000) * 1000
    offset = bits(site, "beat") % step // 1000 * 1000
    first = day.start + offset + max(0, -(-(since - day.start - offset) // step)) * step
    status: dict[str, Any] = {"device": "gateway", "online": True}
    status["battery_pct"] = chance(seed, site, "battery").randint(35, 100)
    if mishaps.clock_error_us:
        status["clock_offset_ms"] = mishaps.clock_error_us // 1000
    for at in range(first, until, step):
        yield at, {"id": ulid(at, bits(seed, site, at, "beat")), "kind": "device.status", "at": at} | status


def todays_mishaps(place: Place, at: int, seed: int, zone: str, enabled: frozenset[str]) -> tuple[Mishaps, float]:
    """Those of the running day, and the minute it is."""
    on = local_date(at, zone)
    return mishaps_of(place, on, seed, enabled), (at - day_of(place, on, seed, zone).start) / MINUTE
