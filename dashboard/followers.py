"""Streams that have sent all there is: those of one view and scope get what comes next together, as one run of bytes."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from dashboard.wire import Wire, chunk

log = logging.getLogger(__name__)

Shown = tuple[str, str]
"""A view and a scope."""
Newer = Callable[[Shown, int], bytes | None]
"""The message for a stream that has sent everything up to a version; None when there is nothing new for it."""


@dataclass(eq=False, slots=True)
class _Follower:
    wire: Wire
    sent: int
    let_go: asyncio.Future[None]


class Followers:
    def __init__(self) -> None:
        self._groups: dict[Shown, set[_Follower]] = {}

    async def follow(self, shown: Shown, wire: Wire, sent: int, seconds: float) -> int:
        """For so long, or until the viewer reads too slowly to be written at; tells the version that it has sent by then."""
        follower = _Follower(wire, sent, asyncio.get_running_loop().create_future())
        group = self._groups.setdefault(shown, set())
        group.add(follower)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await follower.let_go
        finally:
            group.discard(follower)
            if not group:
                self._groups.pop(shown, None)
        return follower.sent

    def tell(self, version: int, newer: Newer) -> None:
        """What is new at this version, to everybody. A frame that cannot be made is its streams' own trouble to tell."""
        for shown, group in list(self._groups.items()):
            try:
                self._tell(group, version, lambda sent, shown=shown: newer(shown, sent))  # type: ignore[misc]
            except Exception:
                log.exception("a frame could not be made", extra={"view": shown[0], "scope": shown[1]})
                for follower in group:
                    _let_go(follower)

    def _tell(self, group: set[_Follower], version: int, newer: Callable[[int], bytes | None]) -> None:
        pieces: dict[int, bytes | None] = {}
        for follower in group:
            if follower.sent not in pieces:
                made = newer(follower.sent)
                pieces[follower.sent] = None if made is None else chunk(made)
            piece = pieces[follower.sent]
            if piece is None:
                continue
            if follower.wire.is_free:
                follower.wire.write(piece)
                follower.sent = version
            else:
                _let_go(follower)


def _let_go(follower: _Follower) -> None:
    if not follower.let_go.done():
        follower.let_go.set_result(None)
