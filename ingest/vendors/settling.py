"""Drafts meet what is known of the device: totals become flows, levels edges, repetitions nothing. Pure but for the memory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Protocol

from contract import Event, Instant, effective_time
from ingest.vendors.clocks import was_reset_due
from ingest.vendors.counters import Totals, step_of
from ingest.vendors.decoding import Arrival, Hanging, Reading, event_of
from ingest.vendors.rules import COUNTER, WITH_AREA, Draft

_SECOND: Instant = 1_000_000
HEARTBEAT_EVERY_S = 60
"""A message that says nothing else still says that the device lives; that need not be kept more often."""


class Memory(Protocol):
    """What is known of one device."""

    def recall(self, name: str) -> tuple[Instant, Any] | None:
        """(when, what) it last said of this."""

    def remember(self, name: str, at: Instant, value: Any) -> None: ...

    def was_seen(self, token: bytes, at: Instant, within: Instant | None) -> bool:
        """Whether it came before, within so many µs (None: ever); if not, it has come now."""


@dataclass
class Notebook:
    """A memory that lasts as long as a preview or a sample."""

    said: dict[str, tuple[Instant, Any]] = field(default_factory=dict)
    seen: dict[bytes, Instant] = field(default_factory=dict)

    def recall(self, name: str) -> tuple[Instant, Any] | None:
        return self.said.get(name)

    def remember(self, name: str, at: Instant, value: Any) -> None:
        self.said[name] = at, value

    def was_seen(self, token: bytes, at: Instant, within: Instant | None) -> bool:
        before = self.seen.get(token)
        if before is not None and (within is None or abs(at - before) <= within):
            return True
        self.seen[token] = at
        return False


@dataclass(frozen=True)
class Settled:
    """`repeated`: this very message came before. `undated`: something in it may have happened long ago and was left out."""

    events: tuple[Event, ...]
    repeated: bool = False
    undated: bool = False


@dataclass(frozen=True)
class Identity:
    """Of what the derived events' ids are made: the message's id, or a device's bytes.

    `within`: µs in which the same bytes are the same message; None: ever. `by_id`: the id alone tells repetitions apart.
    """

    stem: str
    by_id: bool
    within: Instant | None = None
    backfill: bool = False


def of_wrapped(id_: str, backfill: bool) -> Identity:
    """A `vendor.message`: the envelope's id is its identity."""
    return Identity(id_, by_id=True, backfill=backfill)


def of_bytes(hanging: Hanging, arrival: Arrival, key: str | None, again: bool) -> Identity:
    """Bytes without an envelope; `again`: they come from a recording, where the same bytes are never another message."""
    stem = _stem(hanging, arrival) if key is None else _hashed(f"{hanging.device}\0{key}".encode())
    return Identity(stem, by_id=False, within=None if again else round(hanging.table.same_within_s * _SECOND))


def _stem(hanging: Hanging, arrival: Arrival) -> str:
    return _hashed(f"{hanging.device}\0".encode() + arrival.payload + b"\0" + arrival.topic.encode())


def _hashed(said: bytes) -> str:
    return f"v-{sha256(said).hexdigest()[:32]}"


def settle(
    hanging: Hanging, arrival: Arrival, reading: Reading, identity: Identity, memory: Memory, zone: str
) -> Settled:
    """The events of a message that has not been settled before."""
    if _repeated(hanging, arrival, reading, identity, memory):
        return Settled((), repeated=True)
    settling = _Settling(hanging, arrival, identity, memory, zone)
    for draft in _apart(reading.drafts):
        settling.take(draft)
    if not settling.events and not settling.undated and not arrival.retained:
        settling.heartbeat(arrival.heard_at if reading.at is None else reading.at)
    return Settled(tuple(settling.events), undated=settling.undated)


Repetition = tuple[bytes, Instant | None]
"""A token, and how long it tells that a message came before; None: for ever."""


