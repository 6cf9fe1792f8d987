"""Messages become elements: events, what a site says of its line, and what cannot be used. Touches no database."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import contract
from contract import Accepted, Reason, Refused, Status
from models.base import Instant

BYTES_KEPT = 65536


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
        elements: list[Any] = [whole(message.payload, Reason.unknown_site, "the topic names no site that could exist")]
    elif topic.branch == "raw":
        elements = [whole(message.payload, Reason.unknown_device, f"no binding reads device {topic.device}")]
    elif topic.version != "v1":
        elements = [
            whole(message.payload, Reason.unknown_kind, f"version {topic.version} of the contract is not known")
        ]
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
        raw=payload[:BYTES_KEPT],
        length=len(payload),
        sha256=sha256(payload).digest(),
        boot=None,
        seq=None,
        whole=True,
    )


def set_aside(accepted: Accepted, reason: Reason, detail: str) -> Refused:
    """An element that reads well and still cannot count; its number is acknowledged all the same."""
    return Refused(
        index=accepted.index,
        reason=reason,
        detail=detail,
        raw=accepted.raw[:BYTES_KEPT],
        length=len(accepted.raw),
        sha256=sha256(accepted.raw).digest(),
        boot=accepted.event.boot,
        seq=accepted.event.seq,
        whole=False,
    )


def _site_text(topic: str) -> str:
    parts = topic.split("/")
    return parts[2] if len(parts) > 2 else ""
