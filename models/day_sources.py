"""Where a day's blocks come from: one reading for each table, of all the sites of a bite at once; what it finds goes by site."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, and_, bindparam, func, or_, select, tuple_

from models.base import HOUR, Instant, big
from models.day import Tally
from models.day_areas import AreaRead
from models.day_blocks import Check, Door
from models.day_figures import Given, Move, Passing, Shift, fields_of, shifts
from models.diary import BED_MOVED, CLOSED, OPENED, STAFF_OFF, STAFF_ON, Diary
from models.event import COUNT_METHOD, KIND_NUMBER, SLOT_US, Event, sender_id
from models.occupancy import Basis, SiteSlot, Slot, SlotFold, bases_of
from models.own_gap import in_slots
from models.place import Area, Capacity, OpeningHours, Site
from models.quality import NO_DELAYS, Delivered
from models.service import Service

_COUNT, _IN, _OUT = (KIND_NUMBER[kind] for kind in ("occupancy.count", "person.in", "person.out"))
_SENSOR, _STAFF = COUNT_METHOD["sensor"], COUNT_METHOD["staff"]
SHIFT_REACH: Instant = 24 * HOUR
"""A shift that begins so long before a day may reach into it."""
_EVER: Instant = -(1 << 62)
BEDS = ("residence", "beds")
"""Areas whose places are beds."""
HOMES = ("INST",)
"""Kinds of sites all of whose places are beds, where the registry says only how many there are."""

# Each statement is made once: to put one together takes as long as to run it.
_SITES: BindParameter[Any] = bindparam("sites", expanding=True)
_FIRST, _UNTIL = bindparam("first", type_=big), bindparam("until", type_=big)
_SINCE, _END, _AT = bindparam("since", type_=big), bindparam("end", type_=big), bindparam("at", type_=big)
_EVENT = Event.__table__.c
ONE_BY_ONE = or_(_EVENT.kind.in_((_IN, _OUT)), and_(_EVENT.kind == _COUNT, _EVENT.b != _SENSOR))
"""Counting events that a day looks at singly; flows and sensors' counts are summed in the slots."""
_COLUMNS = (_EVENT.area_id, _EVENT.kind, _EVENT.at, _EVENT.seq, _EVENT.form, _EVENT.key, _EVENT.id, _EVENT.a, _EVENT.b)
# All of them stand on the track of persons, whichever is the area's number: its slots say where they are.
_SINGLY = (
    select(*_COLUMNS, _EVENT.rest)
    .select_from(Area)
    .join(Slot, Slot.track == Area.id * 2 + int(Basis.PERSONS))
    .join(Event, (_EVENT.slot == Slot.slot) & (_EVENT.area_id == Area.id))
    .where(Area.id.in_(bindparam("areas", expanding=True)), Slot.slot >= _FIRST, Slot.slot < _UNTIL)
    .where(_EVENT.at < _END, ONE_BY_ONE)
)
_IN_SLOTS = select(*_COLUMNS, _EVENT.slot).where(
    tuple_(_EVENT.slot, _EVENT.area_id).in_(bindparam("places", expanding=True))
)
_HEARD = select(SiteSlot.site_id, SiteSlot.slot, SiteSlot.minutes).where(
    SiteSlot.site_id.in_(_SITES), SiteSlot.slot >= _FIRST, SiteSlot.slot < _UNTIL
)
_DELIVERED = (
    select(
        SiteSlot.site_id,
        *(
            func.sum(column)
            for column in (
                SiteSlot.events, SiteSlot.by_hand, SiteSlot.timed, SiteSlot.over_2s, SiteSlot.over_10s, SiteSlot.over_60s,
                SiteSlot.over_600s,
            )
        ),
    )
    .where(SiteSlot.site_id.in_(_SITES), SiteSlot.slot >= _FIRST, SiteSlot.slot < _UNTIL)
    .group_by(SiteSlot.site_id)
)  # fmt: skip
_DIARY = select(Diary.site_id, Diary.at, Diary.seq, Diary.id, Diary.kind, Diary.rest).where(
    Diary.site_id.in_(_SITES),
    Diary.kind.in_(bindparam("kinds", expanding=True)),
    Diary.at >= _SINCE,
    Diary.at < _END,
)
_DUE = select(
    Service.site_id, Service.type, Service.due_at, Service.started_at, Service.completed_at, Service.plan,
    Service.finish, Service.cancel,
).where(Service.site_id.in_(_SITES), Service.due_at >= _SINCE, Service.due_at < _END)  # fmt: skip
_RULES = (
    select(OpeningHours.site_id, OpeningHours.rule)
    .where(OpeningHours.site_id.in_(_SITES), OpeningHours.valid_from <= _AT)
    .order_by(OpeningHours.valid_from)
)
_TALLIES = (
    select(Tally.site_id, Tally.what, Tally.n)
    .where(Tally.day == bindparam("day"), Tally.site_id.in_(_SITES))
    .order_by(Tally.what)
)
_CAPACITIES = (
    select(Capacity.site_id, Capacity.area, Capacity.persons)
    .where(Capacity.site_id.in_(_SITES), Capacity.valid_from <= _AT)
    .order_by(Capacity.valid_from)
)
_KINDS = select(Site.id, Site.kind).where(Site.id.in_(_SITES))


