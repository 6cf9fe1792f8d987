"""The counting events that a day looks at one by one: who came and went by card, and what staff counted beside a counter.

Events have no index by site; the slots of a track say where they are and how many. A day's are looked for among keys of
about its time, and where the slots hold more than was found there, among all keys.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from models.base import Instant, big
from models.day_areas import AreaRead
from models.day_blocks import Check
from models.day_figures import Passing, fields_of
from models.event import COUNT_METHOD, KIND_NUMBER, SLOT_US, Event, sender_id
from models.event_keys import ALL_KEYS, AMONG_KEYS, keys_around
from models.occupancy import Basis, Slot, SlotFold, bases_of, track_of

_COUNT, _IN, _OUT = (KIND_NUMBER[kind] for kind in ("occupancy.count", "person.in", "person.out"))
_SENSOR, _STAFF = COUNT_METHOD["sensor"], COUNT_METHOD["staff"]
_EVENT = Event.__table__.c
ONE_BY_ONE = or_(_EVENT.kind.in_((_IN, _OUT)), and_(_EVENT.kind == _COUNT, _EVENT.b != _SENSOR))
"""All that stands on the track of persons; flows and sensors' counts are summed in the slots."""

# Each statement is made once: to put one together takes as long as to run it.
_COLUMNS = (_EVENT.kind, _EVENT.at, _EVENT.seq, _EVENT.form, _EVENT.key, _EVENT.id, _EVENT.a, _EVENT.b, _EVENT.rest)
_IN_SLOTS = select(*_COLUMNS).where(
    _EVENT.slot.in_(bindparam("slots", expanding=True)),
    _EVENT.area_id == bindparam("area"),
    *AMONG_KEYS,
)
_SINGLY = _IN_SLOTS.where(ONE_BY_ONE)
_CAME = select(_EVENT.rest).where(
    _EVENT.slot.in_(bindparam("slots", expanding=True)),
    _EVENT.area_id.in_(bindparam("areas", expanding=True)),
    _EVENT.kind == _IN,
    *AMONG_KEYS,
)
_SLOTS = select(Slot.track, Slot.slot, Slot.events).where(
    Slot.track.in_(bindparam("tracks", expanding=True)),
    Slot.slot >= bindparam("first", type_=big),
    Slot.slot < bindparam("until", type_=big),
)


def area_events(connection: Connection, areas: Sequence[int], start: Instant, end: Instant) -> dict[int, list[Any]]:
    """By area those of [start, end) in the contract's order: all that stand on the track of persons, whichever is its number."""
    tracks = {track_of(area, Basis.PERSONS): area for area in areas}
    within = {"tracks": list(tracks), "first": start // SLOT_US, "until": -(-end // SLOT_US)}
    slots: dict[int, dict[int, int]] = defaultdict(dict)
    for track, slot, events in connection.execute(_SLOTS, within).all() if tracks else ():
        slots[tracks[track]][slot] = events
    keys = keys_around(start, end)
    return {
        area: in_order(r for r in _singly(connection, area, mine, keys) if r.at < end) for area, mine in slots.items()
    }


def _singly(connection: Connection, area: int, slots: Mapping[int, int], keys: dict[str, bytes]) -> Sequence[Any]:
    """`slots` are their numbers, with how many events each holds."""
    asked = {"area": area, "slots": sorted(slots)}
    found = connection.execute(_SINGLY, asked | keys).all()
    return found if len(found) >= sum(slots.values()) else connection.execute(_SINGLY, asked | ALL_KEYS).all()


def came(connection: Connection, areas: Sequence[int], start: Instant, end: Instant) -> Iterator[str]:
    """Whoever came in by card in the slots of [start, end), by what the site itself calls her; first those whose events' ids
    were made about then, so that who has found everybody need not go on to where a wrong clock may have put the others."""
    tracks = [track_of(area, Basis.PERSONS) for area in areas]
    within = {"tracks": tracks, "first": start // SLOT_US, "until": -(-end // SLOT_US)}
    slots = connection.execute(_SLOTS, within).all() if tracks else []
    asked = {"areas": list(areas), "slots": sorted({row.slot for row in slots})}
    for keys in (keys_around(start, end), ALL_KEYS) if slots else ():
        found = connection.execute(_CAME, asked | keys).scalars().all()
        yield from (person for rest in found if (person := fields_of(rest).get("person")))


def in_order(events: Iterable[Any]) -> list[Any]:
    """Effective time, `seq` or 0, `id` as bytes; the sender's id is spelled out only where the others leave it open."""
    ordered = sorted(events, key=_moment)
    return [one for _, alike in groupby(ordered, key=_moment) for one in _by_id(list(alike))]


def _moment(row: Any) -> tuple[Instant, int]:
    return row.at, row.seq or 0


def _by_id(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda r: sender_id(r.form, r.key, r.id).encode()) if len(rows) > 1 else rows


def passings(areas: Sequence[AreaRead], events: Mapping[int, Sequence[Any]]) -> list[Passing]:
    """Who came and went by card at a site, in order of time; `events` by area."""
    found = []
    for area in areas:
        for row in events.get(area.area_id, ()):
            if row.kind in (_IN, _OUT):
                said = fields_of(row.rest)
                auto = said.get("method") == "auto"
                found.append(Passing(row.at, said.get("person", ""), row.kind == _IN, auto, area.by_persons))
    return sorted(found, key=lambda one: one.at)


def checks(connection: Connection, areas: Sequence[AreaRead], events: Mapping[int, Sequence[Any]]) -> Iterator[Check]:
    """Staff's counts beside what the counter said at that moment, where a counter is the number; `events` by area."""
    for area in areas:
        by_staff = [row for row in events.get(area.area_id, ()) if row.kind == _COUNT and row.b == _STAFF]
        slots = {slot.slot: slot for slot in area.day.slots} if by_staff and not area.by_persons else {}
        for row in by_staff:
            if slot := slots.get(row.at // SLOT_US):
                value = _value_before(slot.opening, _by_counter(connection, area.area_id, slot), row)
                yield Check(row.at, area.code, value, row.a)


def _by_counter(connection: Connection, area: int, slot: SlotFold) -> list[Any]:
    """A slot's events on the counter's track, in order."""
    asked = {"area": area, "slots": [slot.slot]}
    for keys in (keys_around(slot.start, slot.end), ALL_KEYS):
        rows = connection.execute(_IN_SLOTS, asked | keys).all()
        found = [row for row in rows if Basis.COUNTER in bases_of(row.kind, row.b)]
        if len(found) >= slot.events:
            break
    return in_order(found)


def _value_before(opening: int, events: Sequence[Any], counted: Any) -> int:
    """What the counter said; `events` are its slot's."""
    value = opening
    for one in events:
        if one.key == counted.key:
            break
        value = one.a if one.kind == _COUNT else value + one.a - one.b
    return value
