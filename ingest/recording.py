"""Recorded messages: newline-delimited `{"topic", "payload" | "payload_base64"}` records, and times moved to now.

A payload may also be an object or an array, as `mosquitto_sub -F '%J'` writes it; that program's other fields are allowed.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from contract import effective_time, format_instant, parse_instant, parse_topic
from models.base import Instant

_ALONGSIDE = frozenset(("tst", "qos", "retain", "payloadlen", "mid", "properties"))
_ALLOWED = '{"topic": …, "payload": …} or {"topic": …, "payload_base64": …}'
_TIMES = ("at", "due_at")


class Recorded(NamedTuple):
    topic: str
    payload: bytes


class RecordingRefused(Exception):
    """Every wrong line, one a row of the message."""


def read_records(path: Path) -> Iterator[Recorded]:
    """One record after the other; `check_records` has been here before. The platform's own acks are left out."""
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                record = _record(line)
                topic = parse_topic(record.topic)
                if topic is None or topic.branch != "ack":
                    yield record


def check_records(path: Path) -> None:
    """Raise RecordingRefused, naming every wrong line, unless all can be read."""
    wrong = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                if line.strip():
                    _record(line)
            except (ValueError, RecursionError) as error:
                wrong.append(f"{path}:{number}: {error}; allowed: {_ALLOWED}")
    if wrong:
        raise RecordingRefused("\n".join(wrong))


def _record(line: bytes) -> Recorded:
    said = json.loads(line)
    if not isinstance(said, dict):
        raise ValueError("not an object")
    unknown = said.keys() - _ALONGSIDE - {"topic", "payload", "payload_base64"}
    if unknown:
        raise ValueError(f"unknown field {sorted(unknown)[0]}")
    topic = said.get("topic")
    if not isinstance(topic, str) or not 1 <= len(topic.encode()) <= 65_535:
        raise ValueError("no topic")
    if ("payload" in said) == ("payload_base64" in said):
        raise ValueError("one of payload and payload_base64 is needed")
    return Recorded(topic, _payload(said))


def _payload(said: dict[str, Any]) -> bytes:
    if "payload" in said:
        payload = said["payload"]
        return payload.encode() if isinstance(payload, str) else _compact(payload)
    try:
        return base64.b64decode(said["payload_base64"], validate=True)
    except (TypeError, binascii.Error) as error:
        raise ValueError("payload_base64 is not base64") from error


def _compact(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


# -- moved to now -----------------------------------------------------------------------------------------------------------


def newest(records: Iterable[Recorded], now: Instant) -> Instant | None:
    """The latest `at` of all events that a right clock can have given by `now`; None if there is none."""
    times = (_instant(event.get("at")) for record in records for event in _events(record))
    return max((at for at in times if at is not None and effective_time(at, now)[1] is None), default=None)


def moved(record: Recorded, by_us: int) -> Recorded:
    """The record with `at` and `due_at` of its events moved; ids, numbers and everything else stay as they were.

    A message in which no event can be read stays as it is, byte for byte.
    """
    events = _events(record)
    if not events:
        return record
    for event in events:
        for name in _TIMES:
            at = _instant(event.get(name))
            if at is not None:
                event[name] = format_instant(at + by_us)
    return Recorded(record.topic, _compact(events if record.payload.lstrip()[:1] == b"[" else events[0]))


def _events(record: Recorded) -> list[dict[str, Any]]:
    topic = parse_topic(record.topic)
    if topic is None or topic.branch != "events":
        return []
    try:
        said = json.loads(record.payload)
    except (ValueError, RecursionError):
        return []
    elements = said if isinstance(said, list) else [said]
    return elements if all(isinstance(element, dict) for element in elements) else []


def _instant(text: object) -> Instant | None:
    try:
        return int(parse_instant(text)) if isinstance(text, str) else None
    except ValueError:
        return None