def repetitions(hanging: Hanging, arrival: Arrival, reading: Reading, identity: Identity) -> list[Repetition]:
    """By what a device's memory knows whether the message came before; nothing where the envelope's id has told already.

    What rests on the device's clock is told by its bytes as well: when they come again, the clock may not be believed any more.
    """
    found: list[Repetition] = []
    if reading.key is not None:
        found.append((_token(f"key\0{hanging.table.name}\0{reading.key}"), None))
    if not identity.by_id and (reading.key is None or reading.by_clock):
        found.append((_token(_stem(hanging, arrival)), identity.within))
    return found


def _repeated(hanging: Hanging, arrival: Arrival, reading: Reading, identity: Identity, memory: Memory) -> bool:
    told = repetitions(hanging, arrival, reading, identity)
    seen = [memory.was_seen(token, arrival.heard_at, within) for token, within in told]  # each is noted by this
    return any(seen)


def _token(text: str) -> bytes:
    return sha256(text.encode()).digest()[:16]


def _apart(drafts: tuple[Draft, ...]) -> list[Draft]:
    """Counters that share a name within a message are counters apart: some firmware repeats the id of line 1."""
    met: dict[str, int] = {}
    return [_apart_from(draft, met) if draft.kind == COUNTER else draft for draft in drafts]


def _apart_from(draft: Draft, met: dict[str, int]) -> Draft:
    name = str(draft.fields["counter"])
    met[name] = met.get(name, 0) + 1
    return draft if met[name] == 1 else replace(draft, fields={**draft.fields, "counter": f"{name}#{met[name]}"})


