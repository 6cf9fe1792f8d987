"""Which numbers of each outbox the platform keeps after this batch; what `ack` will say."""

import json
from collections import defaultdict
from dataclasses import dataclass, field

from ingest.store import Store
from models.base import Instant
from models.stream import Kept, Range, keep

_HELD = "select upto, highest, beyond, lost, received, duplicates, rejected, heard_at from stream where site = ? and boot = ?"
_SAVE = (
    "insert into stream (site, boot, upto, highest, beyond, lost, received, duplicates, rejected, heard_at)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (site, boot) do update set upto = excluded.upto,"
    " highest = excluded.highest, beyond = excluded.beyond, lost = excluded.lost, received = excluded.received,"
    " duplicates = excluded.duplicates, rejected = excluded.rejected, heard_at = excluded.heard_at"
)

Outbox = tuple[str, str]
"""(site as in the topic, boot)."""


@dataclass(slots=True)
class Arrived:
    """What a batch brought from one outbox."""

    numbers: list[int] = field(default_factory=list)
    lost: list[Range] = field(default_factory=list)
    duplicates: int = 0
    rejected: int = 0
    heard_at: Instant = 0


Arrivals = defaultdict[Outbox, Arrived]


def fold_streams(store: Store, arrivals: Arrivals) -> dict[Outbox, Kept]:
    """The accounts after the batch, of the outboxes that it touched."""
    accounts: dict[Outbox, Kept] = {}
    rows = []
    for outbox, arrived in sorted(arrivals.items(), key=lambda item: item[0]):
        held, duplicates, rejected, heard_at = _held(store, outbox)
        kept = keep(held, arrived.numbers, arrived.lost)
        accounts[outbox] = kept
        counts = (kept.received, duplicates + arrived.duplicates, rejected + arrived.rejected)
        texts = (json.dumps(kept.beyond), json.dumps(kept.lost))
        rows.append((*outbox, kept.upto, kept.highest, *texts, *counts, max(heard_at, arrived.heard_at)))
    if rows:
        store.write(_SAVE, rows)
    return accounts


def _held(store: Store, outbox: Outbox) -> tuple[Kept, int, int, Instant]:
    found = store.rows(_HELD, outbox)
    if not found:
        return Kept(), 0, 0, 0
    upto, highest, beyond, lost, received, duplicates, rejected, heard_at = found[0]
    kept = Kept(upto, highest, _ranges(beyond), _ranges(lost), received)
    return kept, duplicates, rejected, heard_at


def _ranges(text: str) -> tuple[Range, ...]:
    return tuple((start, end) for start, end in json.loads(text)) if text != "[]" else ()
