"""A site's day out of the tables: the one reading behind the screen's "today so far" and the night's summary."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, exists, func, or_, select

from models.base import MINUTE, Instant
from models.card_day import token_of
from models.civil_day import Begins, Exceptions, day_bounds, minutes_on
from models.day import AreaDay, Beside, Correction, DaySummary, SiteDay, Tally, summarise
from models.day_alarms import safety
from models.day_begin import begins_of
from models.day_blocks import Check, Reading
from models.day_figures import Passing, meals, residents, services, staff, visits, voice
from models.day_reading import read
from models.day_sources import (
    AreaEvents,
    Hours,
    area_events,
    arrived,
    checks,
    doors,
    gear,
    given,
    late_by_us,
    moves,
    open_beds,
    opening_rule,
    passings,
    worked,
)
from models.day_todos import MAKE_UP, Before
from models.deadlines import Deadlines
from models.event import COUNT_METHOD, KIND_NUMBER, SLOT_US, Event
from models.guest_day import days_before, guests
from models.occupancy import Basis, HeadCount, SiteSlot, Slot, SlotFold, stored, track_of
from models.own_gap import deaf_minutes, own_gaps
from models.place import Area, Capacity, CountBy, Site
from models.usual import days_alike

_FLOW, _COUNT = KIND_NUMBER["occupancy.flow"], KIND_NUMBER["occupancy.count"]
_SLOT = Slot.__table__.c

# Each is made once: to put a statement together takes as long as to run it, and a night asks them for thousands of days.
_FIRST: BindParameter[int] = bindparam("first")
_UNTIL: BindParameter[int] = bindparam("until")
_HEARD = select(SiteSlot.slot, SiteSlot.minutes).where(
    SiteSlot.site_id == bindparam("site"), SiteSlot.slot >= _FIRST, SiteSlot.slot < _UNTIL
)
_SLOTS = (
    select(Slot.__table__)
    .where(_SLOT.track.in_(bindparam("tracks", expanding=True)), _SLOT.slot >= _FIRST, _SLOT.slot < _UNTIL)
    .order_by(_SLOT.track, _SLOT.slot)
)
_SLOT_BEFORE = (
    select(Slot.__table__)
    .where(_SLOT.track == bindparam("track"), _SLOT.slot < _UNTIL)
    .order_by(_SLOT.slot.desc())
    .limit(1)
)
_BY_SENSOR = exists().where(
    Event.slot == Slot.slot,
    Event.area_id == bindparam("area"),
    or_(Event.kind == _FLOW, (Event.kind == _COUNT) & (Event.b == COUNT_METHOD["sensor"])),
)
_COUNTER = (
    select(_SLOT.slot)
    .where(_SLOT.track == bindparam("track"), _SLOT.slot < _UNTIL, or_(_SLOT.came + _SLOT.went > 0, _BY_SENSOR))
    .limit(1)
)
_AREAS = (
    select(Area.id, Area.code, func.coalesce(Area.count_by, Site.count_by), HeadCount.own)
    .join(Site, Site.id == Area.site_id)
    .outerjoin(HeadCount, HeadCount.track == Area.id * 2 + int(Basis.COUNTER))
    .where(Area.site_id == bindparam("site"))
    .order_by(Area.id)
)
_TALLIES = (
    select(Tally.what, Tally.n)
    .where(Tally.day == bindparam("day"), Tally.site_id == bindparam("site"))
    .order_by(Tally.what)
)
_CAPACITY = (
    select(Capacity.area, Capacity.persons)
    .where(Capacity.site_id == bindparam("site"), Capacity.valid_from <= bindparam("at"))
    .order_by(Capacity.valid_from)
)
_KIND = select(Site.kind).where(Site.id == bindparam("site"))
_DAYS = (
    select(SiteDay.day, SiteDay.summary)
    .where(SiteDay.site_id == bindparam("site"), SiteDay.day.in_(bindparam("days", expanding=True)))
    .order_by(SiteDay.version)
)


@dataclass(frozen=True)
class AreaRead:
    """An area's day on the track that is its number; `singly` are the slots in which a card or somebody's count came."""

    area_id: int
    code: str
    by_persons: bool
    singly: list[int]
    day: AreaDay
    begun: Instant
    """Where the day begins, or later that day the slot of its very first event."""


@dataclass(frozen=True)
class DayRules:
    """What the installation says: exceptions of the calendar, and limits."""

    exceptions: Exceptions = field(default_factory=dict)
    on_time: Instant = 15 * MINUTE
    silent: Instant = 15 * MINUTE
    deadlines: Deadlines = field(default_factory=dict)
    """Of alarms, by their kind; none where nobody says."""


@dataclass(frozen=True)
class DayRead:
    """A day's summary with what it was made of."""

    summary: DaySummary
    areas: list[AreaRead]
    heard: dict[int, int]
    """Bits of minutes by slot."""
    came: frozenset[int]
    """Hashes of the cards that came in."""
    bounds: tuple[Instant, Instant]
    """Of the whole day, also while it runs."""


