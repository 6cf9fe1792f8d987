"""Hours of streets and of the district out of their sites' hours, once a day; again when a site's day was restated.

These are of days from midnight to midnight, and wait for the last of the sites' days that reaches into them.

The ledger's row of a day goes with each site-day that is written anew, so the day is found here as not done.
"""

from datetime import date, timedelta

from sqlalchemy import Connection, delete, exists, select

from ingest.jobs.endings import days_before, summed_days
from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import Instant
from models.change import JobRun
from models.civil_day import AT_MIDNIGHT, day_bounds, day_of
from models.database import read_only, transaction
from models.day import SiteDay
from models.day_begin import begins_by_site, start_of, turns_known
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


def to_do_again(connection: Connection, bounds: tuple[Instant, Instant], zone: str) -> None:
    """A site's hours of its day are others now; where that does not begin at midnight, they are of two of the district's."""
    days = {str(day_of(bounds[0], zone)), str(day_of(max(bounds[1] - 1, bounds[0]), zone))}
    connection.execute(delete(JobRun).where(JobRun.job == JOB, JobRun.period.in_(days)))


def _due(occasion: Occasion) -> list[date]:
    """Newest first: the days that are looked at most are there soonest after an upgrade."""
    if occasion.day:
        return [occasion.day]
    with read_only(occasion.engine) as connection:
        done = set(connection.execute(select(JobRun.period).where(JobRun.job == JOB)).scalars())
        summed = summed_days(connection, occasion.cfg.time.zone) | days_before(connection, occasion.today)
    return sorted((day for day in summed if day.isoformat() not in done), reverse=True)


def _fill(occasion: Occasion, day: date, counts: Counts) -> bool:
    """Hours of site-days that were summed up before there were any. False: told to stop."""
    zone = occasion.cfg.time.zone
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, FILL, day.isoformat()):
            return True
        missing, begins = _without_hours(connection, day, zone), begins_by_site(connection)
    for begin in range(0, len(missing), BITE):
        if occasion.is_stopping():
            return False
        some = missing[begin : begin + BITE]
        with read_only(occasion.engine) as connection:
            bounds = {site: day_bounds(day, zone, begins.get(site, AT_MIDNIGHT)) for site in some}
            made: dict[int, list[HourSum]] = {site: site_hours(connection, site, bounds[site]) for site in some}
        with transaction(occasion.engine) as connection:
            keep_hours(connection, [(site, bounds[site], hours) for site, hours in made.items()])
        counts["site_days"] += len(some)
        occasion.breathe()
    with transaction(occasion.engine) as connection:
        enter(connection, occasion, FILL, day.isoformat(), {"site_days": len(missing)})
    return True


def _without_hours(connection: Connection, day: date, zone: str) -> list[int]:
    starts = [start_of(SiteDay.site_id, one, zone, turns_known(connection)) for one in (day, day + timedelta(days=1))]
    has = exists().where(SiteHour.site_id == SiteDay.site_id, SiteHour.at >= starts[0], SiteHour.at < starts[1])
    wanted = select(SiteDay.site_id).where(SiteDay.day == day.isoformat(), SiteDay.version == 1, ~has)
    return list(connection.execute(wanted.order_by(SiteDay.site_id)).scalars())
