"""The feed: one reader of the database, one frame for each view and scope, as many streams as there are viewers.

Snapshot, change and catching up are one path: a stream asks for what is newer than the position it has sent. A stream
that is slow gets one merged frame. A beat goes out only while the database answers; without beats a page says so itself.
"""

import asyncio
import contextlib
import logging
import re
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine

from clock import Clock
from config import Config
from dashboard.access import Viewer
from dashboard.alarm_desk import desk_frame
from dashboard.compared import Expected, compared, expected_at, usual_of
from dashboard.needs import NEEDS_SHOWN, needs_of
from dashboard.queries.alarms import open_alarms, wide_alarms
from dashboard.queries.happenings import happenings
from dashboard.queries.live import Live, Rules, changed_since, live_parts, site_row
from dashboard.queries.places import PlaceFacts, StreetFacts, next_facts_at, places, streets
from dashboard.queries.services_now import services_now
from dashboard.queries.site import site_frame
from dashboard.queries.today import SiteToday, open_beds, tiles, today_by_site
from dashboard.queries.usual import usual_of_day, usual_reckoned_at
from dashboard.queries.worker import numbers, worker_lag
from dashboard.rows import (
    AlarmRow,
    AlarmsFrame,
    Happening,
    MapFrame,
    OverviewFrame,
    Pin,
    SiteRow,
    StreetRow,
    Strip,
    Tile,
    WideAlarm,
)
from models.base import Instant
from models.change_mark import ChangeMark
from models.civil_day import day_bounds, day_of, minute_of_day
from models.database import read_only
from models.site_state import REPORTING
from models.usual import Figure, Points

log = logging.getLogger(__name__)

EVERYBODY = Viewer("feed", "admin", "")
BEAT_S = 10.0
TODAY_EVERY_S = 2.0
SERVICES_EVERY_S = 0.9
DESK_EVERY_S = 0.5
ALIVE_S = 5.0
SHOWN_JUST_NOW = 8
ALARM_NUMBER = r"[1-9][0-9]{0,17}|"
TAGGED, TAGS_SHOWN = 2, 8
"""Grades that have a tag on the map, and how many tags it has room for."""


@dataclass(frozen=True)
class Picture:
    """Everything that the frames are made of, at one moment; replaced as a whole, so that every frame adds up."""

    version: int
    as_of: Instant
    change: int
    facts: dict[int, PlaceFacts]
    streets: tuple[StreetFacts, ...]
    live: dict[int, Live]
    rows: dict[int, SiteRow]
    row_version: dict[int, int]
    alarms: dict[int, list[AlarmRow]]
    wide: tuple[WideAlarm, ...]
    """Open alarms of whole streets, and of the platform itself."""
    today: dict[int, SiteToday]
    just_now: dict[str, tuple[Happening, ...]]
    """By scope, of those that somebody looks at: what happens elsewhere must not crowd out what happens here."""
    lag_p95_ms: int | None
    usual: dict[tuple[str, str], Points]
    """What is usual today, by scope and figure."""
    expected: Expected
    """The same at this minute."""
    registry: int
    facts_until: Instant | None
    """When a capacity or opening hours take effect that the registry knows already."""
    registered_version: int
    """The version at which the facts were read: who has sent less starts anew, so no row of a site that left stays."""
    ticked_version: int
    """The version of the last full second, which is news for everybody."""


EMPTY = Picture(0, 0, 0, {}, (), {}, {}, {}, {}, (), {}, {}, None, {}, Expected(), -1, None, 0, 0)


