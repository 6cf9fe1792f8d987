"""Which numbers of each outbox the platform keeps after this batch; what `ack` will say."""

import json
from collections import defaultdict

from msgspec import Struct, field

from ingest.store import Store, StreamLine
from models.base import Instant
from models.stream import Kept, Range, keep

Outbox = tuple[str, str]
"""(site as in the topic, boot)."""


class Arrived(Struct):
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
    outboxes = sorted(arrivals)
    held = store.stream_lines(outboxes)
    lines = []
    for outbox in outboxes:
        arrived = arrivals[outbox]
        line = held.get(outbox) or StreamLine(*outbox, 0, 0, "[]", "[]", 0, 0, 0, 0)
        kept = accounts[outbox] = keep(_kept(line), arrived.numbers, arrived.lost)
        _write_down(line, kept, arrived)
        lines.append(line)
    if lines:
        store.save_stream_lines(lines)
    return accounts


def _kept(line: StreamLine) -> Kept:
    return Kept(line.upto, line.highest, _ranges(line.beyond), _ranges(line.lost), line.received)


def _write_down(line: StreamLine, kept: Kept, arrived: Arrived) -> None:
    line.upto, line.highest, line.received = kept.upto, kept.highest, kept.received
    line.beyond = json.dumps(kept.beyond) if kept.beyond else "[]"
    line.lost = json.dumps(kept.lost) if kept.lost else "[]"
    line.duplicates += arrived.duplicates
    line.rejected += arrived.rejected
    line.heard_at = max(line.heard_at, arrived.heard_at)


def _ranges(text: str) -> tuple[Range, ...]:
    return tuple((start, end) for start, end in json.loads(text)) if text != "[]" else ()
