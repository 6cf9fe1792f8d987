"""Reads the next picture from the database: a number that is cheap to read, and the rest only when it moved."""

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine

from clock import Clock
from dashboard.access import Viewer
from dashboard.columns import Columns, laid_out, with_days, with_lags, with_rows, with_usual
from dashboard.expected import Expected, expected_at
from dashboard.picture import Picture, sites_of
from dashboard.queries.alarms import gone_unsettled, open_alarms, wide_alarms
from dashboard.queries.happenings import happenings
from dashboard.queries.live import Rules, changed_since, live_parts, site_row
from dashboard.queries.places import next_facts_at, places, streets
from dashboard.queries.quality import lag_by_site
from dashboard.queries.today import SiteToday
from dashboard.queries.usual import usual_of_day, usual_reckoned_at
from dashboard.queries.worker import clock_lost, numbers, worker_lag
from dashboard.rows import Happening, SiteRow
from dashboard.to_judge import to_judge
from dashboard.today_reader import TodayReader
from models.base import SECOND, Instant
from models.change_mark import ChangeMark
from models.civil_day import day_of, minute_of_day
from models.clock_jump import Seen, jumps_now
from models.database import read_only
from models.usual import Points

log = logging.getLogger(__name__)

EVERYBODY = Viewer("feed", "admin", "")
TODAY_EVERY_S, LAGS_EVERY_S = 2.0, 10.0
SHOWN_JUST_NOW = 8
SUMMED = ("usual", "expected", "today", "just_now", "lag_p95_ms", "clock_lost", "lags")
"""The parts of a picture that `PictureReader.sum_up` reads."""


