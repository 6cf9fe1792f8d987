"""When days of sites end: all at midnight, or some at the hour of their kind; each day is done once for those that end it then.

The ledger calls them `2026-11-25` and `2026-11-25@06:00`.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from ingest.jobs.occasion import Occasion
from models.base import Instant
from models.change import JobRun
from models.civil_day import day_bounds, day_of
from models.day import SiteDay
from models.day_begin import ALWAYS, DayBegin, turns_known
from models.place import Site

SUMMARISE = "summarise_days"
_DAY = timedelta(days=1)


class Ending(NamedTuple):
    """The day of those sites whose next one begins so many minutes after midnight."""

    day: date
    minutes: int

    @classmethod
    def of(cls, period: str) -> "Ending":
        day, _, clock = period.partition("@")
        return cls(date.fromisoformat(day), int(clock[:2]) * 60 + int(clock[3:]) if clock else 0)

    @property
    def period(self) -> str:
        return f"{self.day}@{self.minutes // 60:02d}:{self.minutes % 60:02d}" if self.minutes else str(self.day)

    def end(self, zone: str) -> Instant:
        return day_bounds(self.day, zone, ((ALWAYS, self.minutes),))[1]


def ended(connection: Connection, occasion: Occasion, grace: Instant) -> list[Ending]:
    """Those that are over since `grace` and not in the ledger, in the order in which they ended."""
    zone, done = occasion.cfg.time.zone, _done(connection)
    found = []
    for minutes, first in _firsts(connection, occasion, done).items():
        running = day_of(occasion.now - grace, zone, ((ALWAYS, minutes),))
        found += [Ending(first + n * _DAY, minutes) for n in range((running - first).days)]
    return sorted((one for one in found if one not in done), key=lambda one: one.end(zone))


def of_day(connection: Connection, day: date) -> list[Ending]:
    """All ends that this day has anywhere."""
    return [Ending(day, minutes) for minutes in sorted({0, *(turn.minutes for turn in turns_known(connection))})]


def summed_days(connection: Connection, zone: str) -> set[date]:
    """Days that are summed up for every site, whenever it ends them."""
    done, since = _done(connection), _since(connection, zone)
    return {
        one.day
        for one in done
        if not one.minutes and all(Ending(one.day, n) in done for n, first in since.items() if first <= one.day)
    }


def days_before(connection: Connection, today: date) -> set[date]:
    """Those before the ledger's first, from the first that has a summary on: what devices told out of their own store, of
    times before their site was registered."""
    of_site = select(func.min(SiteDay.day)).where(SiteDay.site_id == Site.id).scalar_subquery()
    earliest = connection.execute(select(func.min(of_site)).select_from(Site)).scalar()
    if earliest is None:
        return set()
    first, since = min((one.day for one in _done(connection)), default=today), date.fromisoformat(earliest)
    return {since + n * _DAY for n in range((first - since).days)}


def _done(connection: Connection) -> set[Ending]:
    periods = connection.execute(select(JobRun.period).where(JobRun.job == SUMMARISE)).scalars()
    return {Ending.of(period) for period in periods}


def _firsts(connection: Connection, occasion: Occasion, done: Collection[Ending]) -> dict[int, date]:
    """By minutes after midnight: the first that the ledger knows; before there is any, the day of the first site that ends
    its days so, no farther back than raw events go. None at all without a site."""
    zone = occasion.cfg.time.zone
    created_at = connection.execute(select(func.min(Site.created_at))).scalar()
    known: dict[int, date] = {}
    for one in done:
        known[one.minutes] = min(one.day, known.get(one.minutes, one.day))
    if created_at is None and not known:
        return {}
    oldest = occasion.today - timedelta(days=occasion.cfg.ingest.keep_raw_days)
    firsts = {0: known.get(0) or max(oldest, day_of(created_at or occasion.now, zone))}
    for minutes, since in _since(connection, zone).items():
        # The first site may have been registered in the small hours: then its day began on the date before.
        firsts[minutes] = known.get(minutes) or max(since, firsts[0] if 0 in known else firsts[0] - _DAY)
    return firsts


def _since(connection: Connection, zone: str) -> dict[int, date]:
    """The first day that ended so many minutes after midnight anywhere; midnight itself is not in it."""
    since: dict[int, date] = {}
    found = (
        select(DayBegin.from_day, DayBegin.minutes, func.min(Site.created_at))
        .join(Site, Site.id == DayBegin.site_id)
        .where(DayBegin.minutes > 0)
        .group_by(DayBegin.from_day, DayBegin.minutes)
    )
    for since_day, minutes, created_at in connection.execute(found):
        from_day = date.fromisoformat(since_day)
        before = from_day - _DAY if from_day > ALWAYS else ALWAYS
        first = max(before, day_of(created_at, zone, ((ALWAYS, minutes),)))
        since[minutes] = min(first, since.get(minutes, first))
    return since
