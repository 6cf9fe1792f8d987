"""Alarms that sites raise and clear: open while the last raise is later than the last clear."""

import json
from collections.abc import Iterable

from ingest.folds import Fresh
from ingest.store import Store
from models.alarm import grade_of
from models.base import MINUTE, Instant
from models.bed import Key, later

_HELD = "select type, area, person, late, raised_key, cleared_key, received_at from alarm where site_id = ? and ref = ?"
_SAVE = (
    "insert into alarm (site_id, ref, type, grade, area, person, open, late, raised_key, cleared_key, raised_at,"
    " cleared_at, received_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " on conflict (site_id, ref) do update set type = excluded.type, grade = excluded.grade, area = excluded.area,"
    " person = excluded.person, open = excluded.open, late = excluded.late, raised_key = excluded.raised_key,"
    " cleared_key = excluded.cleared_key, raised_at = excluded.raised_at, cleared_at = excluded.cleared_at,"
    " received_at = excluded.received_at"
)


def fold_alarms(store: Store, fresh: Iterable[Fresh], page_within_min: int, now: Instant) -> None:
    """An alarm that is too old when it is kept opens as late, however long it lay unread."""
    heard = [new for new in fresh if new.kind in ("alarm.raised", "alarm.cleared")]
    for new in sorted(heard, key=lambda new: (new.row.site_id, new.event.alarm, new.order)):
        store.write(_SAVE, [_row(store, new, now - page_within_min * MINUTE)])


def _row(store: Store, new: Fresh, page_since: Instant) -> tuple[object, ...]:
    found = store.rows(_HELD, (new.row.site_id, new.event.alarm))
    type_, area, person, late, raised, cleared, received_at = (
        found[0] if found else (None, None, None, 0, None, None, 0)
    )
    raised_key, cleared_key = _key(raised), _key(cleared)
    if new.kind == "alarm.raised":
        if raised_key is None or later(new.order, raised_key):
            raised_key, type_ = new.order, new.event.type
            area, person = new.event.area, new.event.person
            late = int(new.row.at < page_since)
            received_at = new.received_at
    elif cleared_key is None or later(new.order, cleared_key):
        cleared_key = new.order
        type_ = new.event.type if raised_key is None else type_
    is_open = raised_key is not None and (cleared_key is None or later(raised_key, cleared_key))
    return (
        new.row.site_id,
        new.event.alarm,
        type_,
        grade_of(type_),
        area,
        person,
        int(is_open),
        late,
        json.dumps(raised_key) if raised_key else None,
        json.dumps(cleared_key) if cleared_key else None,
        raised_key[0] if raised_key else None,
        cleared_key[0] if cleared_key else None,
        received_at or new.received_at,
    )


def _key(text: str | None) -> Key | None:
    if text is None:
        return None
    at, seq, id_ = json.loads(text)
    return at, seq, id_
