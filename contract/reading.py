"""Bytes become elements, each with exactly one verdict: accepted as an event, or refused with a reason and its bytes.

A message is judged as a whole first: too_large, not_utf8, too_deep, not_json, in this order. Then each element alone.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from contract.events import ABSENT, BOOT, Event
from contract.moments import Moment, parse_instant
from contract.personal import masked, personal_in
from contract.reasons import Reason

MAX_MESSAGE_BYTES = 262_144
MAX_EVENTS = 500
MAX_DEPTH = 16
BYTES_KEPT = 65_536


@dataclass(frozen=True, slots=True)
class Accepted:
    """A good element; `raw` are its own bytes."""

    index: int
    event: Any
    raw: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A bad element or message. `raw` is what may be kept (masked, at most 64 KiB); `length` and `sha256` of all of it.

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
    if kind is not Moment or not isinstance(text, str):
        raise ValueError("bad_time: RFC 3339 text expected")
    return parse_instant(text)


_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event, dec_hook=_moment)
_GRAMMAR = msgspec.json.Decoder(msgspec.Raw)
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_OUTSIDE_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BOOT = re.compile(BOOT)
_PATH = re.compile(r" - at `\$\.?([^`]*)`$")


def read_message(payload: bytes, site: str) -> list[Accepted | Refused]:
    """The elements of a message below `site`'s topic, in order. Never raises, never empty."""
    whole = unreadable(payload)
    if whole is not None:
        return [whole]
    start = payload.lstrip(b" \t\r\n")[:1]
    if start == b"{":
        return [_read_single(payload, site)]
    if start != b"[":
        return [refuse_whole(payload, *_scalar(payload))]
    try:
        elements = _ELEMENTS.decode(payload)
    except msgspec.DecodeError as error:
        return [refuse_whole(payload, Reason.not_json, str(error))]
    if not elements:
        return [refuse_whole(payload, Reason.bad_value, "an empty array")]
    if len(elements) > MAX_EVENTS:
        return [refuse_whole(payload, Reason.too_large, f"{len(elements)} events; at most {MAX_EVENTS}")]
    return [_read_element(index, bytes(raw), site) for index, raw in enumerate(elements)]


def _read_single(payload: bytes, site: str) -> Accepted | Refused:
    """An object is its own element; what is no JSON at all is that before anything else."""
    element = _read_element(0, payload, site)
    if isinstance(element, Refused) and not element.whole:
        try:
            _GRAMMAR.decode(payload)
        except msgspec.DecodeError as error:
            return refuse_whole(payload, Reason.not_json, str(error))
    return element


def _scalar(payload: bytes) -> tuple[Reason, str]:
    try:
        _GRAMMAR.decode(payload)
    except msgspec.DecodeError as error:
        return Reason.not_json, str(error)
    return Reason.bad_value, "an object or an array expected"


def unreadable(payload: bytes) -> Refused | None:
    """The verdicts on a whole message that need no parsing."""
    if len(payload) > MAX_MESSAGE_BYTES:
        return refuse_whole(payload, Reason.too_large, f"{len(payload)} bytes; at most {MAX_MESSAGE_BYTES}")
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        return refuse_whole(payload, Reason.not_utf8, f"at byte {error.start}")
    if payload.count(b"[") + payload.count(b"{") > MAX_DEPTH and _depth(payload) > MAX_DEPTH:
        return refuse_whole(payload, Reason.too_deep, f"more than {MAX_DEPTH} open brackets")
    return None


def _depth(payload: bytes) -> int:
    """The most brackets open at once outside strings; a scan, so that no parser meets a hostile nesting."""
    deepest = depth = 0
    for byte in re.findall(rb"[\[\]{}]", _OUTSIDE_STRINGS.sub(b"", payload)):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _read_element(index: int, raw: bytes, site: str) -> Accepted | Refused:
    try:
        event = _EVENT.decode(raw)
    except msgspec.ValidationError as error:
        return _refuse(index, raw, *_reason(str(error)))
    except msgspec.DecodeError as error:
        return refuse_whole(raw, Reason.not_json, str(error))
    except (ValueError, RecursionError, OverflowError) as error:
        return _refuse(index, raw, *_reason(str(error)))
    if (raw.count(b'"kind"') > 1 or b"\\u" in raw) and _says_kind_twice(raw):
        return _refuse(index, raw, Reason.bad_value, "`kind` stands twice")
    if event.site is not None and event.site != site:
        return _refuse(index, raw, Reason.spoofed, "`site` is not the topic's")
    person, worker = getattr(event, "person", ABSENT), getattr(event, "worker", ABSENT)
    if (person or worker) and personal_in({"person": person, "worker": worker}):
        return _refuse(index, raw, Reason.personal_data, "a token looks like an identity or mobile number")
    return Accepted(index, event, raw)


def _says_kind_twice(raw: bytes) -> bool:
    """Also when one of the two is spelt with escapes."""
    pairs: list[list[tuple[str, Any]]] = []
    json.loads(raw, object_pairs_hook=lambda found: _remember(pairs, found))
    return sum(name == "kind" for name, _ in pairs[-1]) > 1


def _remember(pairs: list[list[tuple[str, Any]]], found: list[tuple[str, Any]]) -> dict[str, Any]:
    pairs.append(found)
    return dict(found)


def _reason(words: str) -> tuple[Reason, str]:
    """The reason in the structures' own words, and a detail that repeats no value."""
    found = _PATH.search(words)
    path = found[1] if found else ""
    said = words[: found.start()] if found else words
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
    said = _as_object(raw)
    boot, seq = said.get("boot"), said.get("seq")
    if personal_in(said):
        reason, detail, raw = Reason.personal_data, "a token looks like an identity or mobile number", masked(raw, said)
    readable = isinstance(boot, str) and _BOOT.fullmatch(boot) and type(seq) is int and 1 <= seq <= 2**53
    return Refused(
        index=index,
        reason=reason,
        detail=detail[:200],
        raw=raw[:BYTES_KEPT],
        length=len(raw),
        sha256=sha256(raw).digest(),
        boot=boot if readable else None,
        seq=seq if readable else None,
        whole=False,
    )


def _as_object(raw: bytes) -> dict[str, Any]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def refuse_whole(payload: bytes, reason: Reason, detail: str) -> Refused:
    """A verdict on all of a message's bytes."""
    return Refused(
        0, reason, detail[:200], payload[:BYTES_KEPT], len(payload), sha256(payload).digest(), None, None, True
    )
