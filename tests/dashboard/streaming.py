"""Open streams of the feed, read as browsers do, and who reads them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable

from dashboard.access import Viewer
from tests.dashboard.town import SITE, STREET, Town, apart

DISTRICT = Viewer("d", "district", "")
STREET_EYE = Viewer("s", "street", f"street:{STREET}")
WALL_EYE = Viewer("w", "wall", "")
SITE_EYE = Viewer("m", "site", f"site:{SITE}")


async def always() -> bool:
    return True


class Stream:
    """One open stream, read as a browser would."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.pieces = pieces

    async def next(self, seconds: float = 20) -> tuple[str, dict]:
        """(event, data) of the next message; ('end', {}) when it is over."""
        while True:
            try:
                piece = await asyncio.wait_for(anext(self.pieces), seconds)
            except StopAsyncIteration:
                return "end", {}
            lines = dict(line.split(": ", 1) for line in piece.decode().strip().split("\n"))
            if "data" in lines:
                return lines.get("event", "message"), json.loads(lines["data"])


def streaming(
    town: Town, *steps: Callable, view: str = "overview", viewer: Viewer = DISTRICT
) -> list[tuple[str, dict]]:
    """The first message, and the next after each step."""

    async def run() -> list[tuple[str, dict]]:
        stream = Stream(town.feed.stream(view, viewer, always))
        heard = [await stream.next()]
        for step in steps:
            step()
            heard.append(await stream.next())
        await stream.pieces.aclose()  # type: ignore[attr-defined]
        return heard

    return apart(run())


def look(town: Town) -> None:
    """One look between two full seconds."""
    now = time.monotonic()
    town.feed._reader.seconds_at = town.feed._reader.today_at = now
    newer = town.feed._look()
    if newer is not None:
        town.feed._publish(newer)


def codes(frame: dict) -> list[str]:
    return [row["site"] for row in frame["sites"]]
