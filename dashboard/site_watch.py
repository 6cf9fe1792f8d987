"""Which of the watched sites have changed, known as soon as it is kept.

Pictures of the whole district take turns, five a second, so a change waits for the next one. A single site seldom
changes as often: whoever looks at one need not wait for a turn, only for this look.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator

from sqlalchemy import Engine, func, select

from dashboard.pace import Pace
from dashboard.queries.live import changed_since
from models.change_mark import ChangeMark
from models.database import read_only
from models.occupancy import SiteState

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.02
"""A number of SQLite's takes 10 µs, and two looks differ only while somebody watches a site."""
TROUBLED_S = 0.5
FRESH_S = 0.8
"""A full second brings a frame of its own only to who has had none for so long: it must not stand before a change."""

_NEWEST = select(func.coalesce(func.max(SiteState.changed), 0))


class SiteWatch:
    """Looks only while a site is watched; sites go by their numbers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._mark = ChangeMark(engine)
        self._marked: int | None = None
        self._change: int | None = None
        self._watched: Counter[int] = Counter()
        self._bells: dict[int, asyncio.Event] = {}
        self._moves: Counter[int] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._has_looked = asyncio.Event()

    @contextlib.asynccontextmanager
    async def watching(self, site: int) -> AsyncIterator[None]:
        """For as long as a stream shows this site; what it reads from here on misses nothing."""
        self._watched[site] += 1
        self._bells.setdefault(site, asyncio.Event())
        if self._looking is None or self._looking.done():
            self._has_looked = asyncio.Event()
            self._looking = asyncio.create_task(self._run())
        try:
            await self._has_looked.wait()
            yield
        finally:
            self._leave(site)

    def _leave(self, site: int) -> None:
        self._watched[site] -= 1
        if not self._watched[site]:
            del self._watched[site], self._bells[site]
            self._moves.pop(site, None)

    def bell(self, site: int) -> asyncio.Event:
        """Set at the next change; take it before asking what is known."""
        return self._bells[site]

    def moves(self, site: int) -> int:
        """A number that grows with each change of a watched site."""
        return self._moves[site]

    def ring(self) -> None:
        """Wakes all streams of sites: there is something to do for each of them."""
        for site in self._bells:
            self._ring(site)

    def _ring(self, site: int) -> None:
        rung, self._bells[site] = self._bells[site], asyncio.Event()
        rung.set()

    async def _run(self) -> None:
        self._change = None
        while self._watched:
            try:
                changed = await asyncio.to_thread(self._look)
            except Exception:
                log.warning("watched sites could not be looked at", exc_info=True)
                await asyncio.sleep(TROUBLED_S)
                continue
            self._has_looked.set()
            for site in changed & self._bells.keys():
                self._moves[site] += 1
                self._ring(site)
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> set[int]:
        """Sites that changed since the last look; none at the first one, after which streams read all there is."""
        mark = self._mark.look()
        if mark == self._marked and self._change is not None:
            return set()
        with read_only(self._engine) as connection:
            if self._change is None:
                changed: list[int] = []
                newest = int(connection.execute(_NEWEST).scalar_one())
            else:
                changed, newest = changed_since(connection, self._change)
        self._marked, self._change = mark, newest
        return set(changed)


class SiteTurns:
    """When one stream of a site has something to say, and when its next frame may leave."""

    def __init__(self, watch: SiteWatch, site: int, per_s: int) -> None:
        self._watch, self._site, self._pace = watch, site, Pace(per_s)
        self._told, self._left_s = -1, float("-inf")

    @property
    def bell(self) -> asyncio.Event:
        return self._watch.bell(self._site)

    def has_news(self, is_tick: bool) -> bool:
        """`is_tick`: a full second has passed since what was last sent."""
        is_fresh = time.monotonic() - self._left_s < FRESH_S
        return self._watch.moves(self._site) != self._told or (is_tick and not is_fresh)

    async def come(self, per_s: float) -> None:
        """Returns when a frame may leave, which then tells all that is known."""
        ready_s = time.monotonic()
        await asyncio.sleep(self._pace.wait_s(ready_s))
        self._pace.space(per_s)
        self._left_s = time.monotonic()
        self._pace.left(ready_s, self._left_s)
        self._told = self._watch.moves(self._site)
