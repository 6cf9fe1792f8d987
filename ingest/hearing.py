"""Since when we have been listening to the broker without a gap: what did not come before proves nothing about the sites."""

from dataclasses import dataclass

from models.base import HOUR, SECOND, Instant
from models.clock_jump import Jump, jumps_now

STOOD_S = 5.0
"""A turn of the worker's loop that took longer: the process stood still, and heard nothing meanwhile."""


@dataclass
class Ears:
    """`lost_at`: when a gap began that has not been spoken of yet; it outlives the hearing again."""

    jump_s: int = 30
    settle_s: int = 300
    gap_h_max: int = 72
    """What the clock leaves out in one step is a gap in which nobody could be heard, unless it is more than this."""
    since: Instant | None = None
    lost_at: Instant | None = None
    jumps: tuple[Jump, ...] = ()
    """Of our clock, while what was noted before them may still be judged."""
    known_to: Instant | None = None
    """The clock was set so that no gap of ours is known to reach beyond this; not spoken of yet."""
    _now: Instant | None = None
    _now_s: float = 0.0

    def note(self, hears: bool, now: Instant, now_s: float) -> None:
        """Each turn of the worker's loop; `now_s` is a stopwatch's."""
        before = None if self._now is None else (self._now, self._now_s)
        ahead = (now - before[0]) - round((now_s - before[1]) * SECOND) if before else 0
        jumped = abs(ahead) > self.jump_s * SECOND
        stood = before is not None and now_s - before[1] > STOOD_S
        self.jumps = jumps_now(self.jumps, before, (now, now_s), self.jump_s, self.settle_s)
        if jumped:
            self._jumped(ahead, now)
        if not hears:
            if self.since is not None or self.lost_at is None:
                self.lost_at = self._now if self.since is not None and self._now is not None else now
            self.since = None
        elif self.since is None or jumped or stood:
            if stood and self.lost_at is None:
                self.lost_at = self._now
            self.since = now
        self._now, self._now_s = now, now_s

    def _jumped(self, ahead: Instant, now: Instant) -> None:
        """By a stopwatch no time passed in what the clock left out, so nobody was heard in it, whichever reading was right. A
        clock that was set back, or ahead by more than can be believed, leaves nothing that may be counted from before it."""
        if 0 < ahead <= self.gap_h_max * HOUR:
            self.lost_at = self._now if self.lost_at is None else self.lost_at
            return
        self.known_to = now if ahead < 0 else self._now
        self.lost_at = None if self.lost_at is None or ahead > 0 else min(self.lost_at, now)
        self._now = now

    @property
    def has_news(self) -> bool:
        """We hear, and have not said since when we had not."""
        return self.since is not None and (self.lost_at is not None or self.known_to is not None)

    def spoken_of(self) -> None:
        """The gap is over and has its alarm, or was too short for one."""
        if self.since is not None:
            self.lost_at = self.known_to = None
