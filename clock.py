"""The only file that reads the wall clock.

Everything that happens to elders (events, states, days) lives in the product's time, which may be shifted by `clock.offset_s`
so that a simulated district can show a working morning at midnight. What protects accounts (sign-in, sessions, links) uses
the real time: a shifted clock must not lengthen a link's life.
"""

import time
from dataclasses import dataclass

Instant = int
"""Microseconds since 1970-01-01T00:00:00 UTC."""


def real_now() -> Instant:
    return time.time_ns() // 1000


@dataclass(frozen=True)
class Clock:
    offset_s: float = 0.0

    def now(self) -> Instant:
        return real_now() + int(self.offset_s * 1_000_000)

    def stopwatch_s(self) -> float:
        """Seconds that nobody can set, since a moment of no meaning; beside `now` they tell that somebody set the clock."""
        return time.monotonic()
