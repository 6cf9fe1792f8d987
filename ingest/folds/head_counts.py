"""New flows, counts and comings change tracks and their slots.

In order, a step is appended to the open slot. Out of order, the slot that it falls into is mended (rebuilt from the raw
events where it is not the slot's last), and the walk goes forward until an opening value no longer changes: at the latest
behind the next absolute count.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from ingest.folds import Fresh
from ingest.store import Head, Store
from models.base import Instant
from models.event import SLOT_US
from models.occupancy import SlotFold, Step, bases_of, is_own, step_of, track_of


class Stretch(NamedTuple):
    """Where a site's numbers are no longer what they were: [since, until), or to the end of what is known."""

    site_id: int
    since: Instant
    until: Instant | None


class _Arrivals:
    """What a batch brings to one track."""

    __slots__ = ("own", "received_at", "site_id", "steps")

    def __init__(self, site_id: int) -> None:
        self.site_id = site_id
        self.steps: list[Step] = []
        self.own = False
        self.received_at = 0


def fold_head_counts(store: Store, fresh: Iterable[Fresh]) -> list[Stretch]:
    """Returns what changed: an event of yesterday also changes today's numbers, as far as the next absolute count."""
    arrivals = _by_track(fresh)
    if not arrivals:
        return []
    known = store.open_tracks(sorted(arrivals))
    new_heads: list[Head] = []
    new_slots: list[SlotFold] = []
    stretches: list[Stretch] = []
    for track in sorted(arrivals):
        arrived, (head, last) = arrivals[track], known.get(track, (None, None))
        arrived.steps.sort()
        slots, signed, until = _fold_track(store, track, head, last, arrived)
        stretches.append(Stretch(arrived.site_id, arrived.steps[0].at, until))
        new_slots += slots
        new_heads.append(_next_head(track, head, arrived, signed))
    store.save_slots(new_slots)
    store.save_heads(new_heads)
    return stretches


def _by_track(fresh: Iterable[Fresh]) -> dict[int, _Arrivals]:
    arrivals: dict[int, _Arrivals] = {}
    for new in fresh:
        row = new.row
        if row.area_id is None or row.a is None or row.b is None:
            continue
        step = step_of(row.kind, row.at, row.seq, new.event.id.encode(), row.a, row.b)
        own = is_own(row.kind, row.b)
        for basis in bases_of(row.kind, row.b):
            track = track_of(row.area_id, basis)
            arrived = arrivals.get(track)
            if arrived is None:
                arrived = arrivals[track] = _Arrivals(row.site_id)
            arrived.steps.append(step)
            arrived.own = arrived.own or own
            arrived.received_at = max(arrived.received_at, new.received_at)
    return arrivals


def _next_head(track: int, head: Head | None, arrived: _Arrivals, signed: int) -> Head:
    if head is None:
        return Head(track, signed, arrived.steps[-1].at, int(arrived.own), arrived.received_at)
    return Head(
        track,
        signed,
        max(head.last_at, arrived.steps[-1].at),
        head.own or int(arrived.own),
        max(head.received_at, arrived.received_at),
    )


def _fold_track(
    store: Store, track: int, head: Head | None, last: SlotFold | None, arrived: _Arrivals
) -> tuple[list[SlotFold], int, Instant | None]:
    """The slots that changed, the track's value at its end, and where the change ends (None: it does not)."""
    steps = arrived.steps
    if head is None or steps[0].at > head.last_at:
        return *extend(track, head.signed if head else 0, last, steps), None
    before = store.slot_before(track, steps[0].at // SLOT_US)
    slots, signed, until = _mend(store, track, head.signed, before.closing if before else 0, steps)
    # What may be the area's first counter makes this track the number of every later day, behind absolute counts too.
    is_first = arrived.own and not (before and before.came + before.went)
    return slots, signed, None if is_first else until


def extend(track: int, signed: int, last: SlotFold | None, steps: list[Step]) -> tuple[list[SlotFold], int]:
    """Append steps that all come after everything in the track; `last` is its newest slot."""
    changed: list[SlotFold] = []
    slot = last
    for step in steps:
        number = step.at // SLOT_US
        if slot is None or slot.slot != number:
            slot = SlotFold(track, number, opening=signed)
        if not changed or changed[-1] is not slot:
            changed.append(slot)
        slot.append(step)
        signed = slot.closing
    return changed, signed


def _mend(
    store: Store, track: int, signed: int, value: int, steps: list[Step]
) -> tuple[list[SlotFold], int, Instant | None]:
    """Fold steps of which some come before what the track already holds; `value` is that before the first of them."""
    late = {number: list(group) for number, group in groupby(steps, key=lambda step: step.at // SLOT_US)}
    first, last = min(late), max(late)
    changed: list[SlotFold] = []
    for slot in _with_new_slots(store.slots_from(track, first), track, late):
        arrived = late.get(slot.slot)
        if arrived is None and slot.opening == value and slot.slot > last:
            return changed, signed, slot.start
        mended = _with(store, slot, arrived) if arrived else slot
        if arrived or mended.opening != value:
            mended.opening = value
            changed.append(mended)
        value = mended.closing
    return changed, value, None


def _with_new_slots(kept: Iterator[SlotFold], track: int, late: dict[int, list[Step]]) -> Iterator[SlotFold]:
    """The kept slots and an empty one for each number that has none yet, in order."""
    wanted = sorted(late)
    for slot in kept:
        while wanted and wanted[0] < slot.slot:
            yield SlotFold(track, wanted.pop(0))
        if wanted and wanted[0] == slot.slot:
            wanted.pop(0)
        yield slot
    for number in wanted:
        yield SlotFold(track, number)


def _with(store: Store, slot: SlotFold, arrived: list[Step]) -> SlotFold:
    if slot.events and arrived[0].at <= slot.last_at:
        slot, arrived = SlotFold(slot.track, slot.slot, opening=slot.opening), _raw_steps(store, slot, arrived)
    for step in arrived:
        slot.append(step)
    return slot


def _raw_steps(store: Store, slot: SlotFold, arrived: list[Step]) -> list[Step]:
    """All of the slot's steps; the batch's own are already among the raw events."""
    return store.steps(slot.track // 2, slot.track % 2, slot.slot, slot.events + len(arrived))
