"""From a reading to a decision: what must last before it counts, and what must have gone before it is over. Pure."""

from dataclasses import dataclass

from ingest.rules.situation import Reading
from models.base import SECOND, Instant
from models.clock_jump import Jump, by_stopwatch


@dataclass(frozen=True, slots=True)
class Raise:
    since: Instant


@dataclass(frozen=True, slots=True)
class Resolve:
    pass


@dataclass(frozen=True, slots=True)
class Verdict:
    """`brewing`: what to remember until the next look; `due_at`: when that must be, though nothing comes."""

    decision: Raise | Resolve | None
    brewing: Instant | None = None
    due_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """Since when we have been listening without a gap (None: we are not), how long that must be, and our clock's jumps."""

    since: Instant | None
    settle_s: int
    jumps: tuple[Jump, ...] = ()

    @property
    def settled_at(self) -> Instant | None:
        return None if self.since is None else self.since + self.settle_s * SECOND


def verdict(reading: Reading, holds: bool, brewing: Instant | None, now: Instant, hearing: Hearing) -> Verdict:
    """What follows for a cause whose alarm is there (`holds`) or not."""
    if holds:
        return _going(reading, brewing, now)
    if not reading.hot:
        return Verdict(None, None, reading.look_at)
    since = _not_ahead(reading.since if reading.since is not None else brewing, now)
    if hearing.settled_at is None:
        return Verdict(None, since, now + hearing.settle_s * SECOND)
    # What has lasted for ten seconds has not lasted for an hour because somebody set our clock.
    ripe_at = by_stopwatch(since, hearing.jumps) + reading.for_s * SECOND
    if reading.of_absence:
        ripe_at = max(ripe_at, hearing.settled_at)
    return Verdict(Raise(since)) if now >= ripe_at else Verdict(None, since, ripe_at)


def _going(reading: Reading, brewing: Instant | None, now: Instant) -> Verdict:
    if not reading.cool:
        return Verdict(None, None, reading.look_at)
    since = _not_ahead(brewing, now)
    over_at = since + reading.calm_for_s * SECOND
    return Verdict(Resolve()) if now >= over_at else Verdict(None, since, over_at)


def _not_ahead(at: Instant | None, now: Instant) -> Instant:
    """A clock that was set back must not make the past begin in the future."""
    return now if at is None or at > now else at
