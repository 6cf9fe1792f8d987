"""What a day adds up, one at a time, and which ended days a late event touches."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from ingest.folds import Fresh
from ingest.folds.head_counts import Stretch
from ingest.store import Store
from models.base import Instant
from models.civil_day import day_bounds, day_of


def fold_days(store: Store, fresh: Iterable[Fresh], stretches: Iterable[Stretch], zone: str, now: Instant) -> None:
    counted: Counter[tuple[str, int, str]] = Counter()
    today = day_of(now, zone)
    midnight, tomorrow = day_bounds(today, zone)
    touched = set(_ended_days(stretches, zone, today))
    for new in fresh:
        day = today if midnight <= new.row.at < tomorrow else day_of(new.row.at, zone)
        what = tallied(new)
        if what:
            day_counted = _day_counted(new, day)
            counted[day_counted.isoformat(), new.row.site_id, what] += 1
            if day_counted < today:
                touched.add((new.row.site_id, day_counted.isoformat()))
        if day < today:
            touched.add((new.row.site_id, day.isoformat()))
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


def tallied(new: Fresh) -> str | None:
    """The name under which a day counts this event; None: it is not counted one by one."""
    if new.kind.startswith("meal."):
        return f"{new.kind}.{new.event.meal}.{new.event.mode}"
    if new.kind == "person.in":
        return "visit"
    if new.kind == "rating.given":
        return f"rating.{new.event.score}"
    return "alarm." + new.event.type if new.kind == "alarm.raised" else None


def _day_counted(new: Fresh, day: date) -> date:
    """A booking counts for the day that it is for, whenever it was made."""
    booked_for = getattr(new.event, "for_", None)
    return booked_for if isinstance(booked_for, date) else day
