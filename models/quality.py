"""How well a site's data arrives: what a slot counts beside its minutes, and the lag that follows from it. Pure."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from models.base import SECOND, Instant

LAG_EDGES_S = (2, 10, 60, 600)
"""Events that took longer than each of these are counted; any number of such counts adds up to one that tells P95."""
BY_HAND = frozenset(("staff", "desk", "phone", "call"))
"""Methods by which a person typed the event; everything else came from a sensor, a card or a code."""
NO_DELAYS = (0,) * len(LAG_EDGES_S)
_EDGES = [edge * SECOND for edge in LAG_EDGES_S]


@dataclass(frozen=True, slots=True)
class Delivered:
    """Events of some time. `timed` are those whose delay says something of the line: not a device's own backfill."""

    events: int = 0
    by_hand: int = 0
    timed: int = 0
    over: tuple[int, ...] = NO_DELAYS
    """How many of `timed` took longer than each edge."""

    @property
    def automatic(self) -> float | None:
        """The share that nobody typed, 0..1."""
        return 1 - self.by_hand / self.events if self.events else None

    @property
    def lag_p95_s(self) -> float | None:
        """Event to reception in seconds, read off between two edges; `inf` beyond the last, the first edge means at most."""
        return lag_p95(self.timed, self.over)


NOTHING = Delivered()


def edges_passed(at: Instant, received_at: Instant) -> int:
    """How many of the edges this event took longer than: always the first ones."""
    return bisect_left(_EDGES, received_at - at)


def lag_p95(timed: int, over: Sequence[int]) -> float | None:
    if not timed:
        return None
    allowed = timed * 0.05
    if over[0] <= allowed:
        return float(LAG_EDGES_S[0])
    for low, high, above, beyond in zip(LAG_EDGES_S, LAG_EDGES_S[1:], over, over[1:], strict=False):
        if beyond <= allowed:
            share = (above - allowed) / (above - beyond)
            return float(low * (high / low) ** share)
    return float("inf")
