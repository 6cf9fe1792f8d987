"""New `bed.moved` events change where a resident is: the last move in the contract's order decides."""

import json
from collections.abc import Iterable

from ingest.folds import Fresh
from ingest.store import Store
from models.bed import ON_ROLL, WHEREABOUTS, Key, last_move, later, resident_flags

_HELD = "select moves, bed from resident where site_id = ? and person = ?"
_SAVE = (
    "insert into resident (site_id, person, moves, whereabouts, on_roll, since, bed, flags)"
    " values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (site_id, person) do update set moves = excluded.moves,"
    " whereabouts = excluded.whereabouts, on_roll = excluded.on_roll, since = excluded.since, bed = excluded.bed,"
    " flags = excluded.flags"
)


def fold_residents(store: Store, fresh: Iterable[Fresh]) -> None:
    moved = [new for new in fresh if new.kind == "bed.moved"]
    for new in sorted(moved, key=lambda new: (new.row.site_id, new.event.person, new.order)):
        store.write(_SAVE, [_row(store, new)])


def _row(store: Store, new: Fresh) -> tuple[object, ...]:
    found = store.rows(_HELD, (new.row.site_id, new.event.person))
    held = json.loads(found[0][0]) if found else {}
    moves: dict[str, Key] = {move: (key[0], key[1], key[2]) for move, key in held.items() if move != "bed"}
    move = str(new.event.move)
    if move not in moves or later(new.order, moves[move]):
        moves[move] = new.order
    bed_key, bed = _bed(held.get("bed"), new)
    last = last_move(moves)
    kept = dict(moves) | ({"bed": [*bed_key, bed]} if bed_key else {})
    return (
        new.row.site_id,
        new.event.person,
        json.dumps(kept, separators=(",", ":"), sort_keys=True),
        WHEREABOUTS[last],
        int(WHEREABOUTS[last] in ON_ROLL),
        moves[last][0],
        bed,
        ",".join(resident_flags(moves)),
    )


def _bed(held: list[object] | None, new: Fresh) -> tuple[Key | None, str | None]:
    """The bed named last, in the contract's order."""
    known = (int(str(held[0])), int(str(held[1])), str(held[2])) if held else None
    if new.event.bed is not None and (known is None or later(new.order, known)):
        return new.order, new.event.bed
    return known, str(held[3]) if held else None
