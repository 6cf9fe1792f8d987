"""Bytes become elements, each with exactly one verdict: accepted as an event, or refused with a reason and its bytes.

A message is judged as a whole first: too_large, not_utf8, too_deep, not_json, in this order. Then each element alone.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, get_args

import msgspec
from msgspec import Struct

from contract.events import BOOT, Event
from contract.moments import Moment, parse_instant
from contract.personal import FIELDS, is_personal, masked
from contract.reasons import Reason
from contract.spelling import each_key_once, elements_of, read_loosely, says_kind_twice, why_not_json

MAX_MESSAGE_BYTES = 262_144
MAX_EVENTS = 500
MAX_DEPTH = 16
BYTES_KEPT = 65_536
"""Of what is too large, and of quarantine."""


class Accepted(Struct, frozen=True):
    """A good element; `raw` are its own bytes."""

    index: int
    event: Any
    raw: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A bad element or message. `raw` is what may be kept: masked, and 64 KiB of what is too large; `length` and
    `sha256` are those of all of it, masked.

    `boot` and `seq` are read as far as they can be, so that even what is refused is acknowledged.
    """

    index: int
    reason: Reason
    detail: str
    raw: bytes
    length: int
    sha256: bytes
    boot: str | None
    seq: int | None
    whole: bool


def _moment(kind: type[Any], text: Any) -> Moment:
    if kind is not Moment or text is None:
        raise ValueError("`null` is no value")
    if not isinstance(text, str):
        raise ValueError("bad_time: RFC 3339 text expected")
    return parse_instant(text)


_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event, dec_hook=_moment)
_OUTSIDE_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))
_BOOT = re.compile(BOOT)
_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_TOKENS = {kind: tuple(name for name in FIELDS if name in kind.__struct_fields__) for kind in get_args(Event)}
_PERSONAL = "a token looks like an identity or mobile number"


def read_message(payload: bytes, site: str) -> list[Accepted | Refused]:
    """The elements of a message below `site`'s topic, in order. Never raises, never empty."""
    whole = unreadable(payload)
    if whole is not None:
        return [whole]
    start = payload.lstrip(b" \t\r\n")[:1]
    if start == b"{":
        return [_read_single(payload, site)]
    if start != b"[":
        return [_refuse_scalar(payload)]
    try:
        elements = elements_of(payload)
    except msgspec.DecodeError as error:
        return [refuse_whole(payload, Reason.not_json, str(error))]
    if not elements:
        return [refuse_whole(payload, Reason.bad_value, "an empty array")]
    if len(elements) > MAX_EVENTS:
        return [refuse_whole(payload, Reason.too_large, f"{len(elements)} events; at most {MAX_EVENTS}")]
    return [_read_element(index, raw, site) for index, raw in enumerate(elements)]


def _read_single(payload: bytes, site: str) -> Accepted | Refused:
    """An object is its own element; what is no JSON at all is that before anything else."""
    element = _read_element(0, payload, site)
    why = why_not_json(payload) if isinstance(element, Refused) else None
    return element if why is None else refuse_whole(payload, Reason.not_json, why)


def _refuse_scalar(payload: bytes) -> Refused:
    why = why_not_json(payload)
    if why is not None:
        return refuse_whole(payload, Reason.not_json, why)
    return refuse_whole(payload, Reason.bad_value, "an object or an array expected")


def unreadable(payload: bytes) -> Refused | None:
    """The verdicts on a whole message that need no parsing."""
    if len(payload) > MAX_MESSAGE_BYTES:
        return refuse_whole(payload, Reason.too_large, f"{len(payload)} bytes; at most {MAX_MESSAGE_BYTES}")
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        return refuse_whole(payload, Reason.not_utf8, f"at byte {error.start}")
    if not _is_flat(payload) and _depth(payload) > MAX_DEPTH:
        return refuse_whole(payload, Reason.too_deep, f"more than {MAX_DEPTH} open brackets")
    return None


