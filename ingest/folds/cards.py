"""New entries by card: visits and distinct persons of a day, the same whatever came first and however often."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from ingest.folds import Fresh
from ingest.store import Store
from models.base import HOUR, Instant
from models.card_day import KEPT_DAYS, Entry, token_of, visits_by_area
from models.civil_day import AT_MIDNIGHT, Begins, day_bounds, day_of

_KEEP = "insert into card_entry (token, site_id, at, area_id) values (?, ?, ?, ?) on conflict do nothing"
_ADD = (
    "insert into card_day (day, site_id, area_id, visits, persons) values (?, ?, ?, ?, ?)"
    " on conflict (day, site_id, area_id) do update set visits = card_day.visits + excluded.visits,"
    " persons = card_day.persons + excluded.persons"
)

Card = tuple[str, int, int]
"""Day, site, token."""


def fold_cards(store: Store, fresh: Iterable[Fresh], zone: str, begins: Mapping[int, Begins], now: Instant) -> None:
    """`begins` of the sites whose days do not begin at midnight."""
    kinds = ("person.in", "person.out")
    passed = [new for new in fresh if new.kind in kinds and new.row.area_id is not None]
    since = day_bounds(day_of(now, zone), zone)[0] - KEPT_DAYS * 24 * HOUR
    passed = [new for new in passed if new.row.at >= since]
    if not passed:
        return
    came: dict[Card, set[Entry]] = defaultdict(set)
    more: Counter[tuple[str, int, int, str]] = Counter()
    for new in passed:
        day = day_of(new.row.at, zone, begins.get(new.row.site_id, AT_MIDNIGHT)).isoformat()
        more[day, new.row.site_id, int(new.row.area_id or 0), "visits"] += 0  # who only left tells that cards are sent
        if new.kind == "person.in":
            came[day, new.row.site_id, token_of(new.event.person)].add((new.row.at, int(new.row.area_id or 0)))
    _count(came, _held(store, came, zone, begins), more)
    store.write(_KEEP, sorted((token, site, at, area) for (_, site, token), set_ in came.items() for at, area in set_))
    days = sorted({key[:3] for key in more})
    store.write(_ADD, [(*key, more[*key, "visits"], more[*key, "persons"]) for key in days])


def _held(
    store: Store, came: Mapping[Card, set[Entry]], zone: str, begins: Mapping[int, Begins]
) -> dict[Card, set[Entry]]:
    """Of each card the entries that stand beside its new ones."""
    found: dict[Card, set[Entry]] = defaultdict(set)
    asked = []
    for (day, site_id, token), entries in sorted(came.items()):
        bounds = day_bounds(date.fromisoformat(day), zone, begins.get(site_id, AT_MIDNIGHT))
        asked.append((token, site_id, min(entries)[0], max(entries)[0], *bounds))
    for token, site_id, at, area_id in store.card_entries(asked) if asked else ():
        day = day_of(at, zone, begins.get(site_id, AT_MIDNIGHT)).isoformat()
        found[day, site_id, token].add((at, area_id))
    return found


def _count(
    came: dict[Card, set[Entry]], held: dict[Card, set[Entry]], more: Counter[tuple[str, int, int, str]]
) -> None:
    """What the new entries change: one between two others may also take the visit of the later one."""
    for card, entries in came.items():
        day, site_id, _ = card
        before, after = visits_by_area(held.get(card, ())), visits_by_area(entries | held.get(card, set()))
        for area_id in before.keys() | after.keys():
            more[day, site_id, area_id, "visits"] += after[area_id] - before[area_id]
        if not before:
            more[day, site_id, min(entries)[1], "persons"] += 1
