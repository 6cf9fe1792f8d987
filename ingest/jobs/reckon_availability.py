"""Every half hour: of the days that have ended since, how many minutes of its opening hours each site was live or late."""

from datetime import date, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from ingest.jobs.occasion import Counts, Occasion, day_rules, enter, is_done
from models.availability import AvailabilityDay
from models.availability_read import availability_within
from models.base import MINUTE, Instant
from models.change import JobRun
from models.civil_day import day_bounds, day_of
from models.database import read_only, transaction
from models.own_gap import known_until
from models.place import Site

JOB = "reckon_availability"
BITE = 200
_GRACE: Instant = 15 * MINUTE
"""What comes so long after midnight may still have been sent in time."""


def reckon_availability(occasion: Occasion) -> Counts:
    """Counts `site_days` and `days`."""
    counts = {"site_days": 0, "days": 0}
    for day in _due_days(occasion):
        if _reckon(occasion, day, counts):
            counts["days"] += 1
    return counts if counts["days"] else {}


def _due_days(occasion: Occasion) -> list[date]:
    """Those that have ended, no farther back than raw events go; and of which we know when we listened."""
    if occasion.day:
        return [occasion.day]
    zone = occasion.cfg.time.zone
    end = day_of(occasion.now - _GRACE, zone)
    with read_only(occasion.engine) as connection:
        done = set(connection.execute(select(JobRun.period).where(JobRun.job == JOB)).scalars())
        created_at = connection.execute(select(func.min(Site.created_at))).scalar()
        known = known_until(connection)
    if created_at is None:
        return []
    if known is not None:
        end = min(end, day_of(known, zone))
    first = max(day_of(created_at, zone), end - timedelta(days=occasion.cfg.ingest.keep_raw_days))
    days = (first + timedelta(days=n) for n in range((end - first).days))
    return [day for day in days if day.isoformat() not in done]


def _reckon(occasion: Occasion, day: date, counts: Counts) -> bool:
    """In bites; the last one enters the day in the ledger. False: told to stop, or somebody has done it."""
    after = 0
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            if is_done(connection, occasion, JOB, day.isoformat()):
                return False
            rows = _rows(connection, occasion, day, after)
        with transaction(occasion.engine) as connection:
            if rows:
                numbers = [row["site_id"] for row in rows]
                old = (AvailabilityDay.day == day.isoformat()) & AvailabilityDay.site_id.in_(numbers)
                connection.execute(delete(AvailabilityDay).where(old))
                connection.execute(insert(AvailabilityDay), rows)
            counts["site_days"] += len(rows)
            if len(rows) < BITE:
                enter(connection, occasion, JOB, day.isoformat(), {"site_days": counts["site_days"]})
                return True
        after = int(rows[-1]["site_id"])
        occasion.breathe()
    return False


def _rows(connection: Connection, occasion: Occasion, day: date, after: int) -> list[dict[str, int | str]]:
    zone, rules = occasion.cfg.time.zone, day_rules(occasion.cfg)
    span = day_bounds(day, zone)
    stood = select(Site.id, Site.created_at).where(Site.id > after, Site.created_at < span[1])
    sites = {row.id: row.created_at for row in connection.execute(stood.order_by(Site.id).limit(BITE))}
    found = availability_within(connection, sites, span, zone, rules.exceptions, rules.silent)
    iso = day.isoformat()
    return [
        {"site_id": site, "day": iso, "expected_min": one.expected_min, "up_min": one.up_min, "own_min": one.own_min}
        for site, one in found.items()
    ]
