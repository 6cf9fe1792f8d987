"""Seeded chance: the same seed, site and day give the same day, on every machine and after every restart."""

import random
from hashlib import blake2b


def chance(*of: object) -> random.Random:
    """A generator that depends on nothing but its arguments."""
    told = blake2b("\0".join(map(str, of)).encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(told, "big"))  # noqa: S311 - no secret


def bits(*of: object) -> int:
    """80 bits for an id."""
    return int.from_bytes(blake2b("\0".join(map(str, of)).encode(), digest_size=10).digest(), "big")
