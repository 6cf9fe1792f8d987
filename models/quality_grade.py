"""A site's data quality as one letter with its reason: explicit rules, worst first. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    lag_s: int
    """P95 in seconds above which figures come too late to act on."""
    offset_s: int
    """Seconds by which a device's clock may differ."""
    automatic_pct: int
    """Per cent of events that nobody typed, at least."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the grade rests on."""

    state: str
    silent_s: int | None
    missing: int
    lag_p95_s: float | None
    offset_ms: int | None
    negative: int
    rejected: int
    automatic: float | None


@dataclass(frozen=True, slots=True)
class Grade:
    letter: str
    why: str = ""
    number: int = 0


def grade(said: Arrived, limits: Limits) -> Grade:
    """C: its figures cannot be used now. B: they can, with the reason beside them. The first reason that is true is told."""
    if said.state == "silent":
        return Grade("C", "silent", (said.silent_s or 0) // 60)
    if said.state == "new":
        return Grade("C", "new")
    for true, why, number in _doubts(said, limits):
        if true:
            return Grade("B", why, number)
    return Grade("A")


def _doubts(said: Arrived, limits: Limits) -> tuple[tuple[bool, str, int], ...]:
    lag, offset_s = said.lag_p95_s or 0.0, abs(said.offset_ms or 0) // 1000
    typed = said.automatic is not None and said.automatic * 100 < limits.automatic_pct
    return (
        (said.negative > 0, "negative", said.negative),
        (said.missing > 0, "missing", said.missing),
        (said.rejected > 0, "rejected", said.rejected),
        (offset_s > limits.offset_s, "offset", offset_s),
        (lag > limits.lag_s, "lag", 0),
        (said.state == "late", "late", (said.silent_s or 0) // 60),
        (typed, "typed", 100 - round((said.automatic or 0) * 100)),
    )
