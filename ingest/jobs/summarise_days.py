"""Ended days become summaries: every site's, once; and again, as the next version, when something came late.

The ledger holds a row for each day that is done for all sites; `touched_day` one for each site-day that changed since.
"""

from datetime import date, timedelta

import msgspec
from sqlalchemy import Connection, delete, exists, func, insert, select

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import MINUTE
from models.change import JobRun
from models.civil_day import day_bounds, day_of
from models.database import read_only, transaction
from models.day import SiteDay, TouchedDay
from models.place import Site
from models.site_day import read_day

JOB = "summarise_days"
BITE = 10
"""Site-days in one transaction, about 50 ms: the worker waits for it."""

_GRACE: int = 10 * MINUTE
"""After midnight: what an ordinary line still brings need not become a second version."""

SiteDays = list[tuple[int, date]]


def summarise_days(occasion: Occasion) -> Counts:
    """Counts `site_days` looked at, `versions` written, `days` finished for all sites."""
    counts = {"site_days": 0, "versions": 0, "days": 0}
    for day in _due_days(occasion):
        if _summarise_sites(occasion, day, counts):
            counts["days"] += 1
    if not occasion.day:
        _restate(occasion, counts)
    return counts


def _due_days(occasion: Occasion) -> list[date]:
    """In order. A person may ask for any day again; the clock takes those that have ended and are not in the ledger."""
    if occasion.day:
        return [occasion.day]
    zone = occasion.cfg.time.zone
    end = day_of(occasion.now - _GRACE, zone)
    with read_only(occasion.engine) as connection:
        done = set(connection.execute(select(JobRun.period).where(JobRun.job == JOB)).scalars())
        first = _first_day(connection, occasion, done)
    days = [first + timedelta(days=n) for n in range((end - first).days)] if first else []
    return [day for day in days if day.isoformat() not in done]


def _first_day(connection: Connection, occasion: Occasion, done: set[str]) -> date | None:
    """The first that the ledger knows; on an empty one the day of the first site, no farther back than raw events go."""
    if done:
        return date.fromisoformat(min(done))
    created_at = connection.execute(select(func.min(Site.created_at))).scalar()
    if created_at is None:
        return None
    oldest = occasion.today - timedelta(days=occasion.cfg.ingest.keep_raw_days)
    return max(oldest, day_of(created_at, occasion.cfg.time.zone))


def _summarise_sites(occasion: Occasion, day: date, counts: Counts) -> bool:
    """Every site that stood by the day's end; the last bite enters the day in the ledger. False: told to stop."""
    after = 0
    while not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            if is_done(connection, occasion, JOB, day.isoformat()):
                return False
            sites = _without_summary(connection, occasion, day, after)
            _summarise(connection, occasion, [(site, day) for site in sites], counts)
            if len(sites) < BITE:
                enter(connection, occasion, JOB, day.isoformat(), counts)
                return True
        after = sites[-1]
        occasion.breathe()
    return False


def _without_summary(connection: Connection, occasion: Occasion, day: date, after: int) -> list[int]:
    """The next sites; one that a killed run has done already is left out, unless a person asks for the day again."""
    _, end = day_bounds(day, occasion.cfg.time.zone)
    wanted = select(Site.id).where(Site.id > after, Site.created_at < end)
    if not occasion.day:
        wanted = wanted.where(~exists().where(SiteDay.site_id == Site.id, SiteDay.day == day.isoformat()))
    return list(connection.execute(wanted.order_by(Site.id).limit(BITE)).scalars())


def _restate(occasion: Occasion, counts: Counts) -> None:
    """Site-days that changed after their end; each once a run, so that a backlog still coming in is not chased."""
    with read_only(occasion.engine) as connection:
        touched = _touched(connection, occasion)
    for first in range(0, len(touched), BITE):
        if occasion.is_stopping():
            return
        with transaction(occasion.engine) as connection:
            _summarise(connection, occasion, touched[first : first + BITE], counts)
        occasion.breathe()


def _touched(connection: Connection, occasion: Occasion) -> SiteDays:
    ended = day_of(occasion.now - _GRACE, occasion.cfg.time.zone).isoformat()
    rows = connection.execute(
        select(TouchedDay.site_id, TouchedDay.day).where(TouchedDay.day < ended).order_by(TouchedDay.day)
    )
    return [(site_id, date.fromisoformat(day)) for site_id, day in rows]


def _summarise(connection: Connection, occasion: Occasion, site_days: SiteDays, counts: Counts) -> None:
    for site_id, day in site_days:
        counts["site_days"] += 1
        counts["versions"] += _write_version(connection, occasion, site_id, day)
        connection.execute(delete(TouchedDay).where(TouchedDay.site_id == site_id, TouchedDay.day == day.isoformat()))


def _write_version(connection: Connection, occasion: Occasion, site_id: int, day: date) -> bool:
    """Write the next version if anything differs from the last."""
    summary = msgspec.json.encode(read_day(connection, site_id, day, occasion.cfg.time.zone)).decode()
    last = connection.execute(
        select(SiteDay.version, SiteDay.summary)
        .where(SiteDay.site_id == site_id, SiteDay.day == day.isoformat())
        .order_by(SiteDay.version.desc())
        .limit(1)
    ).first()
    if last and last.summary == summary:
        return False
    row = {"version": last.version + 1 if last else 1, "made_at": occasion.now, "summary": summary}
    connection.execute(insert(SiteDay).values(site_id=site_id, day=day.isoformat(), **row))
    return True
