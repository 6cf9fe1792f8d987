"""Where JSON lets a sender spell what no event can mean: a key given twice, half of a surrogate pair."""

import json
import re
from typing import Any

import msgspec

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_GRAMMAR = msgspec.json.Decoder(msgspec.Raw)


def with_whole_characters(payload: bytes) -> bytes:
    """The same JSON at the same length; halves of surrogate pairs, which are JSON but no text, became U+FFFD."""
    if not _HALF.search(payload):
        return payload
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], payload)


def why_not_json(payload: bytes) -> str | None:
    """None for what follows the grammar, whatever it means."""
    try:
        _GRAMMAR.decode(with_whole_characters(payload))
    except msgspec.DecodeError as error:
        return str(error)
    return None


def elements_of(payload: bytes) -> list[bytes]:
    """The elements of an array, each in its own bytes. Raises msgspec.DecodeError for what is not JSON."""
    try:
        return [bytes(raw) for raw in _ARRAY.decode(payload)]
    except msgspec.DecodeError:
        mended = with_whole_characters(payload)
        if mended == payload:
            raise
    return _in_own_bytes(payload, mended)


def _in_own_bytes(payload: bytes, mended: bytes) -> list[bytes]:
    """What was replaced to find the elements stands in them again."""
    own: list[bytes] = []
    end = mended.index(b"[") + 1
    for raw in map(bytes, _ARRAY.decode(mended)):
        start = mended.index(raw, end)
        end = start + len(raw)
        own.append(payload[start:end])
    return own


def read_loosely(raw: bytes) -> Any:
    """As Python understands it, also where no event would; None for what it cannot read."""
    try:
        return json.loads(raw, parse_int=_any_size)
    except (ValueError, RecursionError):
        return None


def says_kind_twice(raw: bytes) -> bool:
    """Also when one of the two is spelt with escapes."""
    if raw.count(b'"kind"') < 2 and b"\\u" not in raw:
        return False
    objects = _objects_of(raw)
    return bool(objects) and sum(name == "kind" for name, _ in objects[-1]) > 1


def each_key_once(raw: bytes) -> bytes | None:
    """The same element with the last of each key alone; None where no key is repeated."""
    if all(len(dict(pairs)) == len(pairs) for pairs in _objects_of(raw)):
        return None
    return _last_of_each(raw)


def _objects_of(raw: bytes) -> list[list[tuple[str, Any]]]:
    """The pairs of every object in it, the outermost last."""
    found: list[list[tuple[str, Any]]] = []

    def remember(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found.append(pairs)
        return dict(pairs)

    try:
        json.loads(raw, object_pairs_hook=remember, parse_int=_any_size)
    except (ValueError, RecursionError):
        return []
    return found


def _last_of_each(raw: bytes) -> bytes:
    raw = raw.strip(b" \t\r\n")
    if raw[:1] == b"{":
        lasts = _OBJECT.decode(raw).items()
        return b"{" + b",".join(json.dumps(name).encode() + b":" + _last_of_each(bytes(v)) for name, v in lasts) + b"}"
    if raw[:1] == b"[":
        return b"[" + b",".join(_last_of_each(bytes(value)) for value in _ARRAY.decode(raw)) + b"]"
    return raw


def _any_size(digits: str) -> int | float:
    """Python refuses to convert thousands of digits; no number of ours has more than 16."""
    return int(digits) if len(digits) <= 20 else float(digits)
