"""What is said about the line itself: `status` of a site, `ack` of the platform."""

from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contract.events import ABSENT, Boot, Label
from contract.reading import Refused, refuse_whole, unreadable
from contract.reasons import Reason
from contract.spelling import why_not_json

MAX_RANGES = 32
"""Of an acknowledgement."""


class Status(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The line is up or down; says nothing about the people. `agent` is the sender's version."""

    online: bool
    boot: Boot
    agent: Label = ABSENT


Kept = Annotated[int, Meta(ge=0, le=2**53)]


class Ack(Struct, frozen=True):
    """The platform keeps every number of this boot up to `seq`, and those in the ranges `also` (at most 32).

    A site passes over fields that it does not know: a newer platform may say more.
    """

    boot: Boot
    seq: Kept
    also: Annotated[tuple[tuple[Kept, Kept], ...], Meta(max_length=MAX_RANGES)] = ()


_STATUS = msgspec.json.Decoder(Status)
_ACK = msgspec.json.Decoder(Ack)


def read_status(payload: bytes) -> Status | Refused:
    """Judged like any message; a refused one is kept with its bytes."""
    whole = unreadable(payload)
    if whole is not None:
        return whole
    try:
        return _STATUS.decode(payload)
    except msgspec.DecodeError as error:
        return refuse_whole(payload, *_reason(payload, str(error)))


def _reason(payload: bytes, words: str) -> tuple[Reason, str]:
    why = why_not_json(payload)
    if why is not None:
        return Reason.not_json, why
    if "unknown field" in words:
        return Reason.unknown_field, words
    return (Reason.missing_field if "missing required" in words else Reason.bad_value), words


def encode_status(status: Status) -> bytes:
    return msgspec.json.encode(status)


def read_ack(payload: bytes) -> Ack:
    """Raises ValueError for anything that is not an ack."""
    try:
        return _ACK.decode(payload)
    except msgspec.DecodeError as error:
        raise ValueError(f"not an ack: {error} (sha256 {sha256(payload).hexdigest()[:8]})") from error


def encode_ack(ack: Ack) -> bytes:
    return msgspec.json.encode(ack)
