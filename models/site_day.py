"""A site's day out of the tables: the one reading behind the screen's "today so far" and the night's summary.

What the tables hold is read for all sites of a bite that live the day between the same bounds; what it adds up to is worked
out for one site after the other, from nothing but that.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select

from models.base import MINUTE, Instant
from models.card_day import token_of
from models.civil_day import AT_MIDNIGHT, Begins, Exceptions, clock_within, day_bounds, minutes_on
from models.day import Beside, Correction, DaySummary, SiteDay, Span, summarise
from models.day_alarms import Alarms, alarms_of, safety
from models.day_areas import AreaRead, areas_read
from models.day_begin import begins_by_site, begins_of
from models.day_blocks import Check, Door, Reading
from models.day_figures import (
    SHIFT_CHECKS,
    Given,
    Move,
    Passing,
    Shift,
    meals,
    residents,
    services,
    staff,
    visits,
    voice,
)
from models.day_hours import Hours, gear
from models.day_reading import read
from models.day_singly import area_events, checks, passings
from models.day_sources import (
    arrived,
    capacities_at,
    doors,
    given,
    heard_minutes,
    kinds_of,
    late_by_us,
    moves,
    open_beds,
    opening_rules_at,
    site_capacity,
    tallies,
    worked,
)
from models.day_todos import MAKE_UP, Before
from models.deadlines import Deadlines
from models.guest_day import Days, days_before, guests
from models.own_gap import deaf_minutes, own_gaps
from models.quality import NOTHING, Delivered
from models.usual import days_alike

_DAYS = (
    select(SiteDay.site_id, SiteDay.day, SiteDay.summary)
    .where(SiteDay.site_id.in_(bindparam("sites", expanding=True)), SiteDay.day.in_(bindparam("days", expanding=True)))
    .order_by(SiteDay.version)
)
_SUMMARY = msgspec.json.Decoder(DaySummary)


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
    tracks: list[list[Span]]
    """Of each area, from where the day begins or its very first event."""
    heard: dict[int, int]
    """Bits of minutes by slot."""
    came: frozenset[int]
    """Hashes of the cards that came in."""
    bounds: tuple[Instant, Instant]
    """Of the whole day, also while it runs."""


@dataclass(frozen=True)
class OneDay:
    """A day as some sites live it, from `start` to `end`, which is its own or, while it runs, now."""

    day: date
    begins: Begins
    zone: str
    rules: DayRules
    start: Instant
    end: Instant
    day_end: Instant
    gaps: tuple[tuple[Instant, Instant], ...]
    """In which we ourselves did not listen."""

    @property
    def is_over(self) -> bool:
        return self.end >= self.day_end

    @property
    def begun(self) -> int:
        """So many minutes after midnight."""
        return minutes_on(self.day, self.begins)

    @cached_property
    def looks(self) -> list[tuple[str, Instant]]:
        """When it is looked who is on duty: by the clock on the wall, whatever hour a clock change leaves out or repeats."""
        found = ((name, clock_within((self.start, self.day_end), at, self.zone)) for name, at in SHIFT_CHECKS)
        return [(name, at) for name, at in found if at is not None]

    @cached_property
    def alike(self) -> set[str]:
        """The last days lived as the same weekday; those that began at another hour have other hours, and another night."""
        alike = days_alike(self.day, self.rules.exceptions)
        return {one.isoformat() for one in alike if minutes_on(one, self.begins) == self.begun}

    @property
    def yesterday(self) -> str:
        return (self.day - timedelta(days=1)).isoformat()

    def start_of(self, day: str) -> Instant:
        return day_bounds(date.fromisoformat(day), self.zone, self.begins)[0]


@dataclass(frozen=True)
class DayRows:
    """What the tables hold of one site's day; a table that holds nothing of it leaves what stands here."""

    kind: str
    capacity: Mapping[str, int] = field(default_factory=dict)
    rule: str = ""
    areas: Sequence[AreaRead] = ()
    passed: Sequence[Passing] = ()
    checks: tuple[Check, ...] = ()
    heard: dict[int, int] = field(default_factory=dict)
    delivered: Delivered = NOTHING
    late_by_us: Delivered = NOTHING
    """Of these, what happened while we did not listen."""
    tallies: dict[str, int] = field(default_factory=dict)
    moves: Sequence[Move] | None = None
    shifts: Sequence[Shift] = ()
    doors: tuple[Door, ...] = ()
    given: Sequence[Given] = ()
    alarms: Alarms = field(default_factory=Alarms)
    cards: Days = field(default_factory=dict)
    """Of the days before it; this and the next two not while it runs."""
    known: Mapping[str, DaySummary] = field(default_factory=dict)
    """The last versions of the days that it is compared with."""
    left: Sequence[Given] | None = None
    """Services that its day before left to be made up; None: it left none."""


