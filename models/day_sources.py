"""Where a day's blocks come from: one reading for each table, of one site and one day."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from models.availability import merged
from models.base import HOUR, MINUTE, Instant
from models.civil_day import DayException, Exceptions, day_of, is_scheduled_open
from models.day_blocks import Check, Door, Gear
from models.day_figures import Given, Move, Passing, Shift, fields_of, shifts
from models.diary import BED_MOVED, CLOSED, OPENED, STAFF_OFF, STAFF_ON, Diary
from models.event import COUNT_METHOD, KIND_NUMBER, SLOT_US, Event, sender_id
from models.occupancy import SiteSlot, SlotFold, Step, bases_of, step_of
from models.own_gap import in_slots
from models.place import OpeningHours
from models.quality import NO_DELAYS, Delivered
from models.service import Service

_COUNT, _IN, _OUT = (KIND_NUMBER[kind] for kind in ("occupancy.count", "person.in", "person.out"))
_SENSOR, _STAFF = COUNT_METHOD["sensor"], COUNT_METHOD["staff"]
_EVENT = Event.__table__.c
ONE_BY_ONE = or_(_EVENT.kind.in_((_IN, _OUT)), and_(_EVENT.kind == _COUNT, _EVENT.b != _SENSOR))
"""Counting events that a day looks at singly; flows and sensors' counts are summed in the slots."""
_SINGLY = select(
    _EVENT.kind, _EVENT.at, _EVENT.seq, _EVENT.form, _EVENT.key, _EVENT.id, _EVENT.a, _EVENT.b, _EVENT.rest
).where(
    _EVENT.slot.in_(bindparam("slots", expanding=True)),
    _EVENT.area_id == bindparam("area"),
    _EVENT.at < bindparam("end"),
    ONE_BY_ONE,
)
_DELIVERED = select(
    *(
        func.coalesce(func.sum(column), 0)
        for column in (
            SiteSlot.events, SiteSlot.by_hand, SiteSlot.timed, SiteSlot.over_2s, SiteSlot.over_10s, SiteSlot.over_60s,
            SiteSlot.over_600s,
        )
    )
).where(
    SiteSlot.site_id == bindparam("site"), SiteSlot.slot >= bindparam("first"), SiteSlot.slot < bindparam("until")
)  # fmt: skip
_DIARY = select(Diary.at, Diary.seq, Diary.id, Diary.kind, Diary.rest).where(
    Diary.site_id == bindparam("site"),
    Diary.kind.in_(bindparam("kinds", expanding=True)),
    Diary.at >= bindparam("since"),
    Diary.at < bindparam("end"),
)
_DUE = (
    select(Service.type, Service.due_at, Service.started_at, Service.completed_at, Service.plan, Service.finish,
           Service.cancel)
    .where(Service.site_id == bindparam("site"), Service.due_at >= bindparam("since"), Service.due_at < bindparam("end"))
    .order_by(Service.ref)
)  # fmt: skip
_RULE = (
    select(OpeningHours.rule)
    .where(OpeningHours.site_id == bindparam("site"), OpeningHours.valid_from <= bindparam("at"))
    .order_by(OpeningHours.valid_from.desc())
    .limit(1)
)
SHIFT_REACH: Instant = 24 * HOUR
"""A shift that begins so long before a day may reach into it."""
_DAY = timedelta(days=1)
_AN_HOUR = HOUR // SLOT_US
BEDS = ("residence", "beds")
"""Areas whose places are beds."""
HOMES = ("INST",)
"""Kinds of sites all of whose places are beds, where the registry says only how many there are."""


@dataclass(frozen=True)
class AreaEvents:
    """An area's counting events of the day; `looked_at` are (kind, at, seq, id, a, b, rest) in the contract's order."""

    area_id: int
    code: str
    looked_at: Sequence[Any]


def area_events(connection: Connection, area_id: int, code: str, slots: Sequence[int], end: Instant) -> AreaEvents:
    """Found by the slots that have any: the table has no index by site."""
    if not slots:
        return AreaEvents(area_id, code, [])
    found = connection.execute(_SINGLY, {"slots": list(slots), "area": area_id, "end": end}).all()
    ordered = sorted(found, key=lambda r: (r.at, r.seq or 0, sender_id(r.form, r.key, r.id).encode()))
    return AreaEvents(area_id, code, ordered)


