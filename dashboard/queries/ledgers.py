"""Why a number is what it is: the base it starts from, what came and went since, and the same from the raw events."""

import json
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from dashboard.rows import Ledger, LedgerLine
from models.audit import AuditEntry
from models.base import Instant, big
from models.event import KIND_NUMBER, SLOT_US, Event, sender_id
from models.event_keys import ALL_KEYS, AMONG_KEYS, keys_around
from models.occupancy import COUNTING, Basis, HeadCount, Slot, bases_of, presence, stored, track_of
from models.place import Area, Site

METHODS = ("sensor", "staff", "reset")
CORRECTIONS_SHOWN = 4
TRACKS_KEPT = 256
"""Of so many areas the day's steps are remembered: a few hundred sites that are looked at in the same minutes."""

Said = tuple[str, str]
"""Who corrected, by role, and why."""
Raw = tuple[int, Instant, int, int, int, int, bytes, str | None]
"""Kind, effective time, seq or 0, a, b, and what the sender's id is made of."""

_COUNT = KIND_NUMBER["occupancy.count"]
_AREAS = (
    select(Area.id, Area.code, Area.count_by, Site.code.label("site"))
    .join(Site, Site.id == Area.site_id)
    .where(Area.site_id == bindparam("site"))
    .order_by(Area.id)
)
_HEADS = select(HeadCount).where(HeadCount.track.in_(bindparam("tracks", expanding=True)))
_BEFORE = (
    select(Slot)
    .where(Slot.track == bindparam("track"), Slot.slot < bindparam("first", type_=big))
    .order_by(Slot.slot.desc())
    .limit(1)
)
_SEQ = func.coalesce(Event.seq, 0).label("seq")
# By the slots that the area has: along the index alone one would pass everything that happened everywhere today.
_SLOTS = select(Slot.slot, Slot.events).where(
    Slot.track == bindparam("track"), Slot.slot >= bindparam("first", type_=big)
)
_RAW = (
    select(Event.kind, Event.at, _SEQ, Event.a, Event.b, Event.form, Event.key, Event.id)
    .where(
        Event.slot.in_(bindparam("slots", expanding=True)),
        Event.area_id == bindparam("area"),
        Event.kind.in_(COUNTING),
        *AMONG_KEYS,
    )
    .order_by(Event.at, _SEQ)
)
_CORRECTED = (
    select(AuditEntry.role, AuditEntry.said)
    .where(AuditEntry.subject == bindparam("subject"), AuditEntry.what == "count.correct")
    .order_by(AuditEntry.id.desc())
    .limit(CORRECTIONS_SHOWN)
)


def ledgers(
    connection: Connection, site_id: int, count_by: str, day_start: Instant, memory: "Memory | None" = None
) -> tuple[Ledger, ...]:
    """One for each area that has a number; without a memory every raw event of the day is read."""
    memory = memory or Memory()
    areas = connection.execute(_AREAS, {"site": site_id}).all()
    tracks = [track_of(row.id, basis) for row in areas for basis in Basis]
    heads = {row.track: row for row in connection.execute(_HEADS, {"tracks": tracks})} if tracks else {}
    made = [_ledger(connection, row, row.count_by or count_by, heads, day_start, memory) for row in areas]
    return tuple(one for one in made if one is not None)


