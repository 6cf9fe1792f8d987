"""The feed: one reader of the database, one frame for each view and scope, as many streams as there are viewers.

Snapshot, change and catching up are one path: a stream asks for what is newer than the position it has sent. A stream
that is slow gets one merged frame. A beat goes out only while the database answers; without beats a page says so itself.
"""

import asyncio
import contextlib
import logging
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from sqlalchemy import Engine

from clock import Clock
from config import Config
from dashboard.access import Viewer
from dashboard.alarm_desk import desk_frame, with_hers
from dashboard.beats import Beats
from dashboard.desk_rows import DeskFrame
from dashboard.followers import Followers, Shown
from dashboard.frames.alarms import alarms_frame
from dashboard.frames.map import map_frame
from dashboard.frames.overview import overview_frame
from dashboard.frames.wall import wall_frame
from dashboard.pace import Pace, frames_per_s
from dashboard.picture import EMPTY, Picture, part_of, place_of
from dashboard.picture_reader import PictureReader
from dashboard.queries.ledgers import Memory
from dashboard.queries.live import Rules
from dashboard.queries.site import site_frame
from dashboard.services_feed import ServicesFeed
from dashboard.shared_frames import SharedFrames
from dashboard.site_watch import SiteTurns, SiteWatch
from dashboard.wire import Wire
from models.database import read_only

log = logging.getLogger(__name__)

