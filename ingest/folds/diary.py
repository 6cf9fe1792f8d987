"""Shifts and residents' moves, written down beside the raw events: a day is told from them, however long ago it was."""

from collections.abc import Iterable

from ingest.folds import Fresh
from ingest.store import Store
from models.diary import WRITTEN_DOWN

_SAVE = (
    "insert into diary (site_id, kind, at, id, seq, rest, person) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing"
)


def fold_diary(store: Store, fresh: Iterable[Fresh]) -> None:
    rows = [
        (new.row.site_id, new.row.kind, new.row.at, new.event.id, new.row.seq or 0, new.row.rest or "{}", _moved(new))
        for new in fresh
        if new.kind in WRITTEN_DOWN
    ]
    if rows:
        store.write(_SAVE, sorted(rows, key=lambda row: (row[0], row[1], row[2], row[3])))


def _moved(new: Fresh) -> str | None:
    return str(new.event.person) if new.kind == "bed.moved" else None
