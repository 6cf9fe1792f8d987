"""Meals handed out and what sensors said, as far as rules ask for it; touched only by a batch that holds such an event."""

from collections.abc import Sequence

from ingest.folds import Fresh
from ingest.store import Store
from models.base import Instant
from models.observed import WATCHED_METRICS

_SERVED = (
    "insert into serving (site_id, meal, last_at) values (?, ?, ?)"
    " on conflict (site_id, meal) do update set last_at = excluded.last_at where serving.last_at < excluded.last_at"
)
_NEWER = (
    "update observed set since = case when (value = 0) = (? = 0) then since else ? end, value = ?, at = ?, area_id = ?"
    " where site_id = ? and device_id = ? and metric = ? and at <= ?"
)
_FIRST = (
    "insert into observed (site_id, device_id, metric, value, at, since, area_id) values (?, ?, ?, ?, ?, ?, ?)"
    " on conflict do nothing"
)
_ACTIVE = (
    "update observed set active_at = ? where site_id = ? and device_id = ? and metric = ?"
    " and (active_at is null or active_at < ?)"
)


def fold_observed(store: Store, fresh: Sequence[Fresh]) -> None:
    served: dict[tuple[int, str], Instant] = {}
    said = []
    for new in fresh:
        if new.kind == "meal.served":
            key = new.row.site_id, new.event.meal
            served[key] = max(new.row.at, served.get(key, 0))
        elif new.kind == "observation" and new.row.device_id is not None and new.event.metric in WATCHED_METRICS:
            said.append(new)
    if served:
        store.write(_SERVED, sorted((*key, at) for key, at in served.items()))
    if said:
        _keep(store, sorted(said, key=lambda new: new.order))


def _keep(store: Store, said: Sequence[Fresh]) -> None:
    """In the order of time, so that a batch leaves what its events would leave one by one."""
    keys = [(new.row.site_id, new.row.device_id, new.event.metric) for new in said]
    values = [(float(new.event.value), new.row.at, new.row.area_id) for new in said]
    store.write(_FIRST, [(*key, value, at, at, area) for key, (value, at, area) in zip(keys, values, strict=True)])
    store.write(_NEWER, [(v, at, v, at, area, *key, at) for key, (v, at, area) in zip(keys, values, strict=True)])
    active = [(at, *key, at) for key, (value, at, _) in zip(keys, values, strict=True) if value]
    if active:
        store.write(_ACTIVE, active)
