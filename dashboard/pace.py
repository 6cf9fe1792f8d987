"""When a frame may leave: never more than so many in any second, and at once where nobody has had to wait. Pure.

Full seconds bring a frame of their own, so an event just after one would wait for nothing but the spacing.
"""

from collections import deque

SECOND_S = 1.0
LEAST_PER_S = 2
"""However many watch: live is under a second."""


def frames_per_s(streams: int, most_each: int, most_together: int) -> float:
    """Of each stream, so that all of them together cost no more than so many frames a second do."""
    return max(min(most_each, LEAST_PER_S), min(most_each, most_together / max(1, streams)))


class Pace:
    def __init__(self, per_s: int) -> None:
        self._apart_s = 1 / per_s
        self._left: deque[float] = deque([float("-inf")] * per_s, per_s)
        self._next_at, self._crowded_at = float("-inf"), float("-inf")
        """When the next one's turn is, and when one last waited for its turn or came before it."""

    def space(self, per_s: float) -> None:
        """From the next frame on they come so far apart."""
        self._apart_s = 1 / per_s

    def wait_s(self, now_s: float) -> float:
        """Of a frame that is ready now."""
        return 0.0 if self._may_hurry(now_s) else max(0.0, self._next_at - now_s)

    def left(self, ready_s: float, now_s: float) -> None:
        """A frame that was ready at one moment has left at another."""
        if ready_s < self._next_at:
            self._crowded_at = now_s
        self._left.append(now_s)
        self._next_at = max(self._next_at, now_s) + self._apart_s

    def rest_s(self, now_s: float, look_s: float) -> float:
        """How long there is no use in looking, when a look takes so long: what is read early only grows old."""
        return 0.0 if self._may_hurry(now_s) else max(0.0, self._next_at - now_s - look_s)

    def _may_hurry(self, now_s: float) -> bool:
        """Whether one may come before its turn; then the turn of the one after it is so much later."""
        return now_s >= self._crowded_at + SECOND_S and now_s >= self._left[0] + SECOND_S
