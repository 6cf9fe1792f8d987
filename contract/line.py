"""What is said about the line itself: `status` of a site, `ack` of the platform."""

from hashlib import sha256

import msgspec
from msgspec import Struct

from contract.events import ABSENT, Boot, Label
from contract.reading import Refused, refuse_whole, unreadable
from contract.reasons import Reason


class Status(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The line is up or down; says nothing about the people. `agent` is the sender's version."""

    online: bool
    boot: Boot
    agent: Label = ABSENT


class Ack(Struct, frozen=True, forbid_unknown_fields=True):
    """The platform keeps every number of this boot up to `seq`, and those in the ranges `also` (at most 32)."""

    boot: Boot
    seq: int
    also: tuple[tuple[int, int], ...] = ()


_STATUS = msgspec.json.Decoder(Status)
_ACK = msgspec.json.Decoder(Ack)


def read_status(payload: bytes) -> Status | Refused:
    """Judged like any message; a refused one is kept with its bytes."""
    whole = unreadable(payload)
    if whole is not None:
        return whole
    try:
        return _STATUS.decode(payload)
    except msgspec.ValidationError as error:
        words = str(error)
        reason = (
            Reason.unknown_field
            if "unknown field" in words
            else Reason.missing_field
            if "missing required" in words
            else Reason.bad_value
        )
        return refuse_whole(payload, reason, words)
    except msgspec.DecodeError as error:
        return refuse_whole(payload, Reason.not_json, str(error))


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
