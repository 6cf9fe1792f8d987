"""New `bed.moved` events change where a resident is: the last move in the contract's order decides."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

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
    moved: dict[tuple[int, str], list[Fresh]] = defaultdict(list)
    for new in fresh:
        if new.kind == "bed.moved":
            moved[new.row.site_id, new.event.person].append(new)
    if not moved:
        return
    residents = sorted(moved)
    held = store.each(_HELD, residents)
    known = [json.loads(found[0][0]) if found else {} for found in held]
    store.write(_SAVE, [_row(who, kept, moved[who]) for who, kept in zip(residents, known, strict=True)])


def _row(who: tuple[int, str], held: dict[str, list[Any]], news: Iterable[Fresh]) -> tuple[object, ...]:
    moves: dict[str, Key] = {move: (key[0], key[1], key[2]) for move, key in held.items() if move != "bed"}
    bed_key, bed = _known_bed(held.get("bed"))
    for new in news:
        move = str(new.event.move)
        if move not in moves or later(new.order, moves[move]):
            moves[move] = new.order
        if new.event.bed is not None and (bed_key is None or later(new.order, bed_key)):
            bed_key, bed = new.order, new.event.bed
    last = last_move(moves)
    kept = dict(moves) | ({"bed": [*bed_key, bed]} if bed_key else {})
    return (
        *who,
        json.dumps(kept, separators=(",", ":"), sort_keys=True),
        WHEREABOUTS[last],
        int(WHEREABOUTS[last] in ON_ROLL),
        moves[last][0],
        bed,
        ",".join(resident_flags(moves)),
    )


def _known_bed(held: list[Any] | None) -> tuple[Key | None, str | None]:
    """The bed named last, in the contract's order."""
    return ((int(held[0]), int(held[1]), str(held[2])), str(held[3])) if held else (None, None)
