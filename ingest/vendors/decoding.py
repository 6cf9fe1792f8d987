"""A message of a bound device → what it says, as drafts; or a sentence why it cannot be read. Pure, and keeps no state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import msgspec

from contract import Event, Instant, Moment, is_site, kind_of
from ingest.vendors.expressions import Expression
from ingest.vendors.payloads import Unreadable, tree_of, without_persons
from ingest.vendors.rules import COUNTER, DRAFTS_MAX, Draft, Scene
from ingest.vendors.tables import Read, Table
from ingest.vendors.tokens import Tokens
from ingest.vendors.topics import levels_of

CAPTURE = "capture"
"""The topic of bytes whose own topic nobody wrote down; every form of a table is tried on them."""

_KINDS = {kind_tag.__struct_config__.tag: kind_tag for kind_tag in get_args(Event)}


class TooLarge(Unreadable):
    """More bytes than the table allows."""


@dataclass(frozen=True)
class Arrival:
    """A vendor's bytes. `heard_at`: when the agent, or where there is none the platform, received them."""

    topic: str
    payload: bytes
    heard_at: Instant
    retained: bool = False


@dataclass(frozen=True)
class Hanging:
    """A device as it is bound: where it hangs and what was chosen for it; `params` are complete."""

    site: str
    device: str
    table: Table
    params: Mapping[str, Any]
    area: str | None


@dataclass(frozen=True)
class Reading:
    drafts: tuple[Draft, ...]
    key: str | None
    """What is really unique in the message, if anything is."""
    by_clock: bool = False
    """It is so by the device's clock."""
    at: Instant | None = None
    """When a server that is believed says that the message was sent."""


def decode(hanging: Hanging, arrival: Arrival, zone: str, tokens: Tokens) -> Reading:
    """Raises Unreadable with a sentence that repeats no value."""
    read, tree, levels = _chosen(hanging.table, hanging.params, arrival)
    trees = [tree] if read.split is None else _listed(_said(read.split, tree))
    drafts: list[Draft] = []
    keys: list[str | None] = []
    times: list[Instant] = []
    for element in trees:
        context = _context(read, element, levels, hanging.params)
        scene = Scene(context, read.omits_zero, zone, lambda source: tokens(hanging.site, source))
        at = read.time.of(context, zone) if read.time else None
        drafts += _drafts(read, scene, at)
        times += [at] if at is not None and read.time is not None and read.time.trusted else []
        keys.append(_key(read, context) if _tells_apart(read, at, arrival, hanging.params) else None)
    if len(drafts) > DRAFTS_MAX:
        raise Unreadable(f"{len(drafts)} events in one message; at most {DRAFTS_MAX}")
    for draft in drafts:
        _check(draft)
    known = [key for key in keys if key is not None]
    key = "\x1e".join(known) if known and len(known) == len(keys) else None
    return Reading(tuple(drafts), key, read.dedup_by_clock, max(times, default=None))


def _chosen(table: Table, params: Mapping[str, Any], arrival: Arrival) -> tuple[Read, Any, dict[str, str]]:
    """The first form of the table that topic and payload fit."""
    why: Unreadable | None = None
    for read in table.reads:
        levels = _levels(read, arrival.topic)
        if levels is None:
            continue
        if len(arrival.payload) > read.bytes_max:
            raise TooLarge(f"{len(arrival.payload)} bytes; {table.name} reads at most {read.bytes_max}")
        try:
            tree = without_persons(tree_of(arrival.payload, read.payload), frozenset())
        except Unreadable as error:
            why = why or error
            continue
        if read.when is None or _holds(read.when, _context(read, tree, levels, params, with_body=False)):
            return read, tree, levels
    raise why or Unreadable(f"no form of {table.name} fits this topic and payload")


def _levels(read: Read, topic: str) -> dict[str, str] | None:
    if topic == CAPTURE:
        return None if read.payload == "ignored" else {}
    return next((levels for pattern in read.topics if (levels := levels_of(pattern, topic)) is not None), None)


def _context(
    read: Read, tree: Any, levels: Mapping[str, str], params: Mapping[str, Any], with_body: bool = True
) -> dict[str, Any]:
    body = tree if read.body is None or not with_body else _said(read.body, tree)
    return {"envelope": tree, "body": body, "topic": dict(levels), "params": dict(params)}


def _drafts(read: Read, scene: Scene, at: Instant | None) -> list[Draft]:
    backfill = read.backfill is not None and _holds(read.backfill, scene.context)
    trusted = read.time is not None and read.time.trusted
    found: list[Draft] = []
    for emit in read.emit:
        found += emit.drafts(scene, at, trusted, backfill)
        if len(found) > DRAFTS_MAX:
            break
    return found


def _key(read: Read, context: dict[str, Any]) -> str | None:
    said = [_said(expression, context) for expression in read.dedup]
    return None if not said or any(one is None for one in said) else "\x1f".join(str(one) for one in said)


def _tells_apart(read: Read, at: Instant | None, arrival: Arrival, params: Mapping[str, Any]) -> bool:
    """A clock that stands still gives every message the same time: one that is not believed tells none from another."""
    if not read.dedup_by_clock:
        return True
    is_near = at is not None and abs(at - arrival.heard_at) <= params["max_skew_s"] * 1_000_000
    return is_near and params["clock"] != "receive"


def _said(expression: Expression, context: Any) -> Any:
    return _surely(lambda: expression.of(context))


def _holds(expression: Expression, context: Any) -> bool:
    return bool(_surely(lambda: expression.holds(context)))


def _surely(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [] if found is None else [found]


def _check(draft: Draft) -> None:
    """What the contract would refuse must be known before anything is kept."""
    if draft.device is not None and not is_site(draft.device):
        raise Unreadable("a device's name that is no code")
    if draft.kind == COUNTER:
        if min(draft.fields["in"], draft.fields["out"]) < 0:
            raise Unreadable("a running total below zero")
        return
    reference = {"alarm": "probe"} if draft.kind.startswith("alarm.") else {}
    event_of(draft.kind, {**draft.fields, **reference}, "probe", 0, None)


def event_of(kind: str, fields: Mapping[str, Any], id_: str, at: Instant, device: str | None, **more: Any) -> Event:
    """The contract's event. Raises Unreadable where the contract refuses a value."""
    said = {**fields, "kind": kind, "id": id_, "at": Moment(at), **({"device": device} if device else {}), **more}
    try:
        made: Event = msgspec.convert(said, _KINDS[kind], dec_hook=lambda _kind, value: value)
    except msgspec.ValidationError as error:
        raise Unreadable(f"{kind}: {error}") from error
    assert kind_of(made) == kind
    return made
