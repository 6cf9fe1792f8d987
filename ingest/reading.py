"""Messages become elements: events, what a site says of its line, and what cannot be used. Touches no database."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import contract
from contract import BYTES_KEPT, MAX_MESSAGE_BYTES, QUARANTINE, Accepted, Reason, Refused, Status, masked
from models.base import Instant


@dataclass(frozen=True, slots=True)
class Message:
    """What arrived, from the broker or from the inbox. `origin` tells where to acknowledge it."""

    topic: str
    payload: bytes
    retained: bool
    received_at: Instant
    origin: Any


@dataclass(frozen=True, slots=True)
class Item:
    """One element of a message. `site` is as it stands in the topic."""

    message: Message
    site: str
    element: Accepted | Refused | Status


def read(message: Message) -> list[Item]:
    """The elements of a message; empty only for an empty status, which says nothing."""
    topic = contract.parse_topic(message.topic)
    site = topic.site if topic else _site_text(message.topic)
    if topic is None:
        why = "the topic names no site that could exist"
        elements: list[Any] = [whole(masked(message.payload), Reason.unknown_site, why)]
    elif topic.branch == "raw":
        elements = [whole(message.payload, Reason.unknown_device, f"no binding reads device {topic.device}")]
    elif topic.version != "v1":
        elements = [_of_another_version(message.payload, topic.version)]
    elif topic.branch == "status":
        elements = [contract.read_status(message.payload)] if message.payload else []
    else:
        elements = list(contract.read_message(message.payload, site))
    return [Item(message, site, element) for element in elements]


def whole(payload: bytes, reason: Reason, detail: str) -> Refused:
    """A refusal of all of a message's bytes."""
    return Refused(
        index=0,
        reason=reason,
        detail=detail,
        raw=payload[:BYTES_KEPT] if reason in QUARANTINE else payload,
        length=len(payload),
        sha256=sha256(payload).digest(),
        boot=None,
        seq=None,
        whole=True,
    )


def _of_another_version(payload: bytes, version: str) -> Refused:
    """Kept whole, to be read again after an upgrade."""
    if len(payload) > MAX_MESSAGE_BYTES:
        return contract.refuse_whole(payload, Reason.too_large, f"{len(payload)} bytes")
    return contract.refuse_whole(payload, Reason.unknown_kind, f"version {version} of the contract is not known")


def set_aside(accepted: Accepted, reason: Reason, detail: str) -> Refused:
    """An element that reads well and still cannot count; its number is acknowledged all the same."""
    raw = masked(accepted.raw)  # a key given twice may have said a number first
    return Refused(
        index=accepted.index,
        reason=reason,
        detail=detail,
        raw=raw[:BYTES_KEPT] if reason in QUARANTINE else raw,
        length=len(raw),
        sha256=sha256(raw).digest(),
        boot=accepted.event.boot,
        seq=accepted.event.seq,
        whole=False,
    )


def _site_text(topic: str) -> str:
    parts = topic.split("/")
    return parts[2] if len(parts) > 2 else ""
