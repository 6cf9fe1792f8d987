"""Ourselves: for how long nobody has been listening. One alarm about us, instead of one for each site that we did not hear."""

from models.base import SECOND, Instant


def own(lost_at: Instant | None, hears: bool, holds: bool, now: Instant, gap_s: int) -> tuple[bool, bool]:
    """(raise, resolve): a gap long enough is raised even when it is over by now, so that it stands in the history."""
    gap = lost_at is not None and now - lost_at >= gap_s * SECOND
    return gap and not holds, hears and (holds or gap)
