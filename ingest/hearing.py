"""Since when we have been listening to the broker without a gap: what did not come before proves nothing about the sites."""

from dataclasses import dataclass

from models.base import SECOND, Instant

JUMP: Instant = 5 * SECOND
"""A clock and a stopwatch that disagree by more than this: the clock was set, or the machine slept."""


@dataclass
class Ears:
    """`lost_at`: when a gap began that has not been spoken of yet; it outlives the hearing again."""

    since: Instant | None = None
    lost_at: Instant | None = None
    _now: Instant | None = None
    _now_s: float = 0.0

    def note(self, hears: bool, now: Instant, now_s: float) -> None:
        """Each turn of the worker's loop; `now_s` is a stopwatch's."""
        jumped = self._now is not None and abs((now - self._now) - (now_s - self._now_s) * SECOND) > JUMP
        stood = self._now is not None and now_s - self._now_s > JUMP / SECOND
        if not hears:
            if self.since is not None or self.lost_at is None:
                self.lost_at = self._now if self.since is not None and self._now is not None else now
            self.since = None
        elif self.since is None or jumped or stood:
            if stood and self.lost_at is None:
                self.lost_at = self._now
            self.since = now
        self._now, self._now_s = now, now_s

    def spoken_of(self) -> None:
        """The gap is over and has its alarm, or was too short for one."""
        if self.since is not None:
            self.lost_at = None
