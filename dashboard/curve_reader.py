"""Today's slots of all sites as the curves of scopes need them: of a site only what has come since is read again.

What is remembered of five minutes is good as long as they hold as many events as they did: an event changes its own five
minutes and later ones, never earlier ones. So a site is read from the first slot on that has more, be it the one that runs
or an old one for which something came late. What came late for a day before may change with how many its day opened: then
all of it is read.
"""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, bindparam, cast, func, select

from dashboard.queries.live import changed_since
from dashboard.queries.scope_curve import CHANGE, Moved, plainly_moved
from dashboard.queries.worker import numbers
from models.base import big
from models.occupancy import HeadCount, SiteSlot, Slot

SITES_AT_ONCE = 30
"""Sites of one statement: a first reading of thousands goes in bites."""
LONGEST_DAY = 26 * 12
"""Slots; an hour may come twice."""
_ROOM, _MIDDLE = 2**32, 2**31
"""A slot and a number in one: the number may be below zero."""
_FIRST, _UNTIL = bindparam("first", type_=big), bindparam("until", type_=big)


def _packed(slot: Any, number: Any) -> Any:
    """All of a group in one text: a row for each slot costs more to bring here than to find."""
    return func.aggregate_strings(cast((cast(slot, big) - _FIRST) * _ROOM + number + _MIDDLE, Text), ",")


_EVENTS = (
    select(SiteSlot.site_id, _packed(SiteSlot.slot, SiteSlot.events).label("packed"))
    .where(SiteSlot.site_id.in_(bindparam("sites", expanding=True)), SiteSlot.slot >= _FIRST, SiteSlot.slot < _UNTIL)
    .group_by(SiteSlot.site_id)
)
_CHANGES = (
    select(Slot.track, _packed(Slot.slot, CHANGE).label("packed"))
    .where(
        Slot.track.in_(bindparam("tracks", expanding=True)),
        Slot.slot >= bindparam("since", type_=big),
        Slot.slot < _UNTIL,
    )
    .group_by(Slot.track)
)

_HEAD = HeadCount.__table__.c
_OPENING = select(
    _HEAD.track,
    select(Slot.opening)
    .where(Slot.track == _HEAD.track, Slot.slot >= _FIRST)
    .order_by(Slot.slot)
    .limit(1)
    .scalar_subquery()
    .label("opening"),
).where(_HEAD.track.in_(bindparam("tracks", expanding=True)))


def _unpacked(text: str) -> Iterator[tuple[int, int]]:
    """(slots since the first one, number)."""
    for one in json.loads(f"[{text}]"):
        yield one >> 32, (one & (_ROOM - 1)) - _MIDDLE


@dataclass(slots=True)
class _Site:
    """Since the day began: how many events each five minutes held, packed and in order, and by how much each of them changed
    what is shown."""

    tracks: tuple[int, ...]
    openings: tuple[int | None, ...]
    """Of its tracks, in their first five minutes of the day that have any event."""
    events: tuple[int, ...]
    changes: list[int]


class CurveReader:
    """One for the life of the process, for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first, self._change = -1, 0
        self._sites: dict[int, _Site] = {}
        self._behind: set[int] = set()
        """Something has come there since they were read."""

    def moved(self, connection: Connection, tracks: Mapping[int, Sequence[int]], slots: range) -> Moved:
        """As `plainly_moved`."""
        with self._lock:
            live, _ = numbers(connection)
            if live < self._change:
                # Somebody with a newer picture was faster: what is remembered is ahead of this one.
                return plainly_moved(connection, tracks, slots)
            if slots.start != self._first:
                self._forget(slots.start)
            try:
                self._catch_up(connection, tracks)
            except BaseException:
                self._forget(-1)
                raise
            self._change = live
            mine = [self._sites[id_] for id_ in tracks]
            changes = [sum(numbers) for numbers in zip(*(one.changes[: len(slots)] for one in mine), strict=True)]
            heard = _heard(mine, len(slots))
            return Moved(changes, [n in heard for n in range(len(slots))])

    def _forget(self, first: int) -> None:
        self._first, self._change, self._sites, self._behind = first, 0, {}, set()

    def _catch_up(self, connection: Connection, tracks: Mapping[int, Sequence[int]]) -> None:
        self._behind.update(changed_since(connection, self._change)[0])
        stale = [id_ for id_ in tracks if id_ in self._behind or not self._knows(id_, tracks[id_])]
        since: dict[int, int] = {}
        for some in _bites(stale):
            openings = self._openings(connection, [track for id_ in some for track in tracks[id_]])
            for id_, events in self._events(connection, some).items():
                opened = tuple(openings.get(track) for track in tracks[id_])
                if self._knows(id_, tracks[id_]) and self._sites[id_].openings == opened:
                    since[id_] = _first_difference(events, self._sites[id_].events)
                    self._sites[id_].events = events
                else:
                    changes = [0] * LONGEST_DAY
                    since[id_], self._sites[id_] = 0, _Site(tuple(tracks[id_]), opened, events, changes)
        # Those with something late come together, so that the others need not be read from so far back.
        for some in _bites(sorted((id_ for id_ in since if since[id_] < LONGEST_DAY), key=lambda id_: since[id_])):
            self._read(connection, some, since[some[0]])
        self._behind.difference_update(tracks)

    def _knows(self, site: int, tracks: Sequence[int]) -> bool:
        return site in self._sites and self._sites[site].tracks == tuple(tracks)

    def _openings(self, connection: Connection, tracks: Sequence[int]) -> dict[int, int]:
        found = connection.execute(_OPENING, self._within() | {"tracks": tracks}) if tracks else ()
        return {row.track: row.opening for row in found}

    def _events(self, connection: Connection, sites: Sequence[int]) -> dict[int, tuple[int, ...]]:
        found = connection.execute(_EVENTS, self._within() | {"sites": list(sites)})
        return dict.fromkeys(sites, ()) | {row.site_id: tuple(sorted(json.loads(f"[{row.packed}]"))) for row in found}

    def _read(self, connection: Connection, sites: Sequence[int], since: int) -> None:
        of = {track: self._sites[id_] for id_ in sites for track in self._sites[id_].tracks}
        for id_ in sites:
            self._sites[id_].changes[since:] = [0] * (LONGEST_DAY - since)
        if not of:
            return
        said = self._within() | {"tracks": list(of), "since": self._first + since}
        for row in connection.execute(_CHANGES, said):
            changes = of[row.track].changes
            for n, change in _unpacked(row.packed):
                changes[n] += change

    def _within(self) -> dict[str, Any]:
        return {"first": self._first, "until": self._first + LONGEST_DAY}


def _heard(sites: Iterable[_Site], slots: int) -> set[int]:
    """The first ones of many sites say it of nearly all slots."""
    heard: set[int] = set()
    for site in sites:
        heard.update(one >> 32 for one in site.events if one >> 32 < slots)
        if len(heard) == slots:
            break
    return heard


def _first_difference(one: Sequence[int], other: Sequence[int]) -> int:
    """The first slot of which two accounts differ; none: the end of the longest day."""
    same, beyond = 0, min(len(one), len(other)) + 1
    while same + 1 < beyond:
        middle = (same + beyond) // 2
        same, beyond = (middle, beyond) if one[same:middle] == other[same:middle] else (same, middle)
    return min((some[same] >> 32 for some in (one, other) if same < len(some)), default=LONGEST_DAY)


def _bites(sites: Sequence[int]) -> Iterator[Sequence[int]]:
    return (sites[n : n + SITES_AT_ONCE] for n in range(0, len(sites), SITES_AT_ONCE))