def open_beds(kind: str, capacity: Mapping[str, int]) -> int | None:
    """Of a site of this kind with places by area, '' being all of it; None where nothing is said of beds."""
    beds = sum(n for area, n in capacity.items() if area in BEDS)
    return beds or (capacity.get("") if kind in HOMES else None) or None


def passings(areas: Sequence[tuple[AreaEvents, bool]]) -> list[Passing]:
    """Of all areas, in order of time; each area with whether cards are its number."""
    found = []
    for area, by_persons in areas:
        for row in area.looked_at:
            if row.kind in (_IN, _OUT):
                said = fields_of(row.rest)
                auto = said.get("method") == "auto"
                found.append(Passing(row.at, said.get("person", ""), row.kind == _IN, auto, by_persons))
    return sorted(found, key=lambda one: one.at)


def arrived(connection: Connection, site_id: int, start: Instant, end: Instant) -> Delivered:
    """How many events of [start, end) there are, how many of them typed, how long they took."""
    within = {"site": site_id, "first": start // SLOT_US, "until": -(-end // SLOT_US)}
    found = connection.execute(_DELIVERED, within).one()
    events, by_hand, timed, *over = (int(n) for n in found)
    return Delivered(events, by_hand, timed, tuple(over))


def late_by_us(connection: Connection, site_id: int, gaps: Sequence[tuple[Instant, Instant]]) -> Delivered:
    """Those that happened while we did not listen: their delay says nothing of the site's line."""
    some = [arrived(connection, site_id, *gap) for gap in in_slots(gaps)]
    over = (sum(one.over[edge] for one in some) for edge in range(len(NO_DELAYS)))
    return Delivered(timed=sum(one.timed for one in some), over=tuple(over))


def checks(connection: Connection, area: AreaEvents, slots: Mapping[int, SlotFold]) -> Iterator[Check]:
    """Staff's counts beside what the counter said at that moment; `slots` are the counter's, by number."""
    for row in area.looked_at:
        if row.kind == _COUNT and row.b == _STAFF and (slot := slots.get(row.at // SLOT_US)):
            counted = (row.at, row.seq or 0, sender_id(row.form, row.key, row.id).encode())
            value = _value_before(slot.opening, _steps(connection, area.area_id, slot.slot), counted)
            yield Check(row.at, area.code, value, row.a)


def _steps(connection: Connection, area_id: int, slot: int) -> list[Step]:
    rows = connection.execute(
        select(_EVENT.kind, _EVENT.at, _EVENT.seq, _EVENT.form, _EVENT.key, _EVENT.id, _EVENT.a, _EVENT.b).where(
            _EVENT.slot == slot, _EVENT.area_id == area_id
        )
    )
    return sorted(
        step_of(r.kind, r.at, r.seq, sender_id(r.form, r.key, r.id).encode(), r.a, r.b)
        for r in rows
        if 0 in bases_of(r.kind, r.b)
    )


def _value_before(opening: int, steps: Sequence[Step], counted: tuple[Instant, int, bytes]) -> int:
    value = opening
    for step in steps:
        if (step.at, step.seq, step.id) >= counted:
            break
        value = step.absolute if step.absolute is not None else value + step.came - step.went
    return value


def moves(connection: Connection, site_id: int, end: Instant) -> list[Move]:
    """All until the day's end: where everybody is follows from her last one."""
    found = connection.execute(
        select(Diary.at, Diary.seq, Diary.id, Diary.rest).where(
            Diary.site_id == site_id, Diary.kind == BED_MOVED, Diary.at < end
        )
    )
    ordered = sorted(found, key=lambda r: (r.at, r.seq, r.id.encode()))
    return [Move(r.at, (said := fields_of(r.rest))["person"], said["move"]) for r in ordered]


def doors(connection: Connection, site_id: int, start: Instant, end: Instant) -> tuple[Door, ...]:
    found = connection.execute(_DIARY, {"site": site_id, "kinds": [OPENED, CLOSED], "since": start, "end": end})
    ordered = sorted(found, key=lambda r: (r.at, r.seq, r.id.encode()))
    return tuple(Door(row.at, row.kind == OPENED) for row in ordered)


def worked(connection: Connection, site_id: int, start: Instant, end: Instant) -> list[Shift]:
    """Shifts that may reach into the day."""
    asked = {"site": site_id, "kinds": [STAFF_ON, STAFF_OFF], "since": start - SHIFT_REACH, "end": end}
    found = connection.execute(_DIARY, asked)
    ordered = sorted(found, key=lambda r: (r.at, r.seq, r.id.encode()))
    events = [(r.at, r.kind == STAFF_ON, (said := fields_of(r.rest))["worker"], said["role"]) for r in ordered]
    return shifts(events, end)


def given(connection: Connection, site_id: int, start: Instant, end: Instant) -> list[Given]:
    """Services due in [start, end)."""
    found = connection.execute(_DUE, {"site": site_id, "since": start, "end": end})
    return [
        Given(
            r.type or "",
            r.due_at,
            r.started_at,
            r.completed_at,
            _said(r.cancel).get("by", "system") if r.cancel and json.loads(r.cancel)[0][0] < end else None,
            r.plan is not None,
            _said(r.finish).get("price_fen", _said(r.plan).get("price_fen")),
        )
        for r in found
    ]


def _said(won: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(won)[1] if won else {}
    return fields


@dataclass(frozen=True)
class Hours:
    """How opening hours are read."""

    zone: str
    exceptions: Exceptions


def opening_rule(connection: Connection, site_id: int, at: Instant) -> str:
    """As it stood at `at`; '' is always open."""
    return connection.execute(_RULE, {"site": site_id, "at": at}).scalar() or ""


def gear(
    rule: str,
    hours: Hours,
    heard: Mapping[int, int],
    start: Instant,
    end: Instant,
    silent: Instant,
    gaps: Sequence[tuple[Instant, Instant]] = (),
) -> Gear:
    """Over the opening hours of [start, end), in whole slots: one in which anything came is heard, as states.late has it.

    A slot that reaches into a gap of our own is expected of nobody unless something came of it, if only later; and silence
    before it and behind it are two.
    """
    deaf = {n for since, until in in_slots(gaps) for n in range(since // SLOT_US, until // SLOT_US) if not heard.get(n)}
    every = _open_slots(rule, hours, start, end)
    open_ = [n for n in every if n not in deaf] if deaf else every
    return Gear(
        open_minutes=_minutes(open_, end),
        heard_minutes=_minutes([n for n in open_ if heard.get(n)], end),
        silences=tuple(_silences(open_, heard, end, silent)),
        late=0,
        wrong_clock=0,
        events=0,
        typed=0,
        ours=tuple(merged((n * SLOT_US, min((n + 1) * SLOT_US, end)) for n in every if n in deaf)),
    )


def _open_slots(rule: str, hours: Hours, start: Instant, end: Instant) -> list[int]:
    """Hour by hour, because thousands of sites share a few rules."""
    slots, days = range(start // SLOT_US, -(-end // SLOT_US)), (day_of(start, hours.zone), day_of(end, hours.zone))
    near = tuple((day, said) for day, said in hours.exceptions.items() if days[0] - _DAY <= day <= days[1] + _DAY)
    found = []
    for hour in range(slots.start // _AN_HOUR, -(-slots.stop // _AN_HOUR)):
        found += [n for n in _open_in_hour(rule, hour, hours.zone, near) if n in slots]
    return found


@lru_cache(maxsize=8192)
def _open_in_hour(rule: str, hour: int, zone: str, near: tuple[tuple[date, DayException], ...]) -> tuple[int, ...]:
    """The slots of an hour since 1970 in which the rule says open; `near` are the exceptions around it."""
    exceptions, slots = dict(near), range(hour * _AN_HOUR, (hour + 1) * _AN_HOUR)
    return tuple(n for n in slots if is_scheduled_open(rule, n * SLOT_US, zone, exceptions))


def _minutes(slots: Sequence[int], end: Instant) -> int:
    return sum((min(end, (n + 1) * SLOT_US) - n * SLOT_US) // MINUTE for n in slots)


def _silences(
    open_: Sequence[int], heard: Mapping[int, int], end: Instant, silent: Instant
) -> Iterator[tuple[Instant, Instant]]:
    """Runs of open slots in which nothing came; a slot in which anything came ends the run."""
    since: int | None = None
    for place, number in enumerate(open_):
        if heard.get(number):
            since = None
            continue
        since = number if since is None else since
        follows = open_[place + 1] if place + 1 < len(open_) else None
        until = min((number + 1) * SLOT_US, end)
        goes_on = follows is not None and follows == number + 1
        if not (goes_on and not heard.get(number + 1)) and until - since * SLOT_US > silent:
            yield since * SLOT_US, until
        since = since if goes_on else None
