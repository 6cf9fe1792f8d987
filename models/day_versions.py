"""Versions of a day: in what a later one differs, why there is one, and the fingerprint that a signature holds."""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from models.day import DaySummary
from models.day_blocks import Gear
from models.day_reading import facts_of

Scalar = int | float | str | bool | None
Change = tuple[str, Scalar, Scalar]
"""Figure, before, now."""
_FOLLOWS = ("minutes", "tallies", "hours", "gear.silences", "safety.open_alarms")
"""What a list of changes leaves out: other figures already say it."""


def changes(before: DaySummary | None, now: DaySummary) -> list[Change]:
    """Figure by figure; none for the first version."""
    if before is None:
        return []
    old, new = dict(_flat(facts_of(before))), dict(_flat(facts_of(now)))
    return [(name, old.get(name), new.get(name)) for name in sorted(old | new) if old.get(name) != new.get(name)]


def _flat(day: DaySummary) -> Iterator[tuple[str, Scalar]]:
    """Names like `meals.served`; of what stands in lists only how many there are."""
    yield from _of(msgspec.to_builtins(day), "")


def _of(value: Any, name: str) -> Iterator[tuple[str, Scalar]]:
    if name.startswith(_FOLLOWS):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _of(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list | tuple):
        yield name, len(value)
    else:
        yield name, value


def why(before: DaySummary | None, now: DaySummary, corrected: bool) -> str:
    """first, corrected (somebody counted anew), late (events came late), or recomputed."""
    if before is None:
        return "first"
    if corrected:
        return "corrected"
    grown = now.gear and before.gear and _came_late(now.gear) > _came_late(before.gear)
    return "late" if grown else "recomputed"


def _came_late(gear: Gear) -> int:
    return gear.late + gear.late_by_us


def fingerprint(summary: str) -> str:
    """Of the stored text; short enough to be compared by eye, and to stand in print."""
    digest = hashlib.sha256(summary.encode()).hexdigest()
    return f"{digest[:4]} {digest[4:8]}"
