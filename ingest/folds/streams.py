"""Which numbers of each outbox the platform keeps after this batch; what `ack` will say."""

import json
from collections import defaultdict
from dataclasses import dataclass, field

from ingest.store import Store, StreamLine
from models.base import Instant
from models.stream import Kept, Range, keep

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
    held = store.stream_lines(sorted(arrivals))
    lines = []
    for outbox, arrived in sorted(arrivals.items(), key=lambda item: item[0]):
        line = held.get(outbox) or StreamLine(*outbox, 0, 0, "[]", "[]", 0, 0, 0, 0)
        kept = accounts[outbox] = keep(_kept(line), arrived.numbers, arrived.lost)
        lines.append(_line(line, kept, arrived))
    if lines:
        store.save_stream_lines(lines)
    return accounts


def _kept(line: StreamLine) -> Kept:
    return Kept(line.upto, line.highest, _ranges(line.beyond), _ranges(line.lost), line.received)


def _line(before: StreamLine, kept: Kept, arrived: Arrived) -> StreamLine:
    return StreamLine(
        site=before.site,
        boot=before.boot,
        upto=kept.upto,
        highest=kept.highest,
        beyond=json.dumps(kept.beyond) if kept.beyond else "[]",
        lost=json.dumps(kept.lost) if kept.lost else "[]",
        received=kept.received,
        duplicates=before.duplicates + arrived.duplicates,
        rejected=before.rejected + arrived.rejected,
        heard_at=max(before.heard_at, arrived.heard_at),
    )


def _ranges(text: str) -> tuple[Range, ...]:
    return tuple((start, end) for start, end in json.loads(text)) if text != "[]" else ()