class Feed:
    """Reads in a thread, serves from memory."""

    def __init__(self, cfg: Config, engine: Engine, clock: Clock, rules: Rules) -> None:
        self._cfg, self._engine, self._clock, self._rules = cfg, engine, clock, rules
        self.picture = EMPTY
        self._mark: int | None = None
        self._seconds_at = self._today_at = 0.0
        self._good_at = 0.0
        self._changed = asyncio.Event()
        self._frames: dict[tuple[str, str, int], bytes] = {}
        self._newest: dict[str, int] = {}
        self._services: dict[str, tuple[float, bytes]] = {}
        self._services_lock = threading.Lock()
        self._desks: dict[tuple[str, str, str], tuple[float, bytes | None]] = {}
        self._desks_lock = threading.Lock()
        self._watch = ChangeMark(engine)
        self.streams = 0
        self.watched: Counter[str] = Counter()
        """Streams by scope, without those of one site's page, which reads for itself."""

    @property
    def is_alive(self) -> bool:
        """Whether the database has answered in the last seconds."""
        return self.picture.version > 0 and time.monotonic() - self._good_at < ALIVE_S

    async def has_read(self, seconds: float) -> bool:
        """Waits for the first picture: just after the start a page must not be told that its site does not exist."""
        woken = self._changed
        if self.picture.version == 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), seconds)
        return self.picture.version > 0

    # -- the reader -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """For the life of the process; a database that does not answer is asked again."""
        while True:
            try:
                newer = await asyncio.to_thread(self._look)
            except Exception:
                log.exception("the feed could not read")
                newer = None
                await asyncio.sleep(0.5)
            if newer is not None:
                self._publish(newer)
            await asyncio.sleep(self._cfg.web.feed_every_ms / 1000)

    def _publish(self, newer: Picture) -> None:
        self.picture, self._frames, self._newest = newer, {}, {}
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    def _look(self) -> Picture | None:
        """The next picture, or None when nothing is new. A number is cheap to read; the rest only when it moved."""
        now_s = time.monotonic()
        mark = self._watch.look()
        ticked = now_s >= self._seconds_at + 1.0
        self._good_at = now_s
        if mark == self._mark and not ticked:
            return None
        with read_only(self._engine) as connection:
            newer = self._read(connection, now_s, ticked)
        self._mark, self._good_at = mark, time.monotonic()
        if ticked:
            self._seconds_at = now_s
        return newer

    def _read(self, connection: Connection, now_s: float, ticked: bool) -> Picture | None:
        old, now = self.picture, self._clock.now()
        change, registry = numbers(connection)
        if registry != old.registry or (old.facts_until is not None and now >= old.facts_until):
            old = self._registered(connection, old, now, registry)
        elif change == old.change and not ticked:
            return None
        touched, newest = changed_since(connection, old.change)
        live = old.live | live_parts(connection, [old.facts[id_] for id_ in touched if id_ in old.facts])
        version = self.picture.version + 1
        picture = replace(old, version=version, as_of=now, change=max(newest, old.change), live=live)
        if ticked:
            picture = replace(picture, ticked_version=version)
        if now_s >= self._today_at + TODAY_EVERY_S or old.version == 0:
            self._today_at = now_s
            picture = self._summed(connection, picture, now)
        if touched or ticked:
            picture = replace(picture, alarms=open_alarms(connection, EVERYBODY), wide=wide_alarms(connection))
        return self._rowed(picture, now, picture.facts if ticked or old.rows == {} else touched)

    def _registered(self, connection: Connection, old: Picture, now: Instant, registry: int) -> Picture:
        """The registry changed: everything is read anew."""
        facts = {place.id: place for place in places(connection, EVERYBODY, now)}
        live = live_parts(connection, list(facts.values()))
        kept = {id_: version for id_, version in old.row_version.items() if id_ in facts}
        return replace(
            old,
            registry=registry,
            facts=facts,
            live=live,
            streets=tuple(streets(connection)),
            row_version=kept,
            rows={},
            facts_until=next_facts_at(connection, now),
            registered_version=old.version + 1,
        )

    def _summed(self, connection: Connection, picture: Picture, now: Instant) -> Picture:
        day = day_of(now, self._rules.zone)
        start, _ = day_bounds(day, self._rules.zone)
        late_min = self._rules.service_late_min
        usual, expected = self._usual(connection, picture, now)
        return replace(
            picture,
            usual=usual,
            expected=expected,
            today=today_by_site(connection, day.isoformat(), start, now, late_min),
            just_now=self._just_now(connection, picture, now),
            lag_p95_ms=worker_lag(connection),
        )

    def _usual(
        self, connection: Connection, picture: Picture, now: Instant
    ) -> tuple[dict[tuple[str, str], Points], Expected]:
        """Read when the clock has reckoned it anew, laid out once a minute."""
        day, minute = day_of(now, self._rules.zone), int(minute_of_day(now, self._rules.zone))
        made_at, known = usual_reckoned_at(connection, day), picture.expected
        if (made_at, minute) == (known.made_at, known.minute):
            return picture.usual, known
        usual = picture.usual if made_at == known.made_at else usual_of_day(connection, day)
        ids = {f"site:{place.site}": id_ for id_, place in picture.facts.items()}
        return usual, expected_at(minute, made_at, usual, ids)

    def _just_now(self, connection: Connection, picture: Picture, now: Instant) -> dict[str, tuple[Happening, ...]]:
        scopes = [scope for scope, streams in list(self.watched.items()) if streams]
        return {
            scope: tuple(
                happenings(connection, picture.facts, now, SHOWN_JUST_NOW, _mine(picture, scope) if scope else None)
            )
            for scope in scopes
        }

    def _rowed(self, picture: Picture, now: Instant, looked_at: Iterable[int]) -> Picture:
        """Rows as they are at this moment; each second all of them, as a site goes silent without any event."""
        rows, versions = dict(self.picture.rows), dict(picture.row_version)
        for id_ in looked_at:
            place = picture.facts.get(id_)
            if place is None:
                continue
            grades = [alarm.grade for alarm in picture.alarms.get(id_, ())]
            row = site_row(place, picture.live[id_], grades, now, self._rules)
            if rows.get(id_) != row:
                rows[id_], versions[id_] = row, picture.version
        rows = {id_: row for id_, row in rows.items() if id_ in picture.facts}
        return replace(picture, rows=rows, row_version=versions)

    # -- frames ---------------------------------------------------------------------------------------------------------

    def whole(self, view: str, scope: str, after: int) -> bytes:
        """The frame of a scope for a stream that has sent everything up to `after`; encoded once for all such streams."""
        frames, key = self._frames, (view, scope, after)
        if key not in frames:
            frames[key] = msgspec.json.encode(FRAMES[view](self.picture, scope, after))
        return frames[key]

    def site(self, site: str, viewer: Viewer) -> bytes | None:
        """The frame of one site; None when it is not there or not the viewer's. Reads the database: call it in a thread."""
        # Both taken once: the next picture may come while this one is being read.
        frames, picture = self._frames, self.picture
        place = _place(picture, site, viewer)
        if place is None:
            return None
        key = ("site", site, picture.version)
        if key not in frames:
            with read_only(self._engine) as connection:
                frame = site_frame(connection, place, self._clock.now(), self._rules)
            frames[key] = msgspec.json.encode(frame)
        return frames[key]

    def services(self, scope: str) -> bytes:
        """The services of a scope, read at most once a second for all its streams. Call it in a thread."""
        with self._services_lock:
            read_at, frame = self._services.get(scope, (0.0, b""))
            if time.monotonic() - read_at >= SERVICES_EVERY_S:
                viewer = Viewer("feed", "", scope)
                with read_only(self._engine) as connection:
                    frame = msgspec.json.encode(services_now(connection, viewer, self._clock.now(), self._rules))
                self._services[scope] = (time.monotonic(), frame)
            return frame

    def desk(self, alarm: str, viewer: Viewer) -> bytes | None:
        """The alarms desk with one alarm in full, read at most twice a second for all who see the same. Call it in a thread."""
        key = (viewer.scope, viewer.role, alarm)
        with self._desks_lock:
            now_s = time.monotonic()
            self._desks = {key: kept for key, kept in self._desks.items() if now_s - kept[0] < DESK_EVERY_S}
            if key not in self._desks:
                with read_only(self._engine) as connection:
                    number = int(alarm) if alarm else None
                    frame = desk_frame(connection, viewer, number, self._clock.now(), self._rules)
                self._desks[key] = (now_s, msgspec.json.encode(frame) if frame else None)
            return self._desks[key][1]

    def knows(self, view: str, viewer: Viewer) -> bool:
        """Whether this view exists for this viewer."""
        kind, _, code = view.partition(":")
        if kind == "site":
            return _place(self.picture, code, viewer) is not None
        if kind == "street":
            mine = [p for p in self.picture.facts.values() if p.street == code]
            return any(viewer.sees(p.site, p.street, p.community) for p in mine)
        if kind == "desk":
            return re.fullmatch(ALARM_NUMBER, code) is not None
        return view in FRAMES or view == "services"

    # -- streams --------------------------------------------------------------------------------------------------------

    async def stream(self, view: str, viewer: Viewer, still_allowed: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Server-sent events: a snapshot, then changes, at most `frames_per_s_max` a second, a beat every ten seconds."""
        counted = 0 if view.startswith("site:") else 1
        self.streams += 1
        self.watched[_scope_of(view, viewer)] += counted
        try:
            async for piece in self._sent(view, viewer, still_allowed):
                yield piece
        finally:
            self.streams -= 1
            self.watched[_scope_of(view, viewer)] -= counted

    async def _sent(self, view: str, viewer: Viewer, still_allowed: Callable[[], bool]) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        ends, beat_at, sent = time.monotonic() + self._cfg.web.stream_minutes * 60, time.monotonic() + BEAT_S, 0
        while time.monotonic() < ends:
            woken = self._changed
            if time.monotonic() >= beat_at:
                beat_at = time.monotonic() + BEAT_S
                if not await self._is_allowed(still_allowed):
                    return
                if self.is_alive:
                    yield b"event: beat\ndata: " + msgspec.json.encode({"as_of": self._clock.now()}) + b"\n\n"
            if self._is_news(view, viewer, sent):
                version, after = self.picture.version, sent if sent >= self.picture.registered_version else 0
                frame = await self._frame(view, viewer, after)
                if frame is None:
                    return
                yield (b"" if after else b"event: snapshot\n") + b"data: " + frame + b"\n\n"
                sent = version
                await asyncio.sleep(1 / self._cfg.web.frames_per_s_max)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), max(0.05, min(beat_at, ends) - time.monotonic()))

    async def _is_allowed(self, still_allowed: Callable[[], bool]) -> bool:
        """A database that does not answer ends no stream: the missing beats say so, and it goes on afterwards."""
        try:
            return await asyncio.to_thread(still_allowed)
        except Exception:
            log.warning("a stream could not be checked", exc_info=True)
            return True

    def _is_news(self, view: str, viewer: Viewer, sent: int) -> bool:
        """Something in the viewer's own scope, or a full second; what happens elsewhere wakes nobody here."""
        picture = self.picture
        if picture.version <= sent:
            return False
        if picture.ticked_version > sent or picture.registered_version > sent:
            return True
        scope = _scope_of(view, viewer)
        if scope not in self._newest:
            mine = _mine(picture, scope)
            self._newest[scope] = max((picture.row_version.get(id_, 0) for id_ in mine), default=0)
        return self._newest[scope] > sent

    async def _frame(self, view: str, viewer: Viewer, after: int) -> bytes | None:
        kind, _, code = view.partition(":")
        if kind == "site":
            return await asyncio.to_thread(self.site, code, viewer)
        if kind == "services":
            return await asyncio.to_thread(self.services, viewer.scope)
        if kind == "desk":
            return await asyncio.to_thread(self.desk, code, viewer)
        return self.whole("overview" if kind == "street" else view, _scope_of(view, viewer), after)


def _scope_of(view: str, viewer: Viewer) -> str:
    """What a stream is about: the viewer's scope, or the street or site within it that she asked for."""
    kind = view.partition(":")[0]
    return view if kind == "site" or (kind == "street" and not viewer.scope) else viewer.scope


def _place(picture: Picture, site: str, viewer: Viewer) -> PlaceFacts | None:
    found = next((one for one in picture.facts.values() if one.site == site), None)
    return found if found and viewer.sees(found.site, found.street, found.community) else None


def _mine(picture: Picture, scope: str) -> set[int]:
    within = Viewer("", "", scope)
    return {id_ for id_, p in picture.facts.items() if within.sees(p.site, p.street, p.community)}


def _newer(picture: Picture, mine: set[int], after: int) -> list[int]:
    """The sites whose rows are newer, by code."""
    return sorted(
        (id_ for id_ in mine if picture.row_version.get(id_, 0) > after), key=lambda id_: picture.facts[id_].site
    )


def overview_frame(picture: Picture, scope: str, after: int) -> OverviewFrame:
    """What a scope sees: sums over its own sites only, and the rows that are newer than `after`."""
    mine = _mine(picture, scope)
    rows = {id_: picture.rows[id_] for id_ in mine}
    waiting = needs_of(rows, picture.alarms, _wide(picture, scope))
    return OverviewFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=_strip(picture, rows, scope),
        tiles=_tiles(picture, rows, scope),
        needs=tuple(waiting[:NEEDS_SHOWN]),
        needs_total=len(waiting),
        streets=_streets(picture, rows, scope),
        sites=tuple(rows[id_] for id_ in _newer(picture, mine, after)),
        just_now=picture.just_now.get(scope, ()),
    )


