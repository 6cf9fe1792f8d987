"""Recounts from what was sent: plain rows, lists and sorting; shares no code with the product."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from tests.ingest import reference

KIND = {"occupancy.count": 1, "occupancy.flow": 2}
_EVENTS = (
    "select e.id, s.code, a.code, e.kind, e.at, e.boot, e.seq, e.a, e.b from event e"
    " join site s on s.id = e.site_id left join area a on a.id = e.area_id where e.kind in (1, 2)"
)
_HEADS = (
    "select s.code, a.code, h.signed from head_count h join area a on a.id = h.track / 2 join site s on s.id = a.site_id"
    " where h.track % 2 = 0"
)
_SLOTS = (
    "select s.code, a.code, l.slot, coalesce(l.fixed, 0), l.fixed_at is null, l.opening + l.net, l.came, l.went"
    " from slot l join area a on a.id = l.track / 2 join site s on s.id = a.site_id where l.track % 2 = 0"
)


@dataclass(frozen=True)
class Account:
    sent: int
    lost: int
    doubled: int
    wrong: tuple[str, ...]
    """Every number that differs from the recount, in words."""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def check(
    read: Callable[[str], list[tuple]], sent: list[dict], integrity: str | None = "pragma quick_check"
) -> Account:
    """Compare the database with what the sites sent: events, head counts, slots, accounts of the outboxes.

    `read` gives the committed rows of a query; `integrity` asks the database itself whether it is whole, where it can say.
    """
    rows = read(_EVENTS)
    heads = {(site, area): signed for site, area, signed in read(_HEADS)}
    slots = {
        (site, area, slot): (relative if is_relative else fixed, came, went)
        for site, area, slot, fixed, is_relative, relative, came, went in read(_SLOTS)
    }
    streams = read("select site, boot, upto, highest, received, lost from stream")
    refused = read("select reason, count(*) from rejected group by reason")
    whole = read(integrity)[0][0] if integrity else "ok"
    times = Counter((site, id_) for id_, site, *_ in rows)
    wrong = [*_contents(rows, sent), *_numbers(rows, sent, heads, slots), *_accounts(rows, streams)]
    wrong += [f"rejected as {reason}: {n}" for reason, n in refused] + ([] if whole == "ok" else [whole])
    return Account(
        sent=len(sent),
        lost=sum((one["site"], one["id"]) not in times for one in sent),
        doubled=sum(times.values()) - len(times),
        wrong=tuple(wrong),
    )


def _contents(rows: list[tuple], sent: list[dict]) -> list[str]:
    kept = {(site, id_): (area, kind, at, a, b) for id_, site, area, kind, at, _, _, a, b in rows}
    wrong = []
    for one in sent:
        a, b = (one["count"], 0) if one["kind"] == "occupancy.count" else (one["in"], one["out"])
        expected = (one["area"], KIND[one["kind"]], one["at_us"], a, b)
        if kept.get((one["site"], one["id"]), expected) != expected:
            wrong.append(f"event {one['id']}")
    strangers = len(kept.keys() - {(one["site"], one["id"]) for one in sent})
    return wrong + ([f"{strangers} events that nobody sent"] if strangers else [])


def _numbers(rows: list[tuple], sent: list[dict], heads: dict, slots: dict) -> list[str]:
    number_of = {(site, id_): seq for id_, site, _, _, _, _, seq, _, _ in rows}
    by_site: dict[str, list[dict]] = defaultdict(list)
    for one in sent:
        by_site[one["site"]].append(one | {"seq": number_of.get((one["site"], one["id"])) or 0})
    wrong, expected_slots = [], {}
    for site, events in by_site.items():
        for area in {one["area"] for one in events}:
            people = reference.number(events, area)
            if heads.get((site, area)) != people:
                wrong.append(f"people in {site}/{area}: {heads.get((site, area))}, recounted {people}")
            for slot, (closing, _, _, _, came, went) in reference.slots(events, area, False).items():
                expected_slots[site, area, slot] = closing, came, went
    return wrong + [
        f"slot {key}: {slots.get(key)}, recounted {expected_slots.get(key)}"
        for key in sorted(slots.keys() | expected_slots.keys())
        if slots.get(key) != expected_slots.get(key)
    ]


def _accounts(rows: list[tuple], streams: list[tuple]) -> list[str]:
    numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
    for _, site, _, _, _, boot, seq, _, _ in rows:
        numbers[site, boot].add(seq)
    wrong = []
    for site, boot, upto, highest, received, lost in streams:
        kept = numbers.pop((site, boot), set())
        if kept != set(range(1, upto + 1)) or not len(kept) == highest == received or json.loads(lost):
            wrong.append(f"outbox {site}/{boot}: upto {upto}, highest {highest}, received {received}; {len(kept)} kept")
    return wrong + [f"no account of outbox {key}" for key in numbers]
