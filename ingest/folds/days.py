"""What a day adds up, one at a time, and which ended days a late event touches."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from ingest.folds import Fresh
from ingest.folds.head_counts import Stretch
from ingest.store import Store
from models.base import Instant
from models.civil_day import day_bounds, day_of
from models.event import CLOCK_AHEAD, CLOCK_UNSET

COUNTED = frozenset(
    ("meal.served", "meal.booked", "meal.cancelled", "person.in", "rating.given", "alarm.raised", "service.planned")
)
"""Kinds that a day counts one by one, or that speak of another day; the others are most of what comes."""


def fold_days(store: Store, fresh: Iterable[Fresh], stretches: Iterable[Stretch], zone: str, now: Instant) -> None:
    counted: Counter[tuple[str, int, str]] = Counter()
    today = day_of(now, zone)
    midnight, tomorrow = day_bounds(today, zone)
    touched = set(_ended_days(stretches, zone, today))
    for new in fresh:
        day = today if midnight <= new.row.at < tomorrow else day_of(new.row.at, zone)
        if day is today and not new.row.flags and new.kind not in COUNTED:
            continue
        day_counted, site = _day_counted(new, day, zone), new.row.site_id
        for what, n in tallied(new):
            counted[day_counted.isoformat(), site, what] += n
        if new.row.flags & (CLOCK_AHEAD | CLOCK_UNSET):
            counted[day.isoformat(), site, "wrong_clock"] += 1
        if day < today or day_counted < today:
            touched.update((site, one.isoformat()) for one in (day, day_counted) if one < today)
    if counted:
        store.add_tallies((day_, site, what, n) for (day_, site, what), n in sorted(counted.items()))
    if touched:
        store.touch_days(sorted(touched), now)


def _ended_days(stretches: Iterable[Stretch], zone: str, today: date) -> Iterator[tuple[int, str]]:
    """The ended days whose head count changed, also where an earlier day's late event carries on into them."""
    midnight, _ = day_bounds(today, zone)
    for site_id, since, until in stretches:
        if since >= midnight:
            continue
        day, last = day_of(since, zone), day_of(min(until or midnight, midnight) - 1, zone)
        while day <= last:
            yield site_id, day.isoformat()
            day += timedelta(days=1)


def tallied(new: Fresh) -> list[tuple[str, int]]:
    """Under which names, and with how much, a day counts this event; most kinds it does not count one by one."""
    if new.kind.startswith("meal."):
        return [(f"{new.kind}.{new.event.meal}.{new.event.mode}", 1), *_money(new)]
    if new.kind == "person.in":
        return [("visit", 1)]
    if new.kind == "rating.given":
        return [(f"rating.{new.event.score}", 1)]
    return [("alarm." + new.event.type, 1)] if new.kind == "alarm.raised" else []


def _money(new: Fresh) -> list[tuple[str, int]]:
    """Sums in fen of the meals whose price is said, and of the subsidies."""
    if new.kind != "meal.served":
        return []
    price, subsidy = new.event.price_fen, new.event.subsidy_fen
    said = [("meal.price_fen", price), ("meal.priced", 1)] if price is not None else []
    return said + ([("meal.subsidy_fen", subsidy), ("meal.subsidised", 1)] if subsidy else [])


def _day_counted(new: Fresh, day: date, zone: str) -> date:
    """A booking counts for the day that it is for, and a plan touches the day on which it is due."""
    if new.kind == "service.planned":
        return day_of(new.event.due_at, zone)
    booked_for = getattr(new.event, "for_", None)
    return booked_for if isinstance(booked_for, date) else day
