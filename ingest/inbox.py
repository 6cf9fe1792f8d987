"""Bytes that the broker did not bring: read in the order in which they were put, answered in the batch's own transaction."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from ingest.intake import DUPLICATE, STORED
from ingest.reading import Item, Message
from ingest.store import Store
from models.base import Instant

_WAITING = text(
    "select i.id, i.topic, i.payload, i.put_at, i.rejected_id, r.received_at from inbox i"
    " left join rejected r on r.id = i.rejected_id"
    " where i.done_at is null and i.id > :after order by i.id limit :most"
)


@dataclass(frozen=True, slots=True)
class FromInbox:
    row: int
    rejected_id: int | None
    by_broker: bool = False


def waiting(connection: Connection, after: int, most: int) -> list[Message]:
    """What waits behind row `after`; a replay keeps the receive time of the first arrival."""
    found = connection.execute(_WAITING, {"after": after, "most": most})
    return [
        Message(topic, payload, False, received_at or put_at, FromInbox(id_, rejected_id))
        for id_, topic, payload, put_at, rejected_id, received_at in found
    ]


def answer(store: Store, items: Sequence[Item], verdicts: Sequence[str], now: Instant) -> None:
    """Write back what became of each inbox row's elements; a replay that counted closes its rejected row."""
    outcomes: dict[FromInbox, list[str]] = defaultdict(list)
    for item, verdict in zip(items, verdicts, strict=True):
        if isinstance(item.message.origin, FromInbox):
            outcomes[item.message.origin].append(verdict)
    if not outcomes:
        return
    store.write(
        # Unless it is answered: of a commit whose outcome was unknown, the first answer is the true one.
        "update inbox set done_at = ?, outcome = ? where id = ? and done_at is null",
        [(now, json.dumps(said), origin.row) for origin, said in outcomes.items()],
    )
    mended = [
        (now, origin.rejected_id)
        for origin, said in outcomes.items()
        if origin.rejected_id is not None and all(verdict in (STORED, DUPLICATE) for verdict in said)
    ]
    if mended:
        store.write("update rejected set replayed_at = ? where id = ?", mended)