class PictureReader:
    """One for the life of the process, used by one thread at a time."""

    def __init__(self, engine: Engine, clock: Clock, rules: Rules) -> None:
        self._engine, self._clock, self._rules = engine, clock, rules
        self._watch = ChangeMark(engine)
        self._mark: int | None = None
        self.seconds_at = self.today_at = self.lags_at = 0.0
        """When, by the monotonic clock, all rows were last judged, and the day's figures and the sites' lags read."""
        self.good_at = 0.0
        """When the database last answered."""
        self._seen: Seen | None = None
        self._today = TodayReader(rules)
        self._beside: dict[str, Any] = {}
        """What has been read between two pictures, for the next one."""

    def look(self, picture: Picture, watched: Iterable[str]) -> Picture | None:
        """The next picture, or None when nothing is new; `watched` are the scopes that somebody looks at."""
        now_s, newcomers = time.monotonic(), tuple(scope for scope in watched if scope not in picture.just_now)
        self._watch_clock()
        mark = self._watch.look()
        ticked = now_s >= self.seconds_at + 1.0
        self.good_at = now_s
        if mark == self._mark and not ticked and not newcomers:
            return None
        with read_only(self._engine) as connection:
            newer = self._read(connection, picture, now_s, ticked, watched, newcomers)
        self._mark, self.good_at = mark, time.monotonic()
        if newer is not None:
            self._beside = {}
        if ticked:
            self.seconds_at = now_s
        return newer

    def sum_up(self, picture: Picture, watched: Iterable[str]) -> None:
        """What may be some seconds old: read once a picture has left, so that no head count waits for it."""
        now_s, now = time.monotonic(), self._clock.now()
        if now_s >= self.today_at + TODAY_EVERY_S:
            self.today_at = now_s
            with read_only(self._engine) as connection:
                summed = self._summed(connection, picture, now, watched)
            self._beside = {name: getattr(summed, name) for name in SUMMED}
        elif self._today.is_behind:
            with read_only(self._engine) as connection:
                self._beside = {"today": self._today.go_on(connection, picture.today, now)}

    def _watch_clock(self) -> None:
        """Each look, whether the database answers or not: a jump must not be missed."""
        here, trouble = (self._clock.now(), self._clock.stopwatch_s()), self._rules.clock
        jumps = jumps_now(trouble.jumps, self._seen, here, self._rules.jump_s, self._rules.settle_s)
        if len(jumps) > len(trouble.jumps):
            log.warning("our clock was set ahead", extra={"seconds": jumps[-1].by // SECOND})
        self._seen, trouble.jumps = here, jumps

    def _read(
        self,
        connection: Connection,
        before: Picture,
        now_s: float,
        ticked: bool,
        watched: Iterable[str],
        newcomers: Collection[str],
    ) -> Picture | None:
        old, now = before, self._clock.now()
        change, registry = numbers(connection)
        if registry != old.registry or (old.facts_until is not None and now >= old.facts_until):
            old = self._registered(connection, old, now, registry)
        elif change == old.change and not ticked and not newcomers:
            return None
        touched, newest = changed_since(connection, old.change)
        self._today.touched(touched)
        live = old.live | live_parts(connection, [old.facts[id_] for id_ in touched if id_ in old.facts])
        version = old.version + 1
        jumps = self._rules.clock.jumps
        picture = replace(
            old,
            version=version,
            as_of=now,
            change=max(newest, old.change),
            live=live,
            jumps=jumps,
            deadlines=self._rules.deadlines,
            **self._beside,
        )
        if ticked:
            picture = replace(picture, ticked_version=version)
        if old.version == 0:
            self.today_at = now_s
            picture = self._summed(connection, picture, now, watched)
        elif newcomers:
            new = _just_now(connection, picture, now, newcomers)
            picture = replace(picture, just_now=picture.just_now | new)
        if touched or ticked:
            alarms, gone = open_alarms(connection, EVERYBODY), gone_unsettled(connection, EVERYBODY)
            picture = replace(picture, alarms=alarms, gone=gone, wide=wide_alarms(connection))
        if ticked or old.rows == {}:
            touched = list(to_judge(before, picture, touched, self._rules))
        return self._rowed(picture, before, now, touched)

    def _registered(self, connection: Connection, old: Picture, now: Instant, registry: int) -> Picture:
        """The registry changed: everything is read anew."""
        facts = {place.id: place for place in places(connection, EVERYBODY, now)}
        live = live_parts(connection, list(facts.values()))
        return replace(
            old,
            registry=registry,
            facts=facts,
            live=live,
            streets=tuple(streets(connection)),
            rows={},
            columns=laid_out(facts.values()),
            facts_until=next_facts_at(connection, now),
            registered_version=old.version + 1,
        )

    def _summed(self, connection: Connection, picture: Picture, now: Instant, watched: Iterable[str]) -> Picture:
        usual, expected = self._usual(connection, picture, now)
        return replace(
            picture,
            usual=usual,
            expected=expected,
            today=self._today.round(connection, picture.today, picture.facts, now),
            just_now=_just_now(connection, picture, now, watched),
            lag_p95_ms=worker_lag(connection),
            clock_lost=clock_lost(connection, now, picture.jumps),
            lags=self._lags(connection, picture, now),
        )

    def _lags(self, connection: Connection, picture: Picture, now: Instant) -> dict[int, float]:
        """Those of a whole hour, so they move slowly; some thousand sites take thirteen rows each."""
        if time.monotonic() < self.lags_at + LAGS_EVERY_S and picture.lags:
            return picture.lags
        self.lags_at = time.monotonic()
        return lag_by_site(connection, now)

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

    def _rowed(self, picture: Picture, before: Picture, now: Instant, looked_at: Iterable[int]) -> Picture:
        changed: dict[int, SiteRow] = {}
        for id_ in looked_at:
            place = picture.facts.get(id_)
            if place is None:
                continue
            grades = [alarm.grade for alarm in picture.alarms.get(id_, ())]
            row = site_row(place, picture.live[id_], grades, now, self._rules)
            if before.rows.get(id_) != row:
                changed[id_] = row
        rows = before.rows | changed
        if picture.facts is not before.facts:
            rows = {id_: row for id_, row in rows.items() if id_ in picture.facts}
        return replace(picture, rows=rows, columns=_columned(before, picture, rows, changed))


def _columned(
    before: Picture, picture: Picture, rows: Mapping[int, SiteRow], changed: Mapping[int, SiteRow]
) -> Columns:
    """Written anew: what changed; after a change of the registry everything."""
    is_new = picture.columns.layout is not before.columns.layout
    columns = with_rows(picture.columns, rows if is_new else changed, picture.version)
    known, days = {} if is_new else before.today.sites, picture.today.sites
    if days is not known:
        newer: dict[int, SiteToday | None] = {id_: day for id_, day in days.items() if known.get(id_) is not day}
        columns = with_days(columns, newer | dict.fromkeys(known.keys() - days.keys()))
    if is_new or picture.lags is not before.lags:
        columns = with_lags(columns, picture.lags)
    if is_new or picture.expected is not before.expected:
        columns = with_usual(columns, picture.expected)
    return columns


def _just_now(
    connection: Connection, picture: Picture, now: Instant, watched: Iterable[str]
) -> dict[str, tuple[Happening, ...]]:
    return {
        scope: tuple(
            happenings(connection, picture.facts, now, SHOWN_JUST_NOW, sites_of(picture, scope) if scope else None)
        )
        for scope in watched
    }