PULSE_S = 1.0
RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser comes back."""
DESK_EVERY_S = 0.4
ALIVE_S = 5.0
ALARM_NUMBER = r"[1-9][0-9]{0,17}|"
FRAMES: dict[str, Callable[[Picture, str, int], Any]] = {
    "overview": overview_frame,
    "map": map_frame,
    "alarms": alarms_frame,
    "wall": wall_frame,
}
"""The views that a scope has; a street's and a site's stand beside them."""


class Feed:
    """Reads in a thread, serves from memory."""

    def __init__(self, cfg: Config, engine: Engine, clock: Clock, rules: Rules) -> None:
        self._cfg, self._engine, self._clock, self._rules = cfg, engine, clock, rules
        self._reader = PictureReader(engine, clock, rules)
        self.picture = EMPTY
        self._changed = asyncio.Event()
        self._frames: dict[tuple[str | int, ...], bytes] = {}
        self._newest: dict[str, int] = {}
        self.of_services = ServicesFeed(engine, clock, rules)
        self._ledgers = Memory()
        self.desks: SharedFrames[DeskFrame | None] = SharedFrames(DESK_EVERY_S)
        self._pulsing: asyncio.Task[None] | None = None
        self._followers = Followers()
        self._sites = SiteWatch(engine)
        self.streams = 0
        self.watched: Counter[str] = Counter()
        """Streams by scope, without those of one site's page, which reads for itself."""

    @property
    def is_alive(self) -> bool:
        """Whether the database has answered in the last seconds."""
        return self.picture.version > 0 and time.monotonic() - self._reader.good_at < ALIVE_S

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
        # All streams get a picture together: a frame is made once for all of them, and none waits by a watch of its own.
        web = self._cfg.web
        pace, every_s = Pace(web.frames_per_s_max), web.feed_every_ms / 1000
        while True:
            began = time.monotonic()
            try:
                newer = await asyncio.to_thread(self._look)
            except Exception:
                log.exception("the feed could not read")
                await asyncio.sleep(0.5)
                continue
            ready = time.monotonic()
            if newer is not None:
                await asyncio.sleep(pace.wait_s(ready))
                pace.space(self._frames_per_s())
                self._publish(newer)
                pace.left(ready, time.monotonic())
                await self._sum_up()
            now_s = time.monotonic()
            await asyncio.sleep(max(every_s, pace.rest_s(now_s, ready - began)))

    def _frames_per_s(self) -> float:
        return frames_per_s(self.streams, self._cfg.web.frames_per_s_max, self._cfg.web.frames_sent_per_s_max)

    async def _pulse(self) -> None:
        """Streams look up each second, also while the database says nothing: whether a beat is due, whether they end."""
        while True:
            await asyncio.sleep(PULSE_S)
            self._wake()

    def _publish(self, newer: Picture) -> None:
        self.picture, self._frames, self._newest = newer, {}, {}
        self._wake()
        self._followers.tell(newer.version, self._newer)

    def _wake(self) -> None:
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()
        self._sites.ring()

    def _look(self) -> Picture | None:
        return self._reader.look(self.picture, self._watched_now())

    async def _sum_up(self) -> None:
        try:
            await asyncio.to_thread(self._reader.sum_up, self.picture, self._watched_now())
        except Exception:
            log.exception("the feed could not add up today")

    def _watched_now(self) -> list[str]:
        return [scope for scope, streams in list(self.watched.items()) if streams]

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
        place = place_of(picture, site, viewer)
        if place is None:
            return None
        key = ("site", site, picture.version, self._sites.moves(place.id))
        if key not in frames:
            with read_only(self._engine) as connection:
                frame = site_frame(connection, place, self._clock.now(), self._rules, self._ledgers)
            frames[key] = msgspec.json.encode(frame)
        return frames[key]

    def services(self, scope: str) -> bytes:
        """The services of a scope, read for all its streams together. Call it in a thread."""
        return self.of_services.frame(self.picture, scope)

    def desk(self, alarm: str, viewer: Viewer) -> bytes | None:
        """The alarms desk with one alarm in full, read for all who see the same together. Call it in a thread.

        What waits for the viewer herself is read for her.
        """
        number, key = int(alarm) if alarm else None, _desk_key(alarm, viewer)
        with read_only(self._engine) as connection:
            frame = self.desks.get(
                key,
                self.picture.version,
                lambda: desk_frame(connection, viewer, number, self._clock.now(), self._rules),
            )
            return msgspec.json.encode(with_hers(connection, viewer, frame)) if frame else None

    def knows(self, view: str, viewer: Viewer) -> bool:
        """Whether this view exists for this viewer."""
        kind, _, code = view.partition(":")
        if viewer.role == "wall":
            return view == "wall"
        if kind == "site":
            return place_of(self.picture, code, viewer) is not None
        if kind == "street":
            mine = [p for p in self.picture.facts.values() if p.street == code]
            return any(viewer.sees(p.site, p.street, p.community) for p in mine)
        if kind == "desk":
            return re.fullmatch(ALARM_NUMBER, code) is not None
        return view in FRAMES or view == "services"

    # -- streams --------------------------------------------------------------------------------------------------------

    async def stream(
        self, view: str, viewer: Viewer, still_allowed: Callable[[], Awaitable[bool]], wire: Wire | None = None
    ) -> AsyncIterator[bytes]:
        """Server-sent events: a snapshot, then changes, at most `frames_per_s_max` a second, a beat every ten seconds.

        Over a `wire` most frames do not come out here: they have been written already.
        """
        counted = 0 if view.startswith("site:") else 1
        if not self.streams:
            self._pulsing = asyncio.create_task(self._pulse())
        self.streams += 1
        self.watched[_scope_of(view, viewer)] += counted
        beats = Beats(lambda: self._is_allowed(still_allowed), time.monotonic())
        try:
            async with self._turns(view, viewer) as turns:
                async for piece in self._sent(view, viewer, beats, wire, turns):
                    yield piece
        finally:
            beats.end()
            self.streams -= 1
            self.watched[_scope_of(view, viewer)] -= counted
            if not self.streams and self._pulsing is not None:
                self._pulsing.cancel()

    @contextlib.asynccontextmanager
    async def _turns(self, view: str, viewer: Viewer) -> AsyncIterator[SiteTurns | None]:
        """A site's page has its own; all other streams take theirs together, with the picture."""
        kind, _, code = view.partition(":")
        place = place_of(self.picture, code, viewer) if kind == "site" else None
        if place is None:
            yield None
            return
        async with self._sites.watching(place.id):
            yield SiteTurns(self._sites, place.id, self._cfg.web.frames_per_s_max)

    async def _sent(
        self, view: str, viewer: Viewer, beats: Beats, wire: Wire | None, turns: SiteTurns | None
    ) -> AsyncIterator[bytes]:
        yield RETRY
        scope, shared = _scope_of(view, viewer), _shared(view)
        ends, sent = time.monotonic() + self._cfg.web.stream_minutes * 60, 0
        while (now_s := time.monotonic()) < ends:
            woken, may = turns.bell if turns else self._changed, beats.answer(now_s)
            if may is False:
                return
            if may and self.is_alive:
                yield b"event: beat\ndata: " + msgspec.json.encode({"as_of": self._clock.now()}) + b"\n\n"
            if self._has_news(scope, sent, turns):
                if turns:
                    await turns.come(self._frames_per_s())
                version, after = self.picture.version, self._after(sent)
                frame = await self._frame(view, viewer, after)
                if frame is None:
                    return
                yield _message(frame, after)
                sent, frame = version, None
                if not after:
                    # Whoever sends holds on to what was last sent, and a snapshot is large: 500 viewers held 90 MiB.
                    yield RETRY
            elif wire is not None and shared:
                rest_s = min(beats.rest_s(now_s), ends - now_s)
                sent = await self._followers.follow((shared, scope), wire, sent, rest_s)
            else:
                await woken.wait()

    async def _is_allowed(self, still_allowed: Callable[[], Awaitable[bool]]) -> bool:
        """A database that does not answer ends no stream: the missing beats say so, and it goes on afterwards."""
        try:
            return await still_allowed()
        except Exception:
            log.warning("a stream could not be checked", exc_info=True)
            return True

    def _has_news(self, scope: str, sent: int, turns: SiteTurns | None) -> bool:
        """For a stream that has sent so much; a site's page hears of its site beside the picture."""
        return turns.has_news(self._is_tick(sent)) if turns else self._is_news(scope, sent)

    def _is_news(self, scope: str, sent: int) -> bool:
        """Something in the viewer's own scope, or a full second; what happens elsewhere wakes nobody here."""
        picture = self.picture
        if picture.version <= sent:
            return False
        if self._is_tick(sent):
            return True
        if scope not in self._newest:
            self._newest[scope] = part_of(picture, scope).newest_version
        return self._newest[scope] > sent

    def _is_tick(self, sent: int) -> bool:
        """A full second has passed, or the registry changed, since what was sent."""
        return self.picture.ticked_version > sent or self.picture.registered_version > sent

    def _newer(self, shown: Shown, sent: int) -> bytes | None:
        """What everybody gets who watches this and has sent so much."""
        after = self._after(sent)
        return _message(self.whole(*shown, after), after) if self._is_news(shown[1], sent) else None

    def _after(self, sent: int) -> int:
        """Nothing, for who has not heard of the registry as it is now."""
        return sent if sent >= self.picture.registered_version else 0

    async def _frame(self, view: str, viewer: Viewer, after: int) -> bytes | None:
        if shared := _shared(view):
            return self.whole(shared, _scope_of(view, viewer), after)
        kind, _, code = view.partition(":")
        if kind == "site":
            return await asyncio.to_thread(self.site, code, viewer)
        if after:
            await asyncio.sleep(self._rest_s(kind, code, viewer))
        if kind == "services":
            return await asyncio.to_thread(self.services, viewer.scope)
        return await asyncio.to_thread(self.desk, code, viewer)

    def _rest_s(self, kind: str, code: str, viewer: Viewer) -> float:
        """Until services or a desk may be read again, if what is kept of them is older than the picture."""
        if kind == "services":
            return self.of_services.rest_s(viewer.scope, self.picture.version)
        return self.desks.rest_s(_desk_key(code, viewer), self.picture.version)


def _message(frame: bytes, after: int) -> bytes:
    return (b"" if after else b"event: snapshot\n") + b"data: " + frame + b"\n\n"


def _desk_key(alarm: str, viewer: Viewer) -> tuple[str, str, str]:
    """Who has the same scope and role sees the same."""
    return viewer.scope, viewer.role, alarm


def _shared(view: str) -> str:
    """The view whose frame everybody with a scope shares; nothing for one that reads for itself."""
    return "overview" if view.startswith("street:") else view if view in FRAMES else ""


def _scope_of(view: str, viewer: Viewer) -> str:
    """What a stream is about: the viewer's scope, or the street or site within it that she asked for."""
    kind = view.partition(":")[0]
    return view if kind == "site" or (kind == "street" and not viewer.scope) else viewer.scope
