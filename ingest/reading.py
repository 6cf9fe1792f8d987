"""Messages become elements: events, what a site says of its line, and what cannot be used. Touches no database."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from msgspec import Struct

import contract
from contract import BYTES_KEPT, MAX_MESSAGE_BYTES, QUARANTINE, Accepted, Reason, Refused, Status, Topic, masked
from models.base import Instant

log = logging.getLogger(__name__)
_SITE_TEXT_MAX = 64
"""Twice what a site may have; it stands in an index, the topic beside it is whole."""


class Message(Struct, frozen=True):
    """What arrived, from the broker or from the inbox. `origin` tells where to acknowledge it."""

    topic: str
    payload: bytes
    retained: bool
    received_at: Instant
    origin: Any


@dataclass(frozen=True, slots=True)
class RawBytes:
    """A message that is all of a vendor's own bytes; `rest` is the device's own topic."""

    device: str
    rest: str


class Item(Struct, frozen=True):
    """One element of a message. `site` is as it stands in the topic."""

    message: Message
    site: str
    element: Accepted | Refused | Status | RawBytes | None
    """None: an empty status, which says nothing."""


def read_surely(message: Message) -> list[Item]:
    """As `read`; a message that our own code stumbles over is kept as well, and the next one is read."""
    try:
        return read(message)
    except Exception as error:
        log.exception("a message could not be read", extra={"octets": len(message.payload)})
        refused = whole(message.payload, Reason.bad_value, f"could not be read: {type(error).__name__}")
        return [Item(message, _site_text(message.topic), refused)]


def read(message: Message) -> list[Item]:
    """The elements of a message, at least one."""
    topic = contract.parse_topic(message.topic)
    site = topic.site if topic else _site_text(message.topic)
    return [Item(message, site, element) for element in _elements(topic, site, message)]


def _elements(
    topic: Topic | None, site: str, message: Message
) -> Sequence[Accepted | Refused | Status | RawBytes | None]:
    payload = message.payload
    if topic is None:
        return [whole(masked(payload), *_nowhere(site, message.topic))]
    if topic.branch == "raw":
        return [_raw(topic, payload)]
    if topic.version != "v1":
        return [_of_another_version(payload, topic.version)]
    if topic.branch == "events":
        return contract.read_message(payload, site)
    if topic.branch == "status":
        return [contract.read_status(payload) if payload else None]
    return [whole(payload, Reason.unknown_kind, f"{topic.branch} is not for the platform to hear")]


def _raw(topic: Topic, payload: bytes) -> RawBytes | Refused:
    if topic.device is None:
        return whole(masked(payload), Reason.unknown_device, _NO_DEVICE)
    return RawBytes(topic.device, topic.rest or "")


_NO_DEVICE = "the topic names no device that could exist"


def _nowhere(site: str, topic: str) -> tuple[Reason, str]:
    """Why a topic leads nowhere: its site, or below a good site a device that cannot exist."""
    if contract.is_site(site) and topic.split("/")[3:4] == ["raw"]:
        return Reason.unknown_device, _NO_DEVICE
    return Reason.unknown_site, "the topic names no site that could exist"


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
    return parts[2][:_SITE_TEXT_MAX] if len(parts) > 2 else ""
