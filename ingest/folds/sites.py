"""What a batch says of its sites and devices: signs of life, doors, the line, minutes heard."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from contract import Status
from ingest.folds import Fresh
from ingest.registry import Registry
from ingest.store import DeviceSaid, SiteLine, Store
from models.base import Instant
from models.event import BACKFILL
from models.occupancy import minute_bit
from models.quality import BY_HAND, NO_DELAYS, edges_passed


class Said(NamedTuple):
    """A status of a registered site. `stale`: it was retained or is replayed, so it shows nobody alive."""

    place: int
    site_id: int
    status: Status
    stale: bool
    received_at: Instant


def fold_sites(store: Store, fresh: Sequence[Fresh], said: Sequence[Said], now: Instant) -> None:
    """In the order of arrival: an event behind a will says that the line is up again, one before it does not."""
    touched = {new.row.site_id for new in fresh} | {one.site_id for one in said}
    change, lines = store.changed_sites(sorted(touched))
    for site_id in touched - lines.keys():
        lines[site_id] = SiteLine(site_id, change, None, None, None, None, None, None, None, None, None)
    arrived: Sequence[Fresh | Said] = fresh
    if said:
        arrived = sorted([*fresh, *said], key=_place)
    for one in arrived:
        if isinstance(one, Said):
            _said(lines[one.site_id], one, now)
        else:
            _heard(lines[one.row.site_id], one, now)
    for line in lines.values():
        line.changed = change
    store.save_site_lines(lines[site_id] for site_id in sorted(touched))


def _place(one: Fresh | Said) -> int:
    return one.place


def _last_heard(line: SiteLine, received_at: Instant, now: Instant) -> Instant:
    """The newest receive time; one that a clock gave which was ahead for a while must not hide a silence afterwards."""
    held = line.heard_at or 0
    return max(received_at, 0 if held > now else held)


def _heard(line: SiteLine, new: Fresh, now: Instant) -> None:
    if new.sign_of_life:
        line.heard_at = _last_heard(line, new.received_at, now)
    line.event_at = max(line.event_at or 0, new.row.at)
    if line.online == 0 and line.boot is not None and new.row.boot == line.boot:
        line.online = 1
    if new.kind in ("site.opened", "site.closed"):
        _door(line, new)


def _door(line: SiteLine, new: Fresh) -> None:
    at, seq, id_ = new.order
    held = (line.door_at, line.door_seq or 0, (line.door_id or "").encode())
    if held[0] is None or (at, seq, id_.encode()) > held:
        line.door, line.door_at, line.door_seq, line.door_id = new.kind.removeprefix("site."), at, seq, id_


def _said(line: SiteLine, said: Said, now: Instant) -> None:
    status = said.status
    if not status.online:
        line.online = 0 if status.boot == line.boot else line.online
        return
    line.online, line.boot, line.agent = 1, status.boot, status.agent
    if not said.stale:
        line.heard_at = _last_heard(line, said.received_at, now)


def fold_minutes(store: Store, fresh: Iterable[Fresh]) -> None:
    """Which minutes a site sent something for, and how it came."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0] * (4 + len(NO_DELAYS)))
    for new in fresh:
        row = new.row
        held = sums[row.site_id, row.slot]
        held[0] |= minute_bit(row.at)
        held[1] += 1
        held[2] += getattr(new.event, "method", None) in BY_HAND
        if not row.flags & BACKFILL:
            held[3] += 1
            if passed := edges_passed(row.at, row.received_at):
                held[3 + passed] += 1
    store.add_minutes((*key, *held[:4], *_each_or_more(held[4:])) for key, held in sorted(sums.items()))


def _each_or_more(counts: list[int]) -> Iterable[int]:
    """Whoever passed an edge has passed those before it, too."""
    return reversed(list(accumulate(reversed(counts))))


def fold_devices(store: Store, registry: Registry, fresh: Iterable[Fresh], now: Instant) -> None:
    heard: dict[int, Instant] = {}
    statuses = []
    for new in fresh:
        if new.row.device_id is None:
            continue
        if new.sign_of_life:
            heard[new.row.device_id] = max(heard.get(new.row.device_id, 0), new.received_at)
        if new.kind == "device.status":
            statuses.append(_status(new.row.device_id, new))
    told = registry.devices_to_tell(heard)
    if told:
        store.devices_heard(told, now)
    if statuses:
        store.devices_said(telling(statuses))


def _status(device_id: int, new: Fresh) -> DeviceSaid:
    said = new.event
    return DeviceSaid(
        device_id,
        new.row.at,
        int(said.online),
        said.battery_pct,
        said.clock_offset_ms,
        said.queued,
        said.firmware,
    )


def telling(statuses: Iterable[DeviceSaid]) -> list[DeviceSaid]:
    """By device, oldest first, without those of which later ones of the same device say everything anew."""
    in_order = sorted(statuses, key=_device_and_time)
    kept: list[DeviceSaid] = []
    device, said = 0, set[int]()
    for one in reversed(in_order):
        if one.device_id != device:
            device, said = one.device_id, set()
        adds = {place for place, value in enumerate(one) if value is not None} - said
        if adds:
            kept.append(one)
            said |= adds
    return kept[::-1]


def _device_and_time(one: DeviceSaid) -> tuple[int, Instant]:
    return one.device_id, one.at