def _is_flat(payload: bytes) -> bool:
    """Whether the bytes are seen at a glance not to be too deep; of an array of events the scan below costs as much as they do."""
    if payload.count(b"[") + payload.count(b"{") <= MAX_DEPTH:
        return True
    if b"\\" in payload:
        return False
    # Where every run of quotes is even, no bracket stands in a string.
    brackets = payload.translate(None, _NO_BRACKETS).replace(b'""', b"")
    if b'"' in brackets:
        return False
    for levels in (1, 2):
        brackets = brackets.replace(b"{}", b"")
        if levels + brackets.count(b"[") + brackets.count(b"{") <= MAX_DEPTH:
            return True
    return False


def _depth(payload: bytes) -> int:
    """The most brackets open at once outside strings; a scan, so that no parser meets a hostile nesting."""
    deepest = depth = 0
    for byte in re.findall(rb"[\[\]{}]", _OUTSIDE_STRINGS.sub(b"", payload)):
        depth = depth + 1 if byte in b"[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _read_element(index: int, raw: bytes, site: str) -> Accepted | Refused:
    try:
        event = _decoded(raw)
    except msgspec.ValidationError as error:
        return _refuse(index, raw, *_reason(raw, str(error)))
    except (msgspec.DecodeError, ValueError):
        return _refuse(index, raw, Reason.bad_value, "half of a surrogate pair is no text")
    if says_kind_twice(raw):
        return _refuse(index, raw, Reason.bad_value, "`kind` stands twice")
    if event.site is not None and event.site != site:
        return _refuse(index, raw, Reason.spoofed, "`site` is not the topic's")
    if any(is_personal(getattr(event, name)) for name in _TOKENS[type(event)]):
        return _refuse(index, raw, Reason.personal_data, _PERSONAL)
    return Accepted(index, event, raw)


def _decoded(raw: bytes) -> Event:
    """Of a key given twice the last counts, also where the first could not be read."""
    try:
        return _EVENT.decode(raw)
    except msgspec.ValidationError:
        once = each_key_once(raw)
        if once is None:
            raise
    return _EVENT.decode(once)


def _reason(raw: bytes, words: str) -> tuple[Reason, str]:
    """The reason in the structures' own words."""
    found = _PATH.search(words)
    path = found[1] if found else ""
    said = (words[: found.start()] if found else words).replace(r"\\A(?:", "").replace(r")\\Z", "")
    if says_kind_twice(raw):
        return Reason.bad_value, "`kind` stands twice"
    if said.startswith("Object missing required field"):
        return Reason.missing_field, said
    if said.startswith("Object contains unknown field"):
        return Reason.unknown_field, said
    if path == "kind":
        return (Reason.unknown_kind, "no such kind") if said.startswith("Invalid value") else (Reason.bad_value, said)
    for reason in (Reason.missing_field, Reason.bad_time):
        if said.startswith(reason + ": "):
            return reason, said.removeprefix(reason + ": ")
    return Reason.bad_value, f"{path}: {said}" if path else said


def _refuse(index: int, raw: bytes, reason: Reason, detail: str) -> Refused:
    kept = masked(raw)
    if kept != raw:
        reason, detail = Reason.personal_data, _PERSONAL
    boot, seq = _number_of(raw)
    return Refused(
        index=index,
        reason=reason,
        detail=_printable(detail),
        raw=kept,
        length=len(kept),
        sha256=sha256(kept).digest(),
        boot=boot,
        seq=seq,
        whole=False,
    )


def _number_of(raw: bytes) -> tuple[str | None, int | None]:
    """`boot` and `seq`, where both can be read."""
    said = read_loosely(raw)
    boot, seq = (said.get("boot"), said.get("seq")) if isinstance(said, dict) else (None, None)
    if isinstance(boot, str) and _BOOT.fullmatch(boot) and type(seq) is int and 1 <= seq <= 2**53:
        return boot, seq
    return None, None


def _printable(detail: str) -> str:
    """A database takes no NUL, a log no line break."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in detail[:200])


def refuse_whole(payload: bytes, reason: Reason, detail: str) -> Refused:
    """A verdict on all of a message's bytes."""
    kept = masked(payload)
    return Refused(
        index=0,
        reason=reason,
        detail=_printable(detail),
        raw=kept[:BYTES_KEPT] if reason == Reason.too_large else kept,
        length=len(kept),
        sha256=sha256(kept).digest(),
        boot=None,
        seq=None,
        whole=True,
    )