def map_frame(picture: Picture, scope: str, after: int) -> MapFrame:
    """Where every site is and how it is."""
    mine = _mine(picture, scope)
    rows = {id_: picture.rows[id_] for id_ in mine}
    waiting = needs_of(rows, picture.alarms, _wide(picture, scope))
    urgent = [need for need in waiting if need.grade <= TAGGED and need.site is not None]
    return MapFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=_strip(picture, rows, scope),
        urgent=tuple(urgent[:TAGS_SHOWN]),
        streets=_streets(picture, rows, scope),
        sites=tuple(_pin(picture.facts[id_], rows[id_]) for id_ in _newer(picture, mine, after)),
    )


def _pin(place: PlaceFacts, row: SiteRow) -> Pin:
    return Pin(
        site=row.site,
        name_zh=row.name_zh,
        name_en=row.name_en,
        kind=row.kind,
        street=row.street,
        community=row.community,
        lat=place.lat,
        lon=place.lon,
        state=row.state,
        heard_at=row.heard_at,
        people=row.people,
        capacity=row.capacity,
        band=row.band,
        open_alarms=row.open_alarms,
        worst_grade=row.worst_grade,
    )


def alarms_frame(picture: Picture, scope: str, _after: int) -> AlarmsFrame:
    """What is open, and what else waits for a person."""
    rows = {id_: picture.rows[id_] for id_ in _mine(picture, scope)}
    open_ = [alarm for id_ in rows for alarm in picture.alarms.get(id_, ())]
    return AlarmsFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=_strip(picture, rows, scope),
        needs=tuple(needs_of(rows, picture.alarms, _wide(picture, scope))),
        alarms=tuple(sorted(open_, key=lambda alarm: (alarm.grade, alarm.raised_at or 0, alarm.id))),
    )


