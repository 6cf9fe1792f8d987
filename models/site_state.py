"""What a site's silence means: new, live, late, silent, closed. Pure; `now` and the opening hours are arguments."""

from enum import StrEnum

from models.base import SECOND, Instant


class State(StrEnum):
    NEW = "new"
    LIVE = "live"
    LATE = "late"
    SILENT = "silent"
    CLOSED = "closed"


REPORTING = frozenset((State.LIVE, State.LATE))
"""Only these enter a sum; `closed` is in neither n nor N."""


def state_of(heard_at: Instant | None, is_open: bool, now: Instant, late_after_s: int, silent_after_s: int) -> State:
    if not is_open:
        return State.CLOSED
    if heard_at is None:
        return State.NEW
    age = now - heard_at
    if age <= late_after_s * SECOND:
        return State.LIVE
    return State.LATE if age <= silent_after_s * SECOND else State.SILENT


def is_sign_of_life(effective_at: Instant, received_at: Instant, retained: bool, within_s: int = 900) -> bool:
    """Whether a new event shows that the site is alive now: an old, late or retained one does not."""
    return not retained and abs(received_at - effective_at) <= within_s * SECOND