# -- what the registry says -------------------------------------------------------------------------------------------------


def kinds_of(connection: Connection, sites: Collection[int]) -> dict[int, str]:
    return dict(connection.execute(_KINDS, {"sites": list(sites)}).all())


def capacities_at(connection: Connection, sites: Collection[int], at: Instant) -> dict[int, dict[str, int]]:
    """By site, persons at one time by area as it stood at `at`; '' is the whole site, and what has none is not there."""
    newest: dict[int, dict[str, int]] = {site: {} for site in sites}
    for site, area, persons in connection.execute(_CAPACITIES, {"sites": list(sites), "at": at}).all():
        newest[site][area] = persons
    return {site: {area: n for area, n in by_area.items() if n > 0} for site, by_area in newest.items()}


def site_capacity(by_area: Mapping[str, int]) -> int | None:
    """Of the whole site: as said, else the sum of its areas; None where nothing was said."""
    return by_area.get("") or sum(by_area.values()) or None


def open_beds(kind: str, capacity: Mapping[str, int]) -> int | None:
    """Of a site of this kind with places by area, '' being all of it; None where nothing is said of beds."""
    beds = sum(n for area, n in capacity.items() if area in BEDS)
    return beds or (capacity.get("") if kind in HOMES else None) or None


def opening_rules_at(connection: Connection, sites: Collection[int], at: Instant) -> dict[int, str]:
    """By site, as it stood at `at`; one that is not there is always open."""
    return dict(connection.execute(_RULES, {"sites": list(sites), "at": at}).all())


def opening_rule(connection: Connection, site_id: int, at: Instant) -> str:
    """Of one site; '' is always open."""
    return opening_rules_at(connection, [site_id], at).get(site_id, "")


# -- what came in -----------------------------------------------------------------------------------------------------------


def heard_minutes(
    connection: Connection, sites: Collection[int], start: Instant, end: Instant
) -> dict[int, dict[int, int]]:
    """By site bits of minutes by slot."""
    found: dict[int, dict[int, int]] = {site: {} for site in sites}
    for site, slot, minutes in connection.execute(_HEARD, _slots_within(sites, start, end)).all():
        found[site][slot] = minutes
    return found


def arrived(connection: Connection, sites: Collection[int], start: Instant, end: Instant) -> dict[int, Delivered]:
    """By site, how many events of [start, end) there are, how many of them typed, how long they took; where there are any."""
    found = {}
    for site, *sums in connection.execute(_DELIVERED, _slots_within(sites, start, end)).all():
        events, by_hand, timed, *over = (int(n) for n in sums)
        found[site] = Delivered(events, by_hand, timed, tuple(over))
    return found


def late_by_us(
    connection: Connection, sites: Collection[int], gaps: Sequence[tuple[Instant, Instant]]
) -> dict[int, Delivered]:
    """By site those that happened while we did not listen: their delay says nothing of the site's line."""
    some: dict[int, list[Delivered]] = defaultdict(list)
    for gap in in_slots(gaps):
        for site, delivered in arrived(connection, sites, *gap).items():
            some[site].append(delivered)
    return {
        site: Delivered(
            timed=sum(one.timed for one in mine),
            over=tuple(sum(one.over[edge] for one in mine) for edge in range(len(NO_DELAYS))),
        )
        for site, mine in some.items()
    }