def read_day(
    connection: Connection,
    site_id: int,
    day: date,
    zone: str,
    now: Instant | None = None,
    rules: DayRules = DayRules(),  # frozen
) -> DaySummary:
    """The summary of one site's day, between its own bounds; with `now` inside the day, of what is over of it."""
    return read_whole(connection, site_id, day, zone, now, rules).summary


def read_whole(
    connection: Connection, site_id: int, day: date, zone: str, now: Instant | None, rules: DayRules
) -> DayRead:
    """Events up to ten minutes ahead of `now` are already in the head count, so the day then reaches to the last of them."""
    begins = begins_of(connection, site_id)
    start, day_end = day_bounds(day, zone, begins)
    tracked = areas_read(connection, site_id, start, day_end)
    areas = [one.day for one in tracked]
    end = day_end
    if now is not None and now < day_end:
        newest = max((slot.last_at for area in areas for slot in area.slots), default=start)
        end = max(start, now, newest)
    heard = heard_minutes(connection, site_id, start, end)
    capacity, gaps = capacity_at(connection, site_id, end - 1), own_gaps(connection, start, end)
    beside = replace(_beside(connection, site_id, day, capacity, heard), minutes_ours=deaf_minutes(gaps, heard))
    summary = summarise(day.isoformat(), start, end, areas, beside)
    hours = DayHours(heard, capacity, zone, rules, begins, minutes_on(day, begins), gaps)
    looked = [(one, area_events(connection, one.area_id, one.code, one.singly, end)) for one in tracked]
    passed = passings([(events, one.by_persons) for one, events in looked])
    singly = Singly(looked, passed)
    whole = replace(summary, **_blocks(connection, site_id, singly, (start, end, day_end), beside, hours))
    came = frozenset(token_of(one.person) for one in passed if one.came)
    if end >= day_end:
        known = guests(came, day, days_before(connection, site_id, day))
        whole = replace(whole, reading=replace(_reading(connection, site_id, day, whole, hours), guests=known))
    return DayRead(whole, tracked, heard, came, (start, day_end))


@dataclass(frozen=True)
class DayHours:
    """When the site was heard, how many it holds as the day ends, and by which rules its hours are read; `begun` minutes
    after midnight the day begins. In `gaps` we did not listen."""

    heard: dict[int, int]
    capacity: dict[str, int]
    zone: str
    rules: DayRules
    begins: Begins
    begun: int
    gaps: tuple[tuple[Instant, Instant], ...]


@dataclass(frozen=True)
class Singly:
    """What is looked at one by one: each area's events, and all who came and went by card."""

    looked: list[tuple[AreaRead, AreaEvents]]
    passed: list[Passing]

    @property
    def areas(self) -> list[AreaRead]:
        return [one for one, _ in self.looked]


