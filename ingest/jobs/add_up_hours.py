"""Hours of streets and of the district out of their sites' hours, once a day; again when a site's day was restated.

The ledger's row of a day goes with each site-day that is written anew, so the day is found here as not done.
"""

from datetime import date

from sqlalchemy import Connection, delete, exists, select

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import Instant
from models.change import JobRun
from models.civil_day import day_bounds
from models.database import read_only, transaction
from models.day import SiteDay
from models.hours import HourSum, SiteHour
from models.hours_read import add_up_scopes, keep_hours, site_hours

JOB, FILL = "add_up_hours", "fill_hours"
"""`fill_hours` is entered once a day: where nothing is counted there are no hours, however often one looks."""
BITE = 20


def add_up_hours(occasion: Occasion) -> Counts:
    """Counts `days`, and the `site_days` whose hours were missing."""
    counts = {"days": 0, "site_days": 0}
    for day in _due(occasion):
        if occasion.is_stopping() or not _fill(occasion, day, counts):
            break
        with transaction(occasion.engine) as connection:
            if is_done(connection, occasion, JOB, day.isoformat()):
                continue
            add_up_scopes(connection, day, occasion.cfg.time.zone)
            enter(connection, occasion, JOB, day.isoformat(), {})
        counts["days"] += 1
        occasion.breathe()
    return counts if counts["days"] else {}


def to_do_again(connection: Connection, day: str) -> None:
    """A site's hours of this day are others now."""
    connection.execute(delete(JobRun).where(JobRun.job == JOB, JobRun.period == day))


def _due(occasion: Occasion) -> list[date]:
    """Newest first: the days that are looked at most are there soonest after an upgrade."""
    if occasion.day:
        return [occasion.day]
    with read_only(occasion.engine) as connection:
        done = set(connection.execute(select(JobRun.period).where(JobRun.job == JOB)).scalars())
        summed = set(connection.execute(select(JobRun.period).where(JobRun.job == "summarise_days")).scalars())
    return [date.fromisoformat(day) for day in sorted(summed - done, reverse=True)]


def _fill(occasion: Occasion, day: date, counts: Counts) -> bool:
    """Hours of site-days that were summed up before there were any. False: told to stop."""
    bounds = day_bounds(day, occasion.cfg.time.zone)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, FILL, day.isoformat()):
            return True
        missing = _without_hours(connection, day, bounds)
    for begin in range(0, len(missing), BITE):
        if occasion.is_stopping():
            return False
        some = missing[begin : begin + BITE]
        with read_only(occasion.engine) as connection:
            made: dict[int, list[HourSum]] = {
                site: site_hours(connection, site, day, occasion.cfg.time.zone) for site in some
            }
        with transaction(occasion.engine) as connection:
            for site, hours in made.items():
                keep_hours(connection, site, bounds, hours)
        counts["site_days"] += len(some)
        occasion.breathe()
    with transaction(occasion.engine) as connection:
        enter(connection, occasion, FILL, day.isoformat(), {"site_days": len(missing)})
    return True


def _without_hours(connection: Connection, day: date, bounds: tuple[Instant, Instant]) -> list[int]:
    has = exists().where(SiteHour.site_id == SiteDay.site_id, SiteHour.at >= bounds[0], SiteHour.at < bounds[1])
    wanted = select(SiteDay.site_id).where(SiteDay.day == day.isoformat(), SiteDay.version == 1, ~has)
    return list(connection.execute(wanted.order_by(SiteDay.site_id)).scalars())
