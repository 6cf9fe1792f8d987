"""A vendor's bytes in a batch: which binding reads them, and what may be kept of them where none can."""

import base64
import json
from collections.abc import Mapping, Set
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from config import Config
from contract import Accepted, Event, Reason, Refused, encode_event, events_topic
from ingest.bindings import Bindings
from ingest.reading import Item, RawBytes
from ingest.store import EventRow, Identity, RejectedRow
from ingest.vendors.decoding import Arrival, Hanging, Reading, TooLarge, decode
from ingest.vendors.payloads import Kept, Unreadable, storable
from ingest.vendors.settling import Identity as Source
from ingest.vendors.settling import Memory, Settled, of_bytes, of_wrapped, repetitions, settle
from ingest.vendors.tokens import token
from models.base import Instant
from models.secret_key import secret_key

BYTES_KEPT = 65_536


class Told(NamedTuple):
    """A message that a binding reads; its events follow once it is known to be new."""

    place: int
    """In the batch."""
    item: Item
    hanging: Hanging
    arrival: Arrival
    reading: Reading
    identity: Source

    @property
    def wrapped(self) -> bool:
        """True: the `vendor.message` is an event itself."""
        return isinstance(self.item.element, Accepted)


def understood(place: int, item: Item, at: Instant, bindings: Bindings, cfg: Config) -> Told | Refused:
    """`at`: effective time of a wrapped message, receive time of bytes."""
    device, arrival = _arrival(item, at)
    bound = bindings.at(item.site, device, at)
    if bound is None and item.message.retained:
        # Not quarantine: once the device is bound, a replay could not tell it from news.
        return _refused(item, Reason.retained, "delivered with the retain flag, and no binding says what it is")
    if bound is None:
        return _refused(item, Reason.unknown_device, f"no binding reads device {device}")
    hanging = bound.hanging
    if hanging is None:
        return _refused(item, Reason.unreadable_vendor, str(bound.trouble))
    secret = hanging.table.secret
    try:
        reading = decode(hanging, arrival, cfg.time.zone, lambda site, source: _token(cfg, site, source))
    except TooLarge as error:
        return _refused(item, Reason.too_large, str(error), secret)
    except Unreadable as error:
        return _refused(item, Reason.unreadable_vendor, f"{hanging.table.name}: {error}", secret)
    return Told(place, item, hanging, arrival, reading, _identity(item, hanging, arrival, reading))


def settled(told: Told, memory: Memory, cfg: Config) -> Settled:
    return settle(told.hanging, told.arrival, told.reading, told.identity, memory, cfg.time.zone)


def tokens_of(told: Told) -> list[bytes]:
    """By which it is known whether the message came before; none: its envelope has told."""
    return [token for token, _ in repetitions(told.hanging, told.arrival, told.reading, told.identity)]


class Meant(NamedTuple):
    """A vendor's message and the events that follow from it, as rows."""

    told: Told
    settled: Settled
    events: list[tuple[Event, EventRow]]


def says_nothing_new(meant: Meant, oldest: Instant) -> bool:
    """Whether bytes can only be refused: of them no memory stays, so that they are refused again and a replay is a first."""
    rows = [row for _, row in meant.events]
    return all(row.at < oldest for row in rows) if rows else meant.settled.undated


def judged(meant: Meant, new: Set[Identity], held: Mapping[Identity, int], keep_days: int) -> Refused | bool:
    """What became of bytes: True stored, False a duplicate. `held`: the digests of what is kept, by whomever."""
    rows = [row for _, row in meant.events]
    if any(row.identity in new for row in rows):
        return True
    if any(held.get(row.identity, row.digest) != row.digest for row in rows):
        return _but(meant, Reason.conflict, "the same message came before and meant another event; the first counts")
    if rows and not any(row.identity in held for row in rows):
        return _but(meant, Reason.bad_time, f"older than the {keep_days} days of raw events that are kept")
    if meant.settled.undated:
        return _but(meant, Reason.retained, "delivered with the retain flag: what it tells may be long past")
    return False


