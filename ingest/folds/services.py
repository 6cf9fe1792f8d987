"""New service events change the row of their service: of each kind one event wins, and the rest follows from the winners."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ingest.folds import Fresh
from ingest.store import Store
from models.base import Instant
from models.service import SLOT_OF_KIND, ServiceFacts, Won, is_planned, named_at, placed_at, service_facts, winner

_FIELDS = ("type", "due_at", "minutes", "worker", "person", "method", "units", "price_fen", "by", "reason", "place")
_HELD = "select plan, start, finish, cancel, confirm, due_at from service where site_id = ? and ref = ?"
_SAVE = (
    "insert into service (site_id, ref, plan, start, finish, cancel, confirm, type, state, due_at, minutes, started_at,"
    " completed_at, flags, placed_at, named_at, planned)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " on conflict (site_id, ref) do update set plan = excluded.plan, start = excluded.start, finish = excluded.finish,"
    " cancel = excluded.cancel, confirm = excluded.confirm, type = excluded.type, state = excluded.state,"
    " due_at = excluded.due_at, minutes = excluded.minutes, started_at = excluded.started_at,"
    " completed_at = excluded.completed_at, flags = excluded.flags, placed_at = excluded.placed_at,"
    " named_at = excluded.named_at, planned = excluded.planned"
)
_COLUMNS = ("plan", "start", "finish", "cancel", "confirm")


def fold_services(store: Store, fresh: Iterable[Fresh]) -> set[tuple[int, Instant]]:
    """Returns where a day says something else now: by site, when a service was due before and when it is due since."""
    by_service: dict[tuple[int, str], list[Fresh]] = defaultdict(list)
    for new in fresh:
        if new.kind in SLOT_OF_KIND:
            by_service[new.row.site_id, new.event.service].append(new)
    rows, dues, services = [], set[tuple[int, Instant | None]](), sorted(by_service)
    for (site_id, ref), found in zip(services, store.each(_HELD, services), strict=True):
        won, due_before = _held(found)
        facts = _folded(won, by_service[site_id, ref])
        rows.append((site_id, ref, *_texts(won), *_columns(facts), placed_at(won), named_at(won), int(is_planned(won))))
        dues |= {(site_id, due_before), (site_id, facts.due_at)}
    if rows:
        store.write(_SAVE, rows)
    return {(site_id, due) for site_id, due in dues if due is not None}


def _folded(won: dict[str, Won], news: list[Fresh]) -> ServiceFacts:
    for new in news:
        which = SLOT_OF_KIND[new.kind]
        won[which] = winner(which, won.get(which), (new.order, _fields(new)))
    return service_facts(won)


def _texts(won: dict[str, Won]) -> list[str | None]:
    return [json.dumps(won[name], separators=(",", ":")) if name in won else None for name in _COLUMNS]


def _columns(facts: ServiceFacts) -> tuple[object, ...]:
    return (
        facts.type,
        facts.state,
        facts.due_at,
        facts.minutes,
        facts.started_at,
        facts.completed_at,
        ",".join(facts.flags),
    )


def _held(found: Sequence[Sequence[Any]]) -> tuple[dict[str, Won], Instant | None]:
    """The winners so far, and when they said that it is due."""
    if not found:
        return {}, None
    *texts, due_at = found[0]
    parsed = {name: json.loads(text) for name, text in zip(_COLUMNS, texts, strict=True) if text}
    return {name: ((key[0], key[1], key[2]), fields) for name, (key, fields) in parsed.items()}, due_at


def _fields(new: Fresh) -> dict[str, object]:
    """What the event says beside its envelope; absent fields stay absent."""
    said = {name: getattr(new.event, name, None) for name in _FIELDS}
    place = said.pop("place")
    if place is not None:
        said["place"] = [place.lat, place.lon, place.accuracy_m, place.mock]
    return {name: value for name, value in said.items() if value is not None}
