"""Emit rules: what an element of a payload means, as drafts. Pure; what was known before is not looked at here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import msgspec

from contract import Event, Instant
from ingest.vendors.clocks import TimeOf
from ingest.vendors.expressions import Expression
from ingest.vendors.payloads import Unreadable
from ingest.vendors.values import Value

DRAFTS_MAX = 200
COUNTER = "counter.sample"
"""Not an event: running totals, of which the engine makes `occupancy.flow`."""

_FIELDS = {kind.__struct_config__.tag: msgspec.structs.fields(kind) for kind in get_args(Event)}
_OURS = frozenset(("id", "at", "boot", "seq", "device", "site", "backfill", "area", "alarm"))
"""What the engine fills in; `alarm` only where a rule says nothing."""

NEEDED = {
    kind: frozenset(f.encode_name for f in found if f.required and f.encode_name not in _OURS)
    for kind, found in _FIELDS.items()
} | {COUNTER: frozenset(("counter", "in", "out"))}
ALLOWED = {
    kind: frozenset(f.encode_name for f in found if f.encode_name not in _OURS - {"alarm"})
    for kind, found in _FIELDS.items()
} | {COUNTER: frozenset(("counter", "in", "out", "epoch", "wrap"))}
WITH_AREA = frozenset(kind for kind, found in _FIELDS.items() if any(f.encode_name == "area" for f in found))
STATES = frozenset((COUNTER, "occupancy.count", "observation", "device.status"))
"""What a retained or undated message may still say; anything else that it says has happened long ago."""


@dataclass(frozen=True)
class Level:
    """Only a change of this value is an event. `rest`: what is believed before the first; None: the first is a change."""

    name: str
    value: Value
    rest: Any


@dataclass(frozen=True)
class Draft:
    """What a message says, before it is compared with what was known. `at` is the device's own time, if it tells one."""

    kind: str
    fields: Mapping[str, Any]
    at: Instant | None = None
    trusted: bool = False
    zone: str | None = None
    unmapped: str = "own"
    device: str | None = None
    backfill: bool = False
    level: tuple[str, Any, Any] | None = None
    """(name, value, what is believed before the first)."""
    debounce_s: float = 0.0
    once: tuple[str, ...] = ()

    @property
    def is_state(self) -> bool:
        return self.kind in STATES or self.level is not None


@dataclass(frozen=True)
class Scene:
    """What all rules of a message share."""

    context: dict[str, Any]
    omits_zero: bool
    zone: str
    token: Callable[[str], str]

    def value(self, value: Value, context: Any) -> Any:
        return value.of(context, self.omits_zero, self.token)


@dataclass(frozen=True)
class Emit:
    """One line of a table's `emit`."""

    event: Value
    fields: Mapping[str, Value]
    enabled: Mapping[str, tuple[Any, ...]]
    for_each: Expression | None
    entries: bool
    inner: Expression | None
    when: Expression | None
    zone: Value | None
    unmapped: str
    """What becomes of a zone that has no area in `areas`: `own` one of its own, `main` the device's, `skip` nothing."""
    device: Value | None
    time: TimeOf | None
    backfill: bool
    level: Level | None
    debounce_s: float
    once: tuple[Expression, ...]

    def drafts(self, scene: Scene, at: Instant | None, trusted: bool, backfill: bool) -> Iterator[Draft]:
        """`at` and `backfill` are the message's; a rule may know better. Raises Unreadable."""
        params = scene.context["params"]
        if any(params.get(name) not in values for name, values in self.enabled.items()):
            return
        for context in self._contexts(scene.context):
            if self.when is None or _holds(self.when, context):
                found = self._draft(scene, context, at, trusted, backfill)
                if found is not None:
                    yield found

    def _contexts(self, context: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if self.for_each is None:
            yield context
            return
        for key, item in _elements(_found(self.for_each, context), self.entries):
            outer = context | {"item": item, "key": key}
            if self.inner is None:
                yield outer
            else:
                for inner_key, inside in _elements(_found(self.inner, outer), False):
                    yield context | {"outer": item, "item": inside, "key": inner_key}

    def _draft(
        self, scene: Scene, context: dict[str, Any], at: Instant | None, trusted: bool, backfill: bool
    ) -> Draft | None:
        kind = scene.value(self.event, context)
        level = None if self.level is None else scene.value(self.level.value, context)
        if kind is None or (self.level is not None and level is None):
            return None
        said = {name: scene.value(value, context) for name, value in self.fields.items() if name in ALLOWED[kind]}
        fields = {name: value for name, value in said.items() if value is not None}
        if not NEEDED[kind] <= fields.keys():
            return None
        own = self.time.of(context, scene.zone) if self.time else None
        return Draft(
            kind=kind,
            fields=fields,
            at=at if own is None else own,
            trusted=trusted or (own is not None and self.time is not None and self.time.trusted),
            zone=_text(scene.value(self.zone, context)) if self.zone else None,
            unmapped=self.unmapped,
            device=_text(scene.value(self.device, context)) if self.device else None,
            backfill=backfill or self.backfill,
            level=None if self.level is None else (self.level.name, level, self.level.rest),
            debounce_s=self.debounce_s,
            once=tuple(str(_found(key, context)) for key in self.once),
        )


def _text(found: Any) -> str | None:
    return None if found is None else str(found)


def _holds(expression: Expression, context: Any) -> bool:
    try:
        return expression.holds(context)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _found(expression: Expression, context: Any) -> Any:
    try:
        return expression.of(context)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _elements(found: Any, entries: bool) -> list[tuple[Any, Any]]:
    """(key or position, element); a single element stands for a list of one, as XML and some JSON write it."""
    if found is None:
        return []
    if entries:
        return list(found.items()) if isinstance(found, dict) else []
    return list(enumerate(found if isinstance(found, list) else [found]))
