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
from datetime import timedelta
from itertools import islice

from clock import Clock
from config import Config
from contract import format_instant
from edge.agent import Agent
from edge.simulator.chance import chance
from edge.simulator.day import Sent, day_of
from edge.simulator.history import history_of_day
from edge.simulator.places import Place
from edge.simulator.residents import standing
from edge.simulator.stream import events_of, local_date, todays_mishaps

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
        self._load_today(start)
        past = threading.Thread(target=self._load_past, args=(start,), name="past", daemon=True)
        if self._plan.history_weeks:
            past.start()
        self._live(start)

    # -- today so far ---------------------------------------------------------------------------------------------------

    def _load_today(self, start: int) -> None:
        """Everything since opening, site by site, as after a night without power."""
        began = time.monotonic()
        for index, place in enumerate(self._plan.places):
            since = self._told_until(place, start)
            pending = [*self._standing(place, start), *self._events(place, since, start)]
            for chunk in _chunks(pending, LOADED_MOST):
                self._put(place, chunk)
            if self._done():
                return
            if index % 20 == 19 or index + 1 == len(self._plan.places):
                log.info("today so far", extra={"sites": index + 1, "of": len(self._plan.places), "events": self.sent})
        log.info("today is loaded", extra={"events": self.sent, "seconds": round(time.monotonic() - began, 1)})

    def _standing(self, place: Place, start: int) -> list[Sent]:
        """Residents, told once, before anything of today."""
        if "residence" not in place.areas or self._agent.spool.mark(f"told:{place.site}") is not None:
            return []
        today = local_date(start, self._zone)
        first = today - timedelta(days=max(self._plan.history_weeks * 7, 1))
        days = [day_of(place, on, self._plan.seed, self._zone) for on in (today, first)]
        return list(standing(*days))

    def _told_until(self, place: Place, start: int) -> int:
        """Where to go on: after what was told before, else from today's opening."""
        mark = self._agent.spool.mark(f"told:{place.site}")
        if mark is not None:
            return int(mark)
        day = day_of(place, local_date(start, self._zone), self._plan.seed, self._zone)
        return day.at(min(day.opens if day.opens is not None else 510.0, 6 * 60 + 25) - 6)

    def _events(self, place: Place, since: int, until: int) -> Iterator[Sent]:
        return events_of(place, since, until, self._plan.seed, self._zone, self._plan.mishaps, self._heartbeat_s)

    def _put(self, place: Place, chunk: list[Sent]) -> None:
        told = str(chunk[-1][0] + 1)
        self._agent.put(place.site, [wire(event) for _, event in chunk], mark=(f"told:{place.site}", told))
        self.sent += len(chunk)

    def _done(self) -> bool:
        return self._stop.is_set() or (self._plan.events is not None and self.sent >= self._plan.events)

    # -- live -----------------------------------------------------------------------------------------------------------

    def _live(self, start: int) -> None:
        """One queue over all sites; each event leaves when its time has come."""
        streams = {place.site: self._endless(place, start) for place in self._plan.places}
        waiting = [
            (one[0], index, one) for index, place in enumerate(self._plan.places) if (one := next(streams[place.site]))
        ]
        heapq.heapify(waiting)
        look_at = 0.0
        while not self._done():
            now = self.now()
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + 2.0
                self._mind_the_gateways(now)
            if waiting[0][0] > now:
                self._stop.wait(min((waiting[0][0] - now) / 1_000_000 / self._plan.speed, 0.5))
                continue
            _, index, one = waiting[0]
            place = self._plan.places[index]
            self._put(place, [one])
            self._stumble(place, one)
            following = next(streams[place.site])
            heapq.heapreplace(waiting, (following[0], index, following))

    def _endless(self, place: Place, start: int) -> Iterator[Sent]:
        since = start
        while True:
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

    # -- the past -------------------------------------------------------------------------------------------------------

    def _load_past(self, start: int) -> None:
        """Day by day from the oldest, yielding to what happens now; remembered, so that a restart goes on."""
        today = local_date(start, self._zone)
        days = [today - timedelta(days=back) for back in range(self._plan.history_weeks * 7, 0, -1)]
        done = self._agent.spool.mark("past") or ""
        began, loaded = time.monotonic(), 0
        for number, on in enumerate(days):
            if on.isoformat() <= done:
                continue
            for place in self._plan.places:
                events = [wire(e) for e in history_of_day(place, on, self._plan.seed, self._zone, first=number == 0)]
                self._agent.put(place.site, events, backlog=True)
                loaded += len(events)
                while self._agent.waiting_backlog() > BACKLOG_MOST and not self._stop.is_set():
                    time.sleep(0.05)
                if self._stop.is_set():
                    return
            self._agent.spool.set_mark("past", on.isoformat())
            spent = round(time.monotonic() - began)
            log.info("past", extra={"days": f"{number + 1} of {len(days)}", "events": loaded, "seconds": spent})


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


def _chunks(events: list[Sent], most: int) -> Iterator[list[Sent]]:
    rest = iter(events)
    while chunk := list(islice(rest, most)):
        yield chunk
