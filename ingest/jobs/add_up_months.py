"""Months out of their days, for each site, so that a year need not read its days; again when one of these was restated.

The ledger's row of a month goes with each site-day that is written anew, and so does that site's sum.
"""

import msgspec
from sqlalchemy import Connection, delete, insert, select

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.change import JobRun
from models.database import read_only, transaction
from models.day_sums import Sums
from models.month_sum import MonthSum, Standing, forget_month, months_from_days, standing
from models.place import Site

JOB = "add_up_months"
BITE = 20


def add_up_months(occasion: Occasion) -> Counts:
    """Counts `months` finished for all sites, and the `sums` written."""
    counts = {"months": 0, "sums": 0}
    for month in _due(occasion):
        if _add_up(occasion, month, counts):
            counts["months"] += 1
    return counts if counts["sums"] or counts["months"] else {}


def restated(connection: Connection, site_id: int, day: str) -> None:
    """In the transaction that writes another version of a day."""
    forget_month(connection, site_id, day)
    connection.execute(delete(JobRun).where(JobRun.job == JOB, JobRun.period == day[:7]))


def _due(occasion: Occasion) -> list[str]:
    """Months that have a day that is summed up, newest first."""
    if occasion.day:
        return [f"{occasion.day:%Y-%m}"]
    with read_only(occasion.engine) as connection:
        done = set(connection.execute(select(JobRun.period).where(JobRun.job == JOB)).scalars())
        days = connection.execute(select(JobRun.period).where(JobRun.job == "summarise_days")).scalars()
        return sorted({day[:7] for day in days} - done, reverse=True)


def _add_up(occasion: Occasion, month: str, counts: Counts) -> bool:
    """In bites; the last one enters the month in the ledger, if no day was restated meanwhile. False: not finished."""
    after = 0
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            if is_done(connection, occasion, JOB, month):
                return False
            sites = list(
                connection.execute(select(Site.id).where(Site.id > after).order_by(Site.id).limit(BITE)).scalars()
            )
            stood, made = _made(connection, sites, month)
        with transaction(occasion.engine) as connection:
            good = standing(connection, sites, month) == stood
            if good:
                _write(connection, occasion, month, made)
                counts["sums"] += len(made)
            if len(sites) < BITE:
                return good and _finish(connection, occasion, month)
        after = sites[-1]
        occasion.breathe()
    return False


def _made(connection: Connection, sites: list[int], month: str) -> tuple[dict[int, Standing], dict[int, Sums]]:
    stood = standing(connection, sites, month)
    kept = set(
        connection.execute(
            select(MonthSum.site_id).where(MonthSum.month == month, MonthSum.site_id.in_(sites))
        ).scalars()
    )
    return stood, months_from_days(connection, [site for site in sites if site in stood and site not in kept], month)


def _write(connection: Connection, occasion: Occasion, month: str, made: dict[int, Sums]) -> None:
    for site, sums in made.items():
        connection.execute(delete(MonthSum).where(MonthSum.month == month, MonthSum.site_id == site))
        row = {"made_at": occasion.now, "sums": msgspec.json.encode(sums).decode()}
        connection.execute(insert(MonthSum).values(month=month, site_id=site, **row))


def _finish(connection: Connection, occasion: Occasion, month: str) -> bool:
    """Only where every site that has a day has its sum: one may have been restated behind our back."""
    having = set(connection.execute(select(MonthSum.site_id).where(MonthSum.month == month)).scalars())
    sites = list(connection.execute(select(Site.id)).scalars())
    if set(standing(connection, sites, month)) - having:
        return False
    enter(connection, occasion, JOB, month, {"sums": len(having)})
    return True
