"""When a stream's beat is due, and whether its viewer still may watch: asked beside the frames, which wait for nobody."""

import asyncio
from collections.abc import Awaitable, Callable

BEAT_S = 10.0
LOOKS_S = 0.5
"""How long after an answer it may be noticed."""


class Beats:
    def __init__(self, still_allowed: Callable[[], Awaitable[bool]], now_s: float) -> None:
        self._still_allowed, self._due_s = still_allowed, now_s + BEAT_S
        self._asked: asyncio.Task[bool] | None = None

    def answer(self, now_s: float) -> bool | None:
        """None until a beat is due and it is known whether the viewer still may; then whether she may, once."""
        if self._asked is None and now_s >= self._due_s:
            self._asked = asyncio.ensure_future(self._ask())
        if self._asked is None or not self._asked.done():
            return None
        answer, self._asked, self._due_s = self._asked.result(), None, now_s + BEAT_S
        return answer

    def rest_s(self, now_s: float) -> float:
        """How long there is nothing to look for."""
        return LOOKS_S if self._asked else max(0.0, self._due_s - now_s)

    def end(self) -> None:
        if self._asked:
            self._asked.cancel()

    async def _ask(self) -> bool:
        return await self._still_allowed()