def _blocks(
    connection: Connection,
    site_id: int,
    singly: Singly,
    bounds: tuple[Instant, Instant, Instant],
    beside: Beside,
    hours: DayHours,
) -> dict[str, Any]:
    start, end, day_end = bounds
    counters = sum(slot.came for one in singly.areas if not one.by_persons for slot in one.day.slots)
    kind = connection.execute(_KIND, {"site": site_id}).scalar_one()
    beds = open_beds(kind, hours.capacity)
    lived = residents(moves(connection, site_id, end), start, beds)
    rule = opening_rule(connection, site_id, end - 1)
    delivered, by_us = arrived(connection, site_id, start, end), late_by_us(connection, site_id, hours.gaps)
    read_by = Hours(hours.zone, hours.rules.exceptions)
    found = gear(rule, read_by, hours.heard, start, end, hours.rules.silent, hours.gaps)
    return {
        "visits": visits(counters, singly.passed) if singly.areas and beside.minutes_heard else None,
        "residents": lived,
        "meals": meals(beside.tallies),
        "services": services(given(connection, site_id, start, day_end), end, hours.rules.on_time),
        "staff": staff(
            worked(connection, site_id, start, end), start, end, lived.in_house if lived else None, hours.begun * MINUTE
        ),
        "safety": safety(connection, site_id, start, day_end, end, hours.rules.deadlines),
        "gear": replace(
            found,
            events=delivered.events,
            typed=delivered.by_hand,
            late=delivered.over[-1] - by_us.over[-1],
            timed=delivered.timed - by_us.timed,
            over=tuple(n - ours for n, ours in zip(delivered.over, by_us.over, strict=True)),
            late_by_us=by_us.over[-1],
            wrong_clock=beside.tallies.get("wrong_clock", 0),
            checks=tuple(_checks(connection, singly.looked)),
            below_zero=tuple(one.code for one in singly.areas if any(slot.lowest < 0 for slot in one.day.slots)),
        ),
        "voice": voice(beside.tallies),
        "doors": doors(connection, site_id, start, end),
    }


def _checks(connection: Connection, looked: list[tuple[AreaRead, AreaEvents]]) -> Iterator[Check]:
    for one, events in looked:
        if not one.by_persons:
            yield from checks(connection, events, {slot.slot: slot for slot in one.day.slots})


def _reading(connection: Connection, site_id: int, day: date, whole: DaySummary, hours: DayHours) -> Reading:
    # Days that began at another hour have other hours, and another night.
    lived = [one for one in days_alike(day, hours.rules.exceptions) if minutes_on(one, hours.begins) == hours.begun]
    alike = {one.isoformat() for one in lived}
    yesterday = day - timedelta(days=1)
    known = last_versions(connection, site_id, alike | {yesterday.isoformat()})
    start, end = day_bounds(day, hours.zone, hours.begins)
    before = Before(known.get(yesterday.isoformat()), start)
    asked = next((before.since(todo) for todo in before.todos if todo.what == MAKE_UP), None)
    if asked:
        since = day_bounds(date.fromisoformat(asked), hours.zone, hours.begins)[0]
        left = services(given(connection, site_id, since, start), end, hours.rules.on_time)
        before = replace(before, missed=left.missed if left else 0)
    return read(whole, [known[name] for name in sorted(alike & known.keys())], before)


def last_versions(connection: Connection, site_id: int, days: set[str]) -> dict[str, DaySummary]:
    """The stored summaries of these days, as far as there are any."""
    rows = connection.execute(_DAYS, {"site": site_id, "days": sorted(days)})
    return {row.day: parsed(row.summary) for row in rows}


def parsed(summary: str) -> DaySummary:
    return msgspec.json.decode(summary, type=DaySummary)


@dataclass(frozen=True)
class _Counted:
    """An area and the bases on which anything was ever counted there."""

    area_id: int
    code: str
    by_persons: bool
    own_counter: bool


