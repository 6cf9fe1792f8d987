"""Numbers that name a person must not be stored: a token that looks like one is refused and masked in the kept bytes."""

import json
import re
from collections.abc import Iterator

FIELDS = ("person", "worker", "by")

_NUMBER = r"\d{17}[\dXx]|1[3-9]\d{9}"
_IDENTITY = re.compile(r"\d{17}[\dXx]", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_SUSPECT = re.compile(rb"\d{11}|\\u003\d")
_TEXT = rb'"((?:[^"\\]++|\\.)*+)"?+'
_STRING = re.compile(_TEXT, re.DOTALL)
_PAIR = re.compile(_TEXT + rb"(?:\s*+:\s*+(?:" + _TEXT + rb"|(\d++)))?+", re.DOTALL)
_PLAIN_PAIR = re.compile(rf'"(?:{"|".join(FIELDS)})"\s*+:\s*+"?+({_NUMBER})(?![0-9A-Za-z_-])'.encode())
_NESTED = re.compile(rf'"(?:{"|".join(FIELDS)})"\s*+:\s*+[\[{{]'.encode())
_HIDDEN, _SHORTEST = b"***", 6
_PLAIN = re.compile(_NUMBER.encode())


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


def masked(raw: bytes) -> bytes:
    """The bytes without the numbers that stand where a token belongs, wherever else and however they are spelt in it.

    Also for bytes that are not JSON, as far as the pairs of names and values can be told in them.
    """
    if not _SUSPECT.search(raw):
        return raw
    tokens = set(_tokens_in(raw))
    if not tokens:
        return raw
    hidden = _PLAIN.sub(lambda number: b"*" * len(number[0]) if number[0].decode() in tokens else number[0], raw)
    if b"\\u" not in hidden:
        return hidden
    return _STRING.sub(lambda text: b'"*"' if _numbers_in(_unescaped(text[1])) & tokens else text[0], hidden)


def without_tokens(raw: bytes) -> bytes:
    """The bytes without what stands where a token of a person belongs, wherever else it stands and however it is spelt.

    For eyes that may know of no person: a token follows one elder through all her days. What is kept stays as it is.
    """
    if _NESTED.search(raw):
        return _STRING.sub(lambda text: b'"***"' if len(text[1]) >= _SHORTEST else text[0], raw)
    hidden = _PAIR.sub(_without_value, raw)
    tokens = {value for value in _values_in(raw) if len(value) >= _SHORTEST}
    for token in tokens:
        hidden = hidden.replace(token.encode(), _HIDDEN)
    if b"\\" not in hidden:
        return hidden
    return _STRING.sub(lambda text: b'"***"' if any(one in _unescaped(text[1]) for one in tokens) else text[0], hidden)


def _without_value(pair: re.Match[bytes]) -> bytes:
    if (pair[2] is None and pair[3] is None) or _unescaped(pair[1]) not in FIELDS:
        return pair[0]
    start = pair.start(2) - 1 if pair[2] is not None else pair.start(3)
    return pair[0][: start - pair.start()] + b'"***"'


def _values_in(raw: bytes) -> Iterator[str]:
    for pair in _PAIR.finditer(raw):
        if _unescaped(pair[1]) in FIELDS:
            yield pair[3].decode() if pair[3] else _unescaped(pair[2] or b"")


def _tokens_in(raw: bytes) -> Iterator[str]:
    for pair in _PAIR.finditer(raw):
        value = pair[3].decode() if pair[3] else _unescaped(pair[2] or b"")
        if is_personal(value) and _unescaped(pair[1]) in FIELDS:
            yield value
    # A stray quotation mark turns inside and outside round: what stands there plainly is found all the same.
    yield from (found[1].decode() for found in _PLAIN_PAIR.finditer(raw) if is_personal(found[1].decode()))


def _numbers_in(text: str) -> set[str]:
    return set(re.findall(_NUMBER, text, re.ASCII))


def _unescaped(inside: bytes) -> str:
    if b"\\" not in inside:
        return inside.decode(errors="replace")
    try:
        return str(json.loads(b'"' + inside + b'"', strict=False))
    except ValueError:
        return inside.decode(errors="replace")
