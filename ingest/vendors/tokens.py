"""A person becomes an opaque token: a keyed hash that nobody can compute, or guess back, without the installation's key."""

import hmac
from collections.abc import Callable

Tokens = Callable[[str, str], str]
"""(site, what the device calls the person) → token; reads the key only when one is asked for."""


def token(key: bytes, site: str, source: str) -> str:
    """The same person at two sites has two tokens, so that nobody can be followed from place to place."""
    told = hmac.new(key, f"{site}\0{source}".encode(), "sha256").hexdigest()
    # The letter in front keeps a token from ever looking like an identity or mobile number.
    return f"p{told[:24]}"


def token_for_samples(site: str, source: str) -> str:
    """Previews and samples show that there is a token, and not whose."""
    return token(b"sample", site, source)