def _ledger(
    connection: Connection,
    area: Any,
    count_by: str,
    heads: Mapping[int, Any],
    day_start: Instant,
    memory: "Memory",
) -> Ledger | None:
    counter, persons = (heads.get(track_of(area.id, basis)) for basis in (Basis.COUNTER, Basis.PERSONS))
    basis = presence(
        (counter.signed, bool(counter.own)) if counter else None,
        (persons.signed, bool(persons.own)) if persons else None,
        count_by,
    ).basis
    head = heads.get(track_of(area.id, basis))
    if head is None:
        return None
    today = {"area": area.id, "track": track_of(area.id, basis), "first": day_start // SLOT_US}
    before = connection.execute(_BEFORE, today).first()
    steps = _steps(connection, basis, today, memory)
    by_hand = any(kind == _COUNT and METHODS[b] == "staff" for kind, _, _, _, b, *_ in steps)
    said = _said(connection, f"{area.site}/{area.code}") if by_hand else {}
    lines, total = _lines(steps, stored(before).closing if before else 0, day_start, said)
    gaps = [line.number for line in lines if line.what == "correction" and line.method == "staff"]
    shown = (*_shortened(lines), LedgerLine(None, "total", None, total))
    return Ledger(area.code, shown, head.signed, total, len(gaps), sum(gaps), sum(map(abs, gaps)))


def _said(connection: Connection, subject: str) -> dict[bytes, Said]:
    """By the event's id: the last corrections that were made on a page; a site's own counts by hand are not among them."""
    found = connection.execute(_CORRECTED, {"subject": subject})
    told = [(row.role, json.loads(row.said)) for row in found]
    return {said["event"].encode(): (role, said["reason"]) for role, said in told}


def _steps(connection: Connection, basis: Basis, today: Mapping[str, int], memory: "Memory") -> list[Raw]:
    """Today's events of a basis in the contract's order; five minutes without a count are one step."""
    events = {row.slot: row.events for row in connection.execute(_SLOTS, today)}
    known = memory.of(today["track"], today["first"])
    slots = {slot: known[slot] for slot, n in events.items() if slot in known and known[slot].events == n}
    missing = [slot for slot in events if slot not in slots]
    read = _read(connection, basis, today["area"], {slot: events[slot] for slot in missing})
    slots |= {slot: _Slot(events[slot], _ordered(steps)) for slot, steps in read.items()}
    memory.keep(today["track"], today["first"], slots)
    return [step for slot in sorted(slots) for step in slots[slot].steps]


def _read(connection: Connection, basis: Basis, area: int, wanted: Mapping[int, int]) -> dict[int, list[Raw]]:
    """`wanted`: slots, and how many events each holds on this basis."""
    read: dict[int, list[Raw]] = {}
    if wanted:
        about = keys_around(min(wanted) * SLOT_US, (max(wanted) + 1) * SLOT_US)
        read = _among(connection, basis, area, wanted, about)
    lacking = [slot for slot, events in wanted.items() if len(read[slot]) < events]
    return read | (_among(connection, basis, area, lacking, ALL_KEYS) if lacking else {})


def _among(
    connection: Connection, basis: Basis, area: int, slots: Collection[int], keys: Mapping[str, bytes]
) -> dict[int, list[Raw]]:
    read: dict[int, list[Raw]] = {slot: [] for slot in slots}
    found: Any = connection.execute(_RAW, {"area": area, "slots": list(slots), **keys})
    for one in found:
        if basis in bases_of(one[0], one[4]):
            read[one[1] // SLOT_US].append(one)
    return read


def _ordered(steps: list[Raw]) -> list[Raw]:
    """What came and went without a count between is one step: its order is of no account."""
    if steps and all(kind != _COUNT for kind, *_ in steps):
        return [(*steps[0][:3], sum(one[3] for one in steps), sum(one[4] for one in steps), *steps[0][5:])]
    # Only of events that share a moment and a number does the order depend on their ids, which cost most to write out.
    if any(one[1:3] == two[1:3] for one, two in pairwise(steps)):
        steps.sort(key=lambda one: (one[1], one[2], _sender(one)))
    return steps


@dataclass(frozen=True, slots=True)
class _Slot:
    """Five minutes of a track as they were read: good for as long as the track has as many events there."""

    events: int
    steps: list[Raw]


class Memory:
    """What was read of the raw events of the tracks that somebody looks at, so that each is read once. For any threads."""

    def __init__(self, tracks: int = TRACKS_KEPT) -> None:
        self._lock, self._tracks_max = threading.Lock(), tracks
        self._tracks: dict[tuple[int, int], dict[int, _Slot]] = {}

    def of(self, track: int, first: int) -> dict[int, _Slot]:
        with self._lock:
            return self._tracks.get((track, first), {})

    def keep(self, track: int, first: int, slots: dict[int, _Slot]) -> None:
        """The one that nobody has looked at for longest makes room."""
        with self._lock:
            self._tracks.pop((track, first), None)
            self._tracks[track, first] = slots
            while len(self._tracks) > self._tracks_max:
                del self._tracks[next(iter(self._tracks))]


def _sender(one: Raw) -> bytes:
    return sender_id(one[5], one[6], one[7]).encode()


def _lines(
    steps: Sequence[Raw], opening: int, start: Instant, said: Mapping[bytes, Said]
) -> tuple[list[LedgerLine], int]:
    """The opening, then each absolute count as a correction of what was believed, with what came and went between."""
    lines = [LedgerLine(start, "opening", None, opening)]
    value, came, went = opening, 0, 0
    for one in steps:
        kind, at, _, a, b, *_ = one
        if kind != _COUNT:
            came, went = came + a, went + b
            continue
        believed = value + came - went
        lines += _passed(came, went)
        by = said.get(_sender(one), ()) if said else ()
        lines.append(LedgerLine(at, "correction", METHODS[b], a - believed, *by))
        value, came, went = a, 0, 0
    lines += _passed(came, went)
    return lines, value + came - went


def _passed(came: int, went: int) -> list[LedgerLine]:
    made = [LedgerLine(None, "came", None, came)] if came else []
    return [*made, LedgerLine(None, "went", None, -went)] if went else made


def _shortened(lines: list[LedgerLine]) -> list[LedgerLine]:
    """Many absolute counts make a long story: from the last few on, with what was before in one base line."""
    corrections = [index for index, line in enumerate(lines) if line.what == "correction"]
    if len(corrections) <= CORRECTIONS_SHOWN:
        return lines
    first = corrections[-CORRECTIONS_SHOWN]
    base = sum(line.number for line in lines[: first + 1])
    return [LedgerLine(lines[first].at, "base", lines[first].method, base), *lines[first + 1 :]]
