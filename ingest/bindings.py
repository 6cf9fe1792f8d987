"""The bindings of the registry, ready to be asked: which table reads a device at a moment, or why none can."""

import json
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from ingest.store import Store
from ingest.vendors.decoding import Hanging
from ingest.vendors.expressions import TableRefused
from ingest.vendors.shelf import shelf
from ingest.vendors.tables import given_params
from models.base import Instant

_BINDINGS = (
    "select s.code, b.device, b.valid_from, b.table_name, b.params, b.area from binding b"
    " join site s on s.id = b.site_id order by b.valid_from"
)


class Bound(NamedTuple):
    """`trouble`: a sentence instead of a table that this program cannot use."""

    valid_from: Instant
    hanging: Hanging | None
    trouble: str | None


@dataclass(frozen=True)
class Bindings:
    _by_device: dict[tuple[str, str], list[Bound]]

    def at(self, site: str, device: str, at: Instant) -> Bound | None:
        """The binding that is in force; None before the first and for a device that has none."""
        bound = self._by_device.get((site, device), [])
        index = bisect_right(bound, at, key=lambda one: one.valid_from)
        return bound[index - 1] if index else None


def read_bindings(store: Store) -> Bindings:
    found: dict[tuple[str, str], list[Bound]] = {}
    for site, device, valid_from, table, params, area in store.rows(_BINDINGS, ()):
        found.setdefault((site, device), []).append(_bound(site, device, valid_from, table, params, area))
    return Bindings(found)


def _bound(site: str, device: str, valid_from: Instant, name: str, params: str, area: str | None) -> Bound:
    try:
        table = shelf().table(name)
        return Bound(valid_from, Hanging(site, device, table, given_params(table, json.loads(params)), area), None)
    except TableRefused as refusal:
        return Bound(valid_from, None, str(refusal))
