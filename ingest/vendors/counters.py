"""Running totals become flows: what passed between two samples, across wraps and resets. Pure."""

from typing import NamedTuple

STEP_MAX = 10_000
"""The contract's largest flow; a larger step is no crowd but a counter that was replaced or set."""
WRAP_STEP_MAX = 1_000
"""People who may pass between two samples of a counter that wrapped; beyond it the counter was reset."""


class Totals(NamedTuple):
    """`epoch`: whatever the device says of when it began to count."""

    came: int
    went: int
    epoch: str | None


class Step(NamedTuple):
    """What passed; `lost`: the totals went back without a cause that is known, so nothing can be said and nothing counts."""

    came: int
    went: int
    lost: bool = False


def step_of(old: Totals | None, new: Totals, wrap: int | None, reset_due: bool) -> Step:
    """The first sample is a baseline. A sample counts from zero only where a reset is known or expected."""
    if old is None:
        return Step(0, 0)
    went_back = new.came < old.came or new.went < old.went
    if new.epoch != old.epoch or (went_back and reset_due):
        return _since_reset(new)
    came, went = _passed(old.came, new.came, wrap), _passed(old.went, new.went, wrap)
    return Step(0, 0, lost=True) if came is None or went is None else Step(came, went)


def _since_reset(new: Totals) -> Step:
    fits = new.came <= STEP_MAX and new.went <= STEP_MAX
    return Step(new.came, new.went) if fits else Step(0, 0, lost=True)


def _passed(old: int, new: int, wrap: int | None) -> int | None:
    if new >= old:
        return new - old if new - old <= STEP_MAX else None
    if wrap and old < wrap and wrap - old + new <= WRAP_STEP_MAX:
        return wrap - old + new
    return None
