"""Runs the district in time: today since opening at once, then live, with the past loaded beside it.

Restartable: how far each site has been told is kept in the outbox file, in the same transaction as its events.
"""

import heapq
import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from clock import Clock
from config import Config
from contract import format_instant
from edge.agent import Agent
from edge.simulator.chance import chance
from edge.simulator.day import Day, Sent, day_of
from edge.simulator.history import history_of_day
from edge.simulator.places import Place
from edge.simulator.residents import standing
from edge.simulator.stream import events_of, local_date, since_opening, todays_mishaps

log = logging.getLogger(__name__)

LOADED_MOST = 400
BACKLOG_MOST = 20_000
"""Events of the past waiting in the outbox at once: it must not crowd out what happens now."""


@dataclass(frozen=True)
class Plan:
    """What to simulate."""

    places: tuple[Place, ...]
    seed: int
    zone: str
    mishaps: frozenset[str]
    speed: float
    history_weeks: int
    events: int | None


class District:
    """The running simulation of all places through one agent."""

    def __init__(self, cfg: Config, agent: Agent, clock: Clock, plan: Plan, stop: threading.Event) -> None:
        self._agent, self._clock, self._plan, self._stop = agent, clock, plan, stop
        self._zone = plan.zone
        self._heartbeat_s = cfg.edge.heartbeat_every_s
        self.sent = 0
        self._real_start = clock.now()
        self._offline: set[str] = set()

    def now(self) -> int:
        """The simulation's time: the clock's, faster by `speed`."""
        real = self._clock.now()
        return self._real_start + int((real - self._real_start) * self._plan.speed)

    def run(self) -> None:
        """Until told to stop, or until the wanted number of events is out."""
        start = self.now()
        self._began = self._first_start(start)
        self._load_today(start)
        if self._plan.history_weeks and not self._done():
            threading.Thread(target=self._load_past, name="past", daemon=True).start()
        self._live(start)

    def _first_start(self, start: int) -> date:
        """The day on which this district began to be told live. The past ends before it, also after a later start."""
        mark = self._agent.spool.mark("began")
        if mark is None:
            mark = local_date(start, self._zone).isoformat()
            self._agent.spool.set_mark("began", mark)
        return date.fromisoformat(mark)

    def _first_day(self, place: Place) -> Day:
        return day_of(place, self._began, self._plan.seed, self._zone)

    # -- today so far ---------------------------------------------------------------------------------------------------

    def _load_today(self, start: int) -> None:
        """Everything since opening, site by site, as devices tell from their own stores after a night without power."""
        began = time.monotonic()
        for index, place in enumerate(self._plan.places):
            since = self._told_until(place, start)
            for chunk in _chunks(self._events(place, since, start)):
                if self._done():
                    return
                self._put(place, chunk, from_store=True)
            if index % 40 == 39:
                log.info("today so far: %d of %d sites", index + 1, len(self._plan.places), extra={"events": self.sent})
        log.info("today is told", extra={"events": self.sent, "seconds": round(time.monotonic() - began, 1)})

    def _told_until(self, place: Place, start: int) -> int:
        """Where to go on: after what was told before, else from today's opening, when who lives here is told as well."""
        mark = self._agent.spool.mark(f"told:{place.site}")
        if mark is not None:
            return int(mark)
        since = since_opening(place, start, self._plan.seed, self._zone)
        if "residence" in place.areas:
            today = self._first_day(place)
            oldest = today.before(max(self._plan.history_weeks * 7, 1))
            residents = [wire(event) | {"backfill": True} for _, event in standing(oldest, today)]
            self._agent.put(place.site, residents, mark=(f"told:{place.site}", str(since)))
        return since

    def _events(self, place: Place, since: int, until: int) -> Iterator[Sent]:
        return events_of(place, since, until, self._plan.seed, self._zone, self._plan.mishaps, self._heartbeat_s)

    def _put(self, place: Place, chunk: list[Sent], *, from_store: bool = False) -> None:
        """`chunk` holds every event of its last instant, so the mark behind it leaves none out after a restart."""
        if self._plan.events is not None:
            chunk = chunk[: self._plan.events - self.sent]
        told = str(chunk[-1][0] + 1)
        # How old these are says nothing of the line.
        said = {"backfill": True} if from_store else {}
        self._agent.put(place.site, [wire(event) | said for _, event in chunk], mark=(f"told:{place.site}", told))
        self.sent += len(chunk)

    def _done(self) -> bool:
        return self._stop.is_set() or (self._plan.events is not None and self.sent >= self._plan.events)

    # -- live -----------------------------------------------------------------------------------------------------------

    def _live(self, start: int) -> None:
        """One queue over all sites; each event leaves when its time has come."""
        streams = [_at_once(self._endless(place, start)) for place in self._plan.places]
        waiting: list[tuple[int, int, list[Sent]]] = []
        for index, stream in enumerate(streams):
            _push(waiting, index, stream)
        look_at = 0.0
        while waiting and not self._done():
            now = self.now()
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + 2.0
                self._mind_the_gateways(now)
            if waiting[0][0] > now:
                self._stop.wait(min((waiting[0][0] - now) / 1_000_000 / self._plan.speed, 0.5))
                continue
            _, index, together = heapq.heappop(waiting)
            self._put(self._plan.places[index], together)
            self._stumble(self._plan.places[index], together[0])
            _push(waiting, index, streams[index])

    def _endless(self, place: Place, start: int) -> Iterator[Sent]:
        since = start
        while not self._stop.is_set():
            yield from self._events(place, since, since + 3600 * 1_000_000)
            since += 3600 * 1_000_000

    def _mind_the_gateways(self, now: int) -> None:
        """Lines go down and come back; what happened meanwhile waits in the outbox and arrives late."""
        for place in self._plan.places:
            mishaps, minute = todays_mishaps(place, now, self._plan.seed, self._zone, self._plan.mishaps)
            down = mishaps.is_offline(minute)
            if down and place.site not in self._offline:
                self._offline.add(place.site)
                self._agent.pause(place.site)
                log.info("gateway offline", extra={"site": place.site})
            elif not down and place.site in self._offline:
                self._offline.discard(place.site)
                self._agent.resume(place.site)
                log.info("gateway back", extra={"site": place.site, "waiting": self._agent.waiting(place.site)})

    def _stumble(self, place: Place, one: Sent) -> None:
        """Now and then the line repeats itself, or carries what no contract knows."""
        dice = chance(self._plan.seed, one[1]["id"])
        drawn = dice.random()
        if "duplicates" in self._plan.mishaps and drawn < 0.004:
            self._agent.duplicate(place.site, self._agent.last_sent(place.site, 3))
        elif "malformed" in self._plan.mishaps and drawn > 0.9997:
            self._agent.duplicate(place.site, [dice.choice(_NONSENSE)])
        elif "unregistered" in self._plan.mishaps and 0.5 < drawn < 0.5008:
            self._agent.duplicate("s-new-0001", [_stray(one)])
        elif "retained" in self._plan.mishaps and 0.6 < drawn < 0.6003:
            self._agent.duplicate(place.site, self._agent.last_sent(place.site, 1), retain=True)

    # -- the past -------------------------------------------------------------------------------------------------------

    def _load_past(self) -> None:
        """Day by day from the oldest, yielding to what happens now; each day of a site is remembered with its events."""
        weeks_days = self._plan.history_weeks * 7
        started, loaded = time.monotonic(), 0
        for before in range(weeks_days, 0, -1):
            for place in self._plan.places:
                if self._done():
                    return
                loaded += self._load_past_day(place, weeks_days, before)
                while self._agent.waiting_backlog() > BACKLOG_MOST and not self._done():
                    time.sleep(0.05)
            if loaded and before % 7 == 1:
                done, spent = weeks_days // 7 - before // 7, round(time.monotonic() - started)
                log.info("the past: %d of %d weeks", done, weeks_days // 7, extra={"events": loaded, "seconds": spent})
        if loaded:
            log.info("the past is told")

    def _load_past_day(self, place: Place, weeks_days: int, before: int) -> int:
        """Returns how many events; 0 if an earlier run has told them."""
        today = self._first_day(place)
        day, oldest = today.before(before), today.before(weeks_days)
        source, mark = f"past:{place.site}", day.date.isoformat()
        if (self._agent.spool.mark(source) or "") >= mark:
            return 0
        # It tells of days that are over: how old it is says nothing of the line.
        events = [wire(e) | {"backfill": True} for e in history_of_day(day, oldest, today)]
        self._agent.put(place.site, events, backlog=True, mark=(source, mark))
        return len(events)


_NONSENSE = (
    b'{"id":"x","kind":"occupancy.flow"',
    b'{"id":"n-1","kind":"occupancy.guess","at":"2026-11-23T10:00:00+08:00","count":3}',
    b'{"id":"n-2","kind":"occupancy.count","at":"yesterday","count":3}',
    b'{"id":"n-3","kind":"occupancy.count","at":"2026-11-23T10:00:00+08:00","count":-3}',
    b"\xff\xfe occupancy",
)


def _stray(one: Sent) -> bytes:
    """An event of a site that nobody registered yet."""
    event = {"id": one[1]["id"], "kind": "device.status", "at": wire(one[1])["at"], "device": "gateway", "online": True}
    return json.dumps(event).encode()


def wire(event: dict[str, object]) -> dict[str, object]:
    """Instants as text."""
    said = dict(event)
    for name in ("at", "due_at"):
        if isinstance(said.get(name), int):
            said[name] = format_instant(int(str(said[name])), 480)
    return said


def _at_once(events: Iterator[Sent]) -> Iterator[list[Sent]]:
    """What leaves in the same instant stays together."""
    return (list(together) for _, together in groupby(events, key=lambda one: one[0]))


def _push(waiting: list[tuple[int, int, list[Sent]]], index: int, stream: Iterator[list[Sent]]) -> None:
    together = next(stream, None)
    if together:
        heapq.heappush(waiting, (together[0][0], index, together))


def _chunks(events: Iterator[Sent]) -> Iterator[list[Sent]]:
    """About LOADED_MOST at a time, cut only between two instants."""
    chunk: list[Sent] = []
    for together in _at_once(events):
        chunk += together
        if len(chunk) >= LOADED_MOST:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
