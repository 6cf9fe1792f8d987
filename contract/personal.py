"""Numbers that name a person must not be stored: a token that looks like one is refused and masked in the kept bytes."""

import json
import re
from typing import Any

_IDENTITY = re.compile(r"\d{17}[\dXx]", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FIELDS = ("person", "worker")


def is_personal(token: object) -> bool:
    """A Chinese identity number with a valid checksum (GB 11643), or a mobile number."""
    if not isinstance(token, str):
        return False
    if _MOBILE.fullmatch(token):
        return True
    if not _IDENTITY.fullmatch(token):
        return False
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, token, strict=False)) % 11
    return "10X98765432"[rest] == token[17].upper()


def personal_in(said: Any) -> list[str]:
    """The tokens of an element that must be masked."""
    if not isinstance(said, dict):
        return []
    return [said[name] for name in FIELDS if is_personal(said.get(name))]


def masked(raw: bytes, said: dict[str, Any]) -> bytes:
    """The element's bytes without the numbers, wherever they stand in it."""
    tokens = personal_in(said)
    kept = raw
    for token in tokens:
        kept = kept.replace(token.encode(), b"*" * len(token))
    if not _still_there(kept):
        return kept
    # Spelt with escapes: write the element anew, so that no spelling survives.
    return json.dumps({name: "*" if value in tokens else value for name, value in said.items()}).encode()


def _still_there(raw: bytes) -> bool:
    try:
        return bool(personal_in(json.loads(raw)))
    except ValueError:
        return False