def why_not(row: EventRow, oldest: Instant, held: Mapping[Identity, int]) -> Reason | None:
    """What keeps one of a message's events out, though the message is kept; None for one that is here already."""
    if row.at < oldest:
        return Reason.bad_time
    return Reason.conflict if held.get(row.identity, row.digest) != row.digest else None


def left_out(meant: Meant, position: int, reason: Reason, keep_days: int) -> RejectedRow:
    """Its account: the event as its site could have sent it, so that a replay takes it for one."""
    item, event = meant.told.item, meant.events[position][0]
    old = f"older than the {keep_days} days of raw events that are kept"
    why = old if reason is Reason.bad_time else "the same identity came before with another event; the first counts"
    raw = encode_event(event)
    return RejectedRow(
        site=item.site,
        topic=events_topic(item.site),
        received_at=item.message.received_at,
        reason=str(reason),
        detail=f"meant by a message of {meant.told.hanging.device} that is kept: {why}"[:200],
        content=raw,
        length=len(raw),
        sha256=sha256(raw).digest(),
        position=position,
        replayable=1,
    )


def _but(meant: Meant, reason: Reason, detail: str) -> Refused:
    return _refused(meant.told.item, reason, detail, meant.told.hanging.table.secret)


def _token(cfg: Config, site: str, source: str) -> str:
    return token(secret_key(Path(cfg.ingest.token_key_file)), site, source)


def _arrival(item: Item, at: Instant) -> tuple[str, Arrival]:
    if isinstance(item.element, Accepted):
        event = item.element.event
        return event.device, Arrival(event.topic, event.octets(), at)
    assert isinstance(item.element, RawBytes)
    return item.element.device, Arrival(item.element.rest, item.message.payload, at, item.message.retained)


def _identity(item: Item, hanging: Hanging, arrival: Arrival, reading: Reading) -> Source:
    if isinstance(item.element, Accepted):
        return of_wrapped(item.element.event.id, item.element.event.backfill)
    return of_bytes(hanging, arrival, reading.key, again=not item.message.origin.by_broker)


def _refused(item: Item, reason: Reason, detail: str, secret: frozenset[str] = frozenset()) -> Refused:
    """Kept without names and pictures; what had any can be looked at, but not be replayed."""
    accepted = item.element if isinstance(item.element, Accepted) else None
    all_of_it = accepted.raw if accepted else item.message.payload
    kept = _rewrapped(accepted, secret) if accepted else storable(all_of_it, secret)
    raw = kept.payload
    if not kept.whole and len(raw) == len(all_of_it):
        raw += b" "  # a row whose length differs from its bytes is not replayed
    return Refused(
        index=accepted.index if accepted else 0,
        reason=reason,
        detail=detail[:200],
        raw=raw[:BYTES_KEPT],
        length=len(all_of_it),
        sha256=sha256(all_of_it).digest(),
        boot=accepted.event.boot if accepted else None,
        seq=accepted.event.seq if accepted else None,
        whole=accepted is None,
    )


def _rewrapped(accepted: Accepted, secret: frozenset[str]) -> Kept:
    """Never cut in its middle: whose message it is must still be read in it."""
    kept = storable(accepted.event.octets(), secret)
    if kept.whole and len(accepted.raw) <= BYTES_KEPT:
        return Kept(accepted.raw, True)
    said = json.loads(accepted.raw)
    content = kept.payload
    while True:
        if accepted.event.text is not None:
            said["text"] = content.decode("utf-8", errors="replace")
        else:
            said["base64"] = base64.b64encode(content).decode()
        raw = json.dumps(said, ensure_ascii=False).encode()
        if len(raw) <= BYTES_KEPT:
            return Kept(raw, False)
        content = content[: len(content) * 3 // 4]
