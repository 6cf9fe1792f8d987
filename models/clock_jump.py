"""Our own clock was set ahead: one trouble of ours, and no proof that any site fell silent. Pure."""

from dataclasses import dataclass, replace

from models.base import SECOND, Instant

Seen = tuple[Instant, float]
"""What the clock (microseconds) and a stopwatch (seconds) showed at the same moment."""


@dataclass(frozen=True, slots=True)
class Jump:
    after: Instant
    """The first reading of the clock that holds now."""
    by: Instant
    """How far the clock went ahead of the stopwatch."""
    until: Instant
    """By then every site has had time to be heard again."""


def jumps_now(
    jumps: tuple[Jump, ...], before: Seen | None, here: Seen, beyond_s: int, settle_s: int
) -> tuple[Jump, ...]:
    """The jumps that count at `here`; a clock that was set back behind one has taken it away."""
    if before is None:
        return jumps
    now = here[0]
    by = (now - before[0]) - round((here[1] - before[1]) * SECOND)
    if by <= beyond_s * SECOND:
        return tuple(jump for jump in jumps if jump.after <= now < jump.until)
    until = now + settle_s * SECOND
    kept = tuple(replace(jump, until=until) for jump in jumps if before[0] < jump.until)
    return (*kept, Jump(now, by, until))


def by_stopwatch(at: Instant, jumps: tuple[Jump, ...]) -> Instant:
    """An instant noted before a jump, in terms of the clock that holds now: as long ago as a stopwatch would say."""
    for jump in jumps:
        if at <= jump.after - jump.by:
            at += jump.by
    return at
