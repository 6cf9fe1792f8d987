"""What a check of a password may cost on this machine: as much memory as a quarter of a second buys, never below OWASP's least."""

import time
from collections.abc import Callable, Iterator

from argon2.low_level import Type, hash_secret

LEAST_MIB, PASSES = 19, 2
CHOICES_MIB = (19, 32, 46, 64, 96, 128)
GOAL_S = 0.25


def calibrated(cost_s: Callable[[int], float] | None = None) -> Iterator[str]:
    """One line for each choice, then what to write into config.yaml. `cost_s`: seconds of one check with so many MiB."""
    measure, best = cost_s or _cost_s, LEAST_MIB
    for mib in CHOICES_MIB:
        took_s = measure(mib)
        yield f"# {mib} MiB, {PASSES} passes: {took_s:.3f} s"
        if took_s > GOAL_S:
            break
        best = mib
    yield "accounts:"
    yield f"  argon2_memory_mib: {best}"
    yield f"  argon2_passes: {PASSES}"


def _cost_s(mib: int) -> float:
    """The median of three."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        hash_secret(b"four words make it", b"0123456789abcdef", PASSES, mib * 1024, 1, 32, Type.ID)
        took.append(time.perf_counter() - began)
    return sorted(took)[1]