def read_day(
    connection: Connection,
    site_id: int,
    day: date,
    zone: str,
    now: Instant | None = None,
    rules: DayRules = DayRules(),  # frozen
) -> DaySummary:
    """The summary of one site's day, between its own bounds; with `now` inside the day, of what is over of it."""
    begins = begins_of(connection, site_id)
    start, day_end = day_bounds(day, zone, begins)
    areas = areas_read(connection, [site_id], start, day_end)
    end = day_end
    if now is not None and now < day_end:
        # Events up to ten minutes ahead of `now` are already in the head count: the day then reaches to the last of them.
        newest = max((slot.last_at for area in areas[site_id] for slot in area.day.slots), default=start)
        end = max(start, now, newest)
    one = OneDay(day, begins, zone, rules, start, end, day_end, own_gaps(connection, start, end))
    return summed_up(rows_of(connection, one, areas)[site_id], one).summary


def read_days(
    connection: Connection, sites: Collection[int], day: date, zone: str, rules: DayRules
) -> dict[int, DayRead]:
    """By site the same of a day that is over everywhere."""
    begins, together = begins_by_site(connection, sites), dict[Begins, list[int]]()
    for site in sites:
        together.setdefault(begins.get(site, AT_MIDNIGHT), []).append(site)
    found: dict[int, DayRead] = {}
    for since, some in together.items():
        start, end = day_bounds(day, zone, since)
        one = OneDay(day, since, zone, rules, start, end, end, own_gaps(connection, start, end))
        rows = rows_of(connection, one, areas_read(connection, some, start, end))
        found |= {site: summed_up(mine, one) for site, mine in rows.items()}
    return found


# -- what the tables hold ---------------------------------------------------------------------------------------------------


def rows_of(connection: Connection, one: OneDay, areas: Mapping[int, list[AreaRead]]) -> dict[int, DayRows]:
    """By site; `areas` are theirs."""
    sites, start, end = list(areas), one.start, one.end
    every = [area for mine in areas.values() for area in mine]
    events = area_events(connection, [area.area_id for area in every], start, end)
    known = last_versions(connection, sites, one.alike | {one.yesterday}) if one.is_over else {}
    by_site: dict[str, Mapping[int, Any]] = {
        "kind": kinds_of(connection, sites),
        "capacity": capacities_at(connection, sites, end - 1),
        "rule": opening_rules_at(connection, sites, end - 1),
        "areas": areas,
        "passed": {site: passings(mine, events) for site, mine in areas.items()},
        "checks": {site: tuple(checks(connection, mine, events)) for site, mine in areas.items()},
        "heard": heard_minutes(connection, sites, start, end),
        "delivered": arrived(connection, sites, start, end),
        "late_by_us": late_by_us(connection, sites, one.gaps),
        "tallies": tallies(connection, sites, one.day.isoformat()),
        "moves": moves(connection, sites, start, end),
        "shifts": worked(connection, sites, start, end),
        "doors": doors(connection, sites, start, end),
        "given": given(connection, sites, start, one.day_end),
        "alarms": alarms_of(connection, sites, start, one.day_end, end),
        "cards": days_before(connection, sites, one.day) if one.is_over else {},
        "known": known,
        "left": _left(connection, one, known),
    }
    return {site: DayRows(**{name: of[site] for name, of in by_site.items() if site in of}) for site in sites}


def last_versions(
    connection: Connection, sites: Collection[int], days: Collection[str]
) -> dict[int, dict[str, DaySummary]]:
    """By site and day the stored summaries of these days, as far as there are any."""
    rows = connection.execute(_DAYS, {"sites": list(sites), "days": sorted(days)}).all()
    newest = {(site, day): summary for site, day, summary in rows}
    found: dict[int, dict[str, DaySummary]] = {site: {} for site in sites}
    for (site, day), summary in newest.items():
        found[site][day] = parsed(summary)
    return found


