"""What a day adds up, one at a time, and which ended days a late event touches."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from ingest.folds import Fresh
from ingest.folds.head_counts import Stretch
from ingest.store import Store
from models.base import Instant
from models.civil_day import AT_MIDNIGHT, Begins, day_bounds, day_of
from models.day_sources import SHIFT_REACH
from models.event import CLOCK_AHEAD, CLOCK_UNSET

COUNTED = frozenset(("meal.served", "meal.booked", "meal.cancelled", "person.in", "rating.given", "alarm.raised"))
"""Kinds that a day counts one by one, or that speak of another day; the others are most of what comes."""


class Elsewhere(NamedTuple):
    """What else a batch changed, wherever its events lie: what the other folds say of it."""

    stretches: Iterable[Stretch]
    dues: Iterable[tuple[int, Instant]]
    """By site, when a service was due before and since."""
    raised: Iterable[tuple[int, Instant, Instant]]
    """By site, when an event happened, and when the alarm that it is about was raised, before and since."""


class Retained(NamedTuple):
    """The days that may be summed up again: raw events older than `oldest` go, and a day without them says less."""

    zone: str
    oldest: Instant
    now: Instant
    begins: Mapping[int, Begins]
    """Of the sites whose days do not begin at midnight."""


class _Running(NamedTuple):
    """The day that runs where days begin so."""

    day: date
    start: Instant
    end: Instant
    begins: Begins
    zone: str

    def day_of(self, at: Instant) -> date:
        return self.day if self.start <= at < self.end else day_of(at, self.zone, self.begins)


class _Calendar:
    """Which day runs at each site."""

    def __init__(self, kept: Retained) -> None:
        self._kept = kept
        self._known: dict[Begins, _Running] = {}
        self._usual = self._of(AT_MIDNIGHT)

    def of(self, site_id: int) -> _Running:
        begins = self._kept.begins.get(site_id)
        return self._usual if begins is None else self._known.get(begins) or self._of(begins)

    def _of(self, begins: Begins) -> _Running:
        zone, day = self._kept.zone, day_of(self._kept.now, self._kept.zone, begins)
        self._known[begins] = _Running(day, *day_bounds(day, zone, begins), begins, zone)
        return self._known[begins]


def fold_days(store: Store, fresh: Iterable[Fresh], said: Elsewhere, kept: Retained) -> None:
    counted: Counter[tuple[str, int, str]] = Counter()
    calendar = _Calendar(kept)
    touched = set(_touched_elsewhere(said, calendar))
    for new in fresh:
        site = new.row.site_id
        running = calendar.of(site)
        day = running.day_of(new.row.at)
        if day is running.day and not new.row.flags and new.kind not in COUNTED:
            continue
        day_counted = _day_counted(new, day)
        for what, n in tallied(new):
            counted[day_counted.isoformat(), site, what] += n
        if new.row.flags & (CLOCK_AHEAD | CLOCK_UNSET):
            counted[day.isoformat(), site, "wrong_clock"] += 1
        if day < running.day:
            touched.update((site, one) for one in _days(day, _last_day(new, running)))
        touched.add((site, day_counted))
    if counted:
        store.add_tallies((day_, site, what, n) for (day_, site, what), n in sorted(counted.items()))
    ended = sorted((site, day.isoformat()) for site, day in touched if _may_be_restated(calendar.of(site), day, kept))
    if ended:
        store.touch_days(ended, kept.now)


def _may_be_restated(running: _Running, day: date, kept: Retained) -> bool:
    """One that has ended, and whose raw events are still there."""
    return day < running.day and day_of(kept.oldest, kept.zone, running.begins) <= day


def _last_day(new: Fresh, running: _Running) -> date:
    """The last ended day that an event of an ended day speaks of: where a resident is stays so until she moves again."""
    yesterday = running.day - timedelta(days=1)
    if new.kind == "bed.moved":
        return yesterday
    reach = SHIFT_REACH if new.kind in ("staff.on", "staff.off") else 0
    return min(yesterday, running.day_of(new.row.at + reach))


def _touched_elsewhere(said: Elsewhere, calendar: _Calendar) -> Iterator[tuple[int, date]]:
    """Ended days whose head count changed, those on which a service was or is due, those of alarms that a late event is about."""
    for site_id, since, until in said.stretches:
        running = calendar.of(site_id)
        if since < running.start:
            last = running.day_of(min(until or running.start, running.start) - 1)
            yield from ((site_id, day) for day in _days(running.day_of(since), last))
    late = ((site_id, raised_at) for site_id, at, raised_at in said.raised if at < calendar.of(site_id).start)
    for moments in (said.dues, late):
        for site_id, at in moments:
            running = calendar.of(site_id)
            if at < running.start:
                yield site_id, running.day_of(at)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


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


def _day_counted(new: Fresh, day: date) -> date:
    """A booking counts for the day that it is for."""
    booked_for = getattr(new.event, "for_", None)
    return booked_for if isinstance(booked_for, date) else day