def _slots_within(sites: Collection[int], start: Instant, end: Instant) -> dict[str, Any]:
    return {"sites": list(sites), "first": start // SLOT_US, "until": -(-end // SLOT_US)}


def tallies(connection: Connection, sites: Collection[int], day: str) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {site: {} for site in sites}
    for site, what, n in connection.execute(_TALLIES, {"sites": list(sites), "day": day}).all():
        found[site][what] = n
    return found


# -- what is looked at one by one -------------------------------------------------------------------------------------------


def area_events(connection: Connection, areas: Sequence[int], start: Instant, end: Instant) -> dict[int, list[Any]]:
    """By area its counting events of [start, end) that are looked at singly, in the contract's order."""
    if not areas:
        return {}
    within = {"areas": list(areas), "first": start // SLOT_US, "until": -(-end // SLOT_US), "end": end}
    return _by_first(connection.execute(_SINGLY, within).all(), in_order)


def _by_first(rows: Sequence[Any], arranged: Any = list) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return {first: arranged(mine) for first, mine in found.items()}


def in_order(events: Sequence[Any]) -> list[Any]:
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


def checks(
    connection: Connection, areas: Mapping[int, Sequence[AreaRead]], events: Mapping[int, Sequence[Any]]
) -> dict[int, tuple[Check, ...]]:
    """By site: staff's counts beside what the counter said at that moment, where a counter is the number."""
    counted = {site: list(_counted_beside(mine, events)) for site, mine in areas.items()}
    places = {(slot.slot, area.area_id) for some in counted.values() for area, slot, _ in some}
    beside = _in_slots(connection, places)
    return {
        site: tuple(
            Check(row.at, area.code, _value_before(slot.opening, beside[slot.slot, area.area_id], row), row.a)
            for area, slot, row in some
        )
        for site, some in counted.items()
    }


def _value_before(opening: int, events: Sequence[Any], counted: Any) -> int:
    """Of the counter in its slot, whose events are in order."""
    value = opening
    for one in events:
        if one.key == counted.key:
            break
        if Basis.COUNTER in bases_of(one.kind, one.b):
            value = one.a if one.kind == _COUNT else value + one.a - one.b
    return value


def _counted_beside(
    areas: Sequence[AreaRead], events: Mapping[int, Sequence[Any]]
) -> Iterator[tuple[AreaRead, SlotFold, Any]]:
    for area in areas:
        by_staff = [row for row in events.get(area.area_id, ()) if row.kind == _COUNT and row.b == _STAFF]
        slots = {slot.slot: slot for slot in area.day.slots} if by_staff and not area.by_persons else {}
        for row in by_staff:
            if slot := slots.get(row.at // SLOT_US):
                yield area, slot, row


def _in_slots(connection: Connection, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[Any]]:
    """All events of these slots and areas, in order."""
    found: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in connection.execute(_IN_SLOTS, {"places": sorted(places)}).all() if places else ():
        found[row.slot, row.area_id].append(row)
    return {place: in_order(rows) for place, rows in found.items()}


# -- what is told from the diary and the services -----------------------------------------------------------------------------


def moves(connection: Connection, sites: Collection[int], end: Instant) -> dict[int, list[Move]]:
    """By site all until the day's end: where everybody is follows from her last one."""
    return {
        site: [Move(row.at, (said := fields_of(row.rest))["person"], said["move"]) for row in rows]
        for site, rows in _written_down(connection, sites, [BED_MOVED], _EVER, end).items()
    }


def doors(connection: Connection, sites: Collection[int], start: Instant, end: Instant) -> dict[int, tuple[Door, ...]]:
    return {
        site: tuple(Door(row.at, row.kind == OPENED) for row in rows)
        for site, rows in _written_down(connection, sites, [OPENED, CLOSED], start, end).items()
    }


def worked(connection: Connection, sites: Collection[int], start: Instant, end: Instant) -> dict[int, list[Shift]]:
    """By site shifts that may reach into the day."""
    written = _written_down(connection, sites, [STAFF_ON, STAFF_OFF], start - SHIFT_REACH, end)
    return {site: shifts(_came_and_went(rows), end) for site, rows in written.items()}


def _came_and_went(rows: Sequence[Any]) -> Iterator[tuple[Instant, bool, str, str]]:
    for row in rows:
        said = fields_of(row.rest)
        yield row.at, row.kind == STAFF_ON, said["worker"], said["role"]


def _written_down(
    connection: Connection, sites: Collection[int], kinds: list[int], since: Instant, end: Instant
) -> dict[int, list[Any]]:
    """By site in the contract's order."""
    asked = {"sites": list(sites), "kinds": kinds, "since": since, "end": end}
    return _by_first(
        connection.execute(_DIARY, asked).all(), lambda rows: sorted(rows, key=lambda r: (r.at, r.seq, r.id.encode()))
    )


def given(connection: Connection, sites: Collection[int], start: Instant, end: Instant) -> dict[int, list[Given]]:
    """By site services due in [start, end)."""
    found = connection.execute(_DUE, {"sites": list(sites), "since": start, "end": end}).all()
    return {site: [_given(row, end) for row in rows] for site, rows in _by_first(found).items()}


def _given(row: Any, end: Instant) -> Given:
    _, type_, due_at, started_at, completed_at, plan, finish, cancel = row
    off = msgspec.json.decode(cancel) if cancel else None
    return Given(
        type_ or "",
        due_at,
        started_at,
        completed_at,
        off[1].get("by", "system") if off and off[0][0] < end else None,
        plan is not None,
        _said(finish).get("price_fen", _said(plan).get("price_fen")),
    )


def _said(won: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(won)[1] if won else {}
    return fields