FRAMES: dict[str, Callable[[Picture, str, int], Any]] = {
    "overview": overview_frame,
    "map": map_frame,
    "alarms": alarms_frame,
}
"""The views that a scope has; a street's and a site's stand beside them."""


def _wide(picture: Picture, scope: str) -> list[WideAlarm]:
    """Those that concern a scope: a street's office its street's, the district all."""
    return [alarm for alarm in picture.wide if not scope or scope == f"street:{alarm.street}"]


def _streets(picture: Picture, rows: dict[int, SiteRow], scope: str) -> tuple[StreetRow, ...]:
    seen = {row.street for row in rows.values()}
    return tuple(_street(street, rows, picture.expected, scope) for street in picture.streets if street.code in seen)


def _strip(picture: Picture, rows: dict[int, SiteRow], scope: str) -> Strip:
    states = [row.state for row in rows.values()]
    heard = [row.heard_at for row in rows.values() if row.state in REPORTING and row.heard_at is not None]
    wide = _wide(picture, scope)
    spoken_for = {alarm.id for alarm in wide}
    alone = [a.grade for id_ in rows for a in picture.alarms.get(id_, ()) if a.parent not in spoken_for]
    grades = [alarm.grade for alarm in wide] + alone
    return Strip(
        sites_reporting=sum(state in REPORTING for state in states),
        sites_total=sum(state != "closed" for state in states),
        live=states.count("live"),
        late=states.count("late"),
        silent=states.count("silent"),
        new=states.count("new"),
        closed=states.count("closed"),
        oldest_heard_at=min(heard, default=None),
        lag_p95_ms=picture.lag_p95_ms,
        alarms=(grades.count(1), grades.count(2), grades.count(3), grades.count(4)),
    )


