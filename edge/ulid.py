"""Sender's ids that sort by time: 48 bits of milliseconds, 80 bits of chance, in Crockford's base 32."""

import secrets

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]


def ulid(at_us: int, chance: int | None = None) -> str:
    """26 characters for an instant in microseconds; `chance` of 80 bits makes it repeatable."""
    rest = secrets.randbits(80) if chance is None else chance & ((1 << 80) - 1)
    number = (max(at_us, 0) // 1000 & ((1 << 48) - 1)) << 80 | rest
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