def areas_read(connection: Connection, site_id: int, start: Instant, end: Instant) -> list[AreaRead]:
    """Those that anything was counted in by the day's end, each on the track that was its number then."""
    counted = _counted(connection, site_id)
    chosen = {area.area_id: _track(connection, area, end) for area in counted}
    slots = _slots(connection, [track_of(a.area_id, basis) for a in counted for basis in Basis], start, end)
    areas = []
    for area in counted:
        track = chosen[area.area_id]
        before = _slot_before(connection, track, start)
        if before or slots[track]:
            # What is looked at one by one stands on this track, whichever is the number: sensors' events do not.
            singly = [slot.slot for slot in slots[track_of(area.area_id, Basis.PERSONS)]]
            day = AreaDay(before.closing if before else 0, slots[track])
            by_persons = track == track_of(area.area_id, Basis.PERSONS)
            begun = start if before else slots[track][0].start
            areas.append(AreaRead(area.area_id, area.code, by_persons, singly, day, begun))
    return areas


def _counted(connection: Connection, site_id: int) -> list[_Counted]:
    rows = connection.execute(_AREAS, {"site": site_id})
    return [_Counted(area_id, code, count_by == CountBy.PERSONS, bool(own)) for area_id, code, count_by, own in rows]


def _track(connection: Connection, area: _Counted, end: Instant) -> int:
    """The track that was the area's number by the day's end: a counter that came later leaves the day as it was."""
    by_counter = not area.by_persons and area.own_counter and _had_counter(connection, area.area_id, end)
    return track_of(area.area_id, Basis.COUNTER if by_counter else Basis.PERSONS)


def _had_counter(connection: Connection, area_id: int, end: Instant) -> bool:
    """Whether the area held a flow or a sensor's count before `end`; staff's counts alone make no counter.

    Usually the track's very first slot answers. Raw events are asked only where a slot has no flow.
    """
    asked = {"area": area_id, "track": track_of(area_id, Basis.COUNTER), "until": end // SLOT_US}
    return connection.execute(_COUNTER, asked).first() is not None


def _slots(connection: Connection, tracks: list[int], start: Instant, end: Instant) -> dict[int, list[SlotFold]]:
    found: dict[int, list[SlotFold]] = defaultdict(list)
    within = {"tracks": tracks, "first": start // SLOT_US, "until": end // SLOT_US}
    for row in connection.execute(_SLOTS, within):
        found[row.track].append(stored(row))
    return found


def _slot_before(connection: Connection, track: int, start: Instant) -> SlotFold | None:
    row = connection.execute(_SLOT_BEFORE, {"track": track, "until": start // SLOT_US}).first()
    return stored(row) if row else None


def heard_minutes(connection: Connection, site_id: int, start: Instant, end: Instant) -> dict[int, int]:
    """Bits of minutes by slot."""
    within = {"site": site_id, "first": start // SLOT_US, "until": -(-end // SLOT_US)}
    return {row.slot: row.minutes for row in connection.execute(_HEARD, within)}


def _beside(connection: Connection, site_id: int, day: date, capacity: dict[str, int], heard: dict[int, int]) -> Beside:
    tallies = connection.execute(_TALLIES, {"site": site_id, "day": day.isoformat()})
    return Beside(
        capacity=site_capacity(capacity),
        minutes_heard=sum(bits.bit_count() for bits in heard.values()),
        tallies={row.what: row.n for row in tallies},
        heard=frozenset(heard),
    )


def capacity_at(connection: Connection, site_id: int, at: Instant) -> dict[str, int]:
    """Persons at one time by area as it stood at `at`; '' is the whole site, and what has none is not there."""
    rows = connection.execute(_CAPACITY, {"site": site_id, "at": at})
    newest = {row.area: row.persons for row in rows}
    return {area: persons for area, persons in newest.items() if persons > 0}


def site_capacity(by_area: dict[str, int]) -> int | None:
    """Of the whole site: as said, else the sum of its areas; None where nothing was said."""
    return by_area.get("") or sum(by_area.values()) or None


def is_corrected_since(connection: Connection, site_id: int, day: date, at: Instant) -> bool:
    """Whether somebody has counted heads anew for this day after `at`."""
    wanted = select(Correction.id).where(
        Correction.site_id == site_id, Correction.day == day.isoformat(), Correction.made_at >= at
    )
    return connection.execute(wanted.limit(1)).first() is not None