def parsed(summary: str) -> DaySummary:
    return _SUMMARY.decode(summary)


def _left(connection: Connection, one: OneDay, known: Mapping[int, dict[str, DaySummary]]) -> dict[int, list[Given]]:
    """By site, where the day before asked to make up services, those due from the day on that asked for it first."""
    since = {}
    for site, days in known.items():
        before = Before(days.get(one.yesterday), one.start)
        if asked := next((before.since(todo) for todo in before.todos if todo.what == MAKE_UP), None):
            since[site] = one.start_of(asked)
    due = given(connection, list(since), min(since.values()), one.start) if since else {}
    return {site: [service for service in due.get(site, ()) if service.due_at >= at] for site, at in since.items()}


# -- what it adds up to -----------------------------------------------------------------------------------------------------


def summed_up(rows: DayRows, one: OneDay) -> DayRead:
    beside = Beside(
        capacity=site_capacity(rows.capacity),
        minutes_heard=sum(bits.bit_count() for bits in rows.heard.values()),
        tallies=rows.tallies,
        heard=frozenset(rows.heard),
        minutes_ours=deaf_minutes(one.gaps, rows.heard),
    )
    tracks = [area.day.spans(one.start, one.end) for area in rows.areas]
    summary = summarise(one.day.isoformat(), one.start, one.end, tracks, beside)
    whole = replace(summary, **_blocks(rows, one, beside))
    came = frozenset(token_of(passing.person) for passing in rows.passed if passing.came)
    if one.is_over:
        known = guests(came, one.day, rows.cards)
        whole = replace(whole, reading=replace(_reading(rows, one, whole), guests=known))
    begun = [
        [span for span in track if span.start >= area.begun] for area, track in zip(rows.areas, tracks, strict=True)
    ]
    return DayRead(whole, begun, rows.heard, came, (one.start, one.day_end))


def _blocks(rows: DayRows, one: OneDay, beside: Beside) -> dict[str, Any]:
    start, end, rules = one.start, one.end, one.rules
    lived = residents(rows.moves, start, open_beds(rows.kind, rows.capacity))
    in_house = lived.in_house if lived else None
    counters = sum(slot.came for area in rows.areas if not area.by_persons for slot in area.day.slots)
    found = gear(rows.rule, Hours(one.zone, rules.exceptions), rows.heard, start, end, rules.silent, one.gaps)
    delivered, by_us = rows.delivered, rows.late_by_us
    return {
        "visits": visits(counters, rows.passed) if rows.areas and beside.minutes_heard else None,
        "residents": lived,
        "meals": meals(rows.tallies),
        "services": services(rows.given, end, rules.on_time),
        "staff": staff(rows.shifts, start, end, in_house, one.looks),
        "safety": safety(rows.alarms, end, rules.deadlines),
        "gear": replace(
            found,
            events=delivered.events,
            typed=delivered.by_hand,
            late=delivered.over[-1] - by_us.over[-1],
            timed=delivered.timed - by_us.timed,
            over=tuple(n - ours for n, ours in zip(delivered.over, by_us.over, strict=True)),
            late_by_us=by_us.over[-1],
            wrong_clock=rows.tallies.get("wrong_clock", 0),
            checks=rows.checks,
            below_zero=tuple(area.code for area in rows.areas if any(slot.lowest < 0 for slot in area.day.slots)),
        ),
        "voice": voice(rows.tallies),
        "doors": rows.doors,
    }


def _reading(rows: DayRows, one: OneDay, whole: DaySummary) -> Reading:
    before = Before(rows.known.get(one.yesterday), one.start)
    if rows.left is not None:
        left = services(rows.left, one.end, one.rules.on_time)
        before = replace(before, missed=left.missed if left else 0)
    return read(whole, [rows.known[name] for name in sorted(one.alike & rows.known.keys())], before)


def is_corrected_since(connection: Connection, site_id: int, day: date, at: Instant) -> bool:
    """Whether somebody has counted heads anew for this day after `at`."""
    wanted = select(Correction.id).where(
        Correction.site_id == site_id, Correction.day == day.isoformat(), Correction.made_at >= at
    )
    return connection.execute(wanted.limit(1)).first() is not None