@dataclass
class _Settling:
    hanging: Hanging
    arrival: Arrival
    identity: Identity
    memory: Memory
    zone: str
    events: list[Event] = field(default_factory=list)
    undated: bool = False

    def take(self, draft: Draft) -> None:
        at = self._at(draft)
        # From a store, but without a time of its own: it says how things are, and not when anything happened.
        is_undated = (self.identity.backfill or draft.backfill) and draft.at is None
        backfill = (draft.backfill or self.identity.backfill) and draft.at is not None
        is_old = self.arrival.retained or is_undated
        if is_old and not draft.is_state:
            self.undated = True
            return
        if draft.unmapped == "skip" and draft.zone not in self.hanging.params["areas"]:
            return
        if self._is_again(draft, at) or not self._is_edge(draft, at, backfill):
            return
        if draft.kind == COUNTER:
            self._count(draft, at, backfill)
        else:
            self._emit(draft.kind, draft.fields, draft, at, backfill)

    def heartbeat(self, at: Instant) -> None:
        """Any message that was understood proves that the device is online."""
        last = self.memory.recall("heartbeat")
        if last is None or at - last[0] >= HEARTBEAT_EVERY_S * _SECOND:
            self._add("device.status", {"online": True}, at, self.hanging.device, self.identity.backfill)

    def _at(self, draft: Draft) -> Instant:
        """The device's time where it can be believed, else when it was heard."""
        heard, params = self.arrival.heard_at, self.hanging.params
        if draft.at is None or (params["clock"] == "receive" and not draft.backfill):
            return heard
        is_near = abs(draft.at - heard) <= params["max_skew_s"] * _SECOND
        return effective_time(draft.at, heard)[0] if draft.trusted or draft.backfill or is_near else heard

    def _is_again(self, draft: Draft, at: Instant) -> bool:
        said = "\x1f".join((draft.kind, draft.zone or "", *draft.once))
        if draft.once and self.memory.was_seen(_token(f"once\0{said}"), at, None):
            return True
        if not draft.debounce_s:
            return False
        last = self.memory.recall(name := f"last:{draft.kind}:{draft.zone or ''}")
        if last is not None and abs(at - last[0]) < draft.debounce_s * _SECOND:
            return True
        self.memory.remember(name, at, 1)
        return False

    def _is_edge(self, draft: Draft, at: Instant, backfill: bool) -> bool:
        """A level that is what it was is no event; neither is one that is older than what is known."""
        if draft.level is None:
            return True
        level, value, rest = draft.level
        name = f"{'history' if backfill else 'level'}:{level}:{draft.zone or ''}"
        last = self.memory.recall(name)
        if last is not None and at < last[0]:
            return False
        self.memory.remember(name, at, value)
        return bool(value != (rest if last is None else last[1]))

    def _count(self, draft: Draft, at: Instant, backfill: bool) -> None:
        """An older sample than the last says nothing new: the later totals hold it."""
        said, name = draft.fields, f"total:{draft.fields['counter']}"
        new = Totals(said["in"], said["out"], None if said.get("epoch") is None else str(said["epoch"]))
        last = self.memory.recall(name)
        if last is not None and at < last[0]:
            return
        self.memory.remember(name, at, list(new))
        due = last is not None and self._was_reset_due(last[0], at)
        step = step_of(Totals(*last[1]) if last else None, new, said.get("wrap"), due)
        if step.lost and last is not None:
            fields = {"metric": "counter_rebased", "value": float(last[1][0] + last[1][1])}
            self._emit("observation", fields, draft, at, backfill)
        self._emit("occupancy.flow", {"in": step.came, "out": step.went}, draft, at, backfill)

    def _was_reset_due(self, last: Instant, at: Instant) -> bool:
        reset_at = str(self.hanging.params.get("reset_at") or "")
        return bool(reset_at) and was_reset_due(reset_at, self.zone, last, at)

    def _emit(self, kind: str, fields: Mapping[str, Any], draft: Draft, at: Instant, backfill: bool) -> None:
        if kind == "occupancy.flow" and not fields["in"] and not fields["out"]:
            return
        said = dict(fields)
        if kind == "occupancy.flow" and self.hanging.params.get("swap_in_out"):
            said["in"], said["out"] = said["out"], said["in"]
        if kind.startswith("alarm."):
            said["alarm"] = _reference(self.hanging.device, said.get("alarm", said["type"]))
        area = area_of(self.hanging, draft) if kind in WITH_AREA else None
        if area is not None:
            said["area"] = area
        self._add(kind, said, at, draft.device or self.hanging.device, backfill)

    def _add(self, kind: str, fields: Mapping[str, Any], at: Instant, device: str, backfill: bool) -> None:
        if kind == "device.status" and fields["online"] and device == self.hanging.device:
            self.memory.remember("heartbeat", at, 1)
        id_ = derived_id(self.identity.stem, len(self.events))
        self.events.append(event_of(kind, fields, id_, at, device, backfill=backfill))


def derived_id(stem: str, index: int) -> str:
    """(message, index) in the 64 characters of an id."""
    plain = f"{stem}.{index}"
    return plain if len(plain) <= 64 else f"v-{sha256(stem.encode()).hexdigest()[:40]}.{index}"


def area_of(hanging: Hanging, draft: Draft) -> str | None:
    """A counted zone that nobody has given an area is one of its own: two zones must not overwrite each other's count."""
    mapped = hanging.params["areas"].get(draft.zone)
    if mapped:
        return str(mapped)
    if draft.zone is None or draft.unmapped == "main":
        return hanging.area
    return slug(f"{hanging.area or hanging.device}-{draft.zone}")


def slug(text: str) -> str:
    """As an area is spelt; what does not fit is told apart by a hash."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if plain and len(plain) <= 32:
        return plain
    return f"{plain[:23].strip('-') or 'zone'}-{sha256(text.encode()).hexdigest()[:8]}"


def _reference(device: str, alarm: Any) -> str:
    plain = f"{device}.{alarm}"
    if re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", plain):
        return plain
    return f"{device}.{sha256(str(alarm).encode()).hexdigest()[:16]}"