def _tiles(picture: Picture, rows: dict[int, SiteRow], scope: str) -> tuple[Tile, ...]:
    reporting = frozenset(id_ for id_, row in rows.items() if row.state in REPORTING)
    expected = frozenset(id_ for id_, row in rows.items() if row.state != "closed")
    newest = max((row.heard_at for row in rows.values() if row.heard_at is not None), default=None)
    counted = [row for id_, row in rows.items() if id_ in reporting and row.people is not None]
    counting = [row for id_, row in rows.items() if id_ in expected and (row.people is not None or row.capacity)]
    people = Tile(
        name="people",
        value=sum(row.people or 0 for row in counted) if counted else None,
        of=None,
        sites_counted=len(counted),
        sites_expected=len(counting),
        as_of=newest,
        parts=(
            ("community", sum(row.people or 0 for row in counted if row.kind != "INST")),
            ("institution", sum(row.people or 0 for row in counted if row.kind == "INST")),
        ),
    )
    mine = [place for id_, place in picture.facts.items() if id_ in rows]
    beside = compared(
        picture.expected,
        scope,
        rows,
        {id_: rows[id_] for id_ in reporting},
        picture.today,
        {place.id: open_beds(place) for place in mine},
    )
    shown = (people, *tiles(mine, reporting, expected, picture.today, newest))
    return tuple(replace(tile, usual=beside[tile.name]) if tile.value is not None else tile for tile in shown)


def _street(street: StreetFacts, rows: dict[int, SiteRow], expected: Expected, scope: str) -> StreetRow:
    ids = [id_ for id_, row in rows.items() if row.street == street.code]
    mine = [rows[id_] for id_ in ids]
    reporting = [row for row in mine if row.state in REPORTING]
    heard = [id_ for id_ in ids if rows[id_].state in REPORTING]
    # Who sees less than the street must not read from it what is usual at the others.
    within = scope if scope.startswith(("community:", "site:")) else f"street:{street.code}"
    usual = usual_of(expected, within, Figure.PEOPLE, ids, heard)
    people = [row.people for row in reporting if row.people is not None]
    return StreetRow(
        code=street.code,
        name_zh=street.name_zh,
        name_en=street.name_en,
        people=sum(people) if people else None,
        capacity=sum(row.capacity or 0 for row in reporting if row.people is not None) or None,
        sites_reporting=len(reporting),
        sites_total=sum(row.state != "closed" for row in mine),
        open_alarms=sum(row.open_alarms for row in mine),
        worst_grade=min((row.worst_grade for row in mine if row.worst_grade), default=None),
        usual=usual.middle if usual else None,
    )
