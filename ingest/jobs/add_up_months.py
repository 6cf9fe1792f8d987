"""Months out of their days and years out of their months, for each site; of months also the sums of streets and district.

The ledger's rows of a month and of its year go with each site-day that is written anew, and so do the sums with it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.change import JobRun
from models.database import read_only, transaction
from models.day_sums import Sums, added
from models.month_sum import (
    MonthSum,
    ScopeMonth,
    Standing,
    forget_months,
    kept_months,
    months_from_days,
    scope_months_from_sites,
    standing,
)
from models.period import holding
from models.place import Site

JOB = "add_up_months"
BITE = 20


def add_up_months(occasion: Occasion) -> Counts:
    """Counts `months` and `years` finished for all sites, and the `sums` written."""
    counts = {"months": 0, "sums": 0, "years": 0}
    for month in _due(occasion):
        counts["months"] += _add_up(occasion, month, counts)
    for year in _years_due(occasion):
        counts["years"] += _add_up_year(occasion, year, counts)
    return counts if any(counts.values()) else {}


def restated(connection: Connection, site_days: Sequence[tuple[int, str]]) -> None:
    """In the transaction that writes another version of these days."""
    forget_months(connection, site_days)
    periods = {period for _, day in site_days for period in (day[:7], day[:4])}
    connection.execute(delete(JobRun).where(JobRun.job == JOB, JobRun.period.in_(periods)))


def _due(occasion: Occasion) -> list[str]:
    """Months that have a day that is summed up, newest first."""
    if occasion.day:
        return [f"{occasion.day:%Y-%m}"]
    with read_only(occasion.engine) as connection:
        done = set(connection.execute(select(JobRun.period).where(JobRun.job == JOB)).scalars())
        days = connection.execute(select(JobRun.period).where(JobRun.job == "summarise_days")).scalars()
        return sorted({day[:7] for day in days} - done, reverse=True)


def _years_due(occasion: Occasion) -> list[str]:
    """Those of which every month that has a day is added up, and that are not themselves."""
    waiting = {month[:4] for month in _due(replace(occasion, day=None))}
    with read_only(occasion.engine) as connection:
        done = set(connection.execute(select(JobRun.period).where(JobRun.job == JOB)).scalars())
    return sorted({period[:4] for period in done} - done - waiting)


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
            return good and _finish(occasion, month)
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


def _finish(occasion: Occasion, month: str) -> bool:
    """Only where every site that has a day has its sum, and none has got another meanwhile."""
    with read_only(occasion.engine) as connection:
        stood, scopes = _stamp(connection, month), scope_months_from_sites(connection, month)
    with transaction(occasion.engine) as connection:
        having = set(connection.execute(select(MonthSum.site_id).where(MonthSum.month == month)).scalars())
        sites = list(connection.execute(select(Site.id)).scalars())
        if _stamp(connection, month) != stood or set(standing(connection, sites, month)) - having:
            return False
        connection.execute(delete(ScopeMonth).where(ScopeMonth.month == month))
        if scopes:
            connection.execute(insert(ScopeMonth), scopes)
        enter(connection, occasion, JOB, month, {"sums": len(having)})
    return True


def _stamp(connection: Connection, month: str) -> tuple[int, int]:
    """Another one, as soon as any site's sum of the month is another."""
    found = select(func.count(), func.coalesce(func.sum(MonthSum.made_at), 0)).where(MonthSum.month == month)
    count, made = connection.execute(found).one()
    return int(count), int(made)


def _add_up_year(occasion: Occasion, year: str, counts: Counts) -> bool:
    """Each bite reads and writes in one transaction: twelve rows a site, and nobody restates a day meanwhile."""
    months, after = holding("year", date(int(year), 1, 1)).months(), 0
    while not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            if is_done(connection, occasion, JOB, year):
                return False
            sites = list(
                connection.execute(select(Site.id).where(Site.id > after).order_by(Site.id).limit(BITE)).scalars()
            )
            missing = set(sites) - {site for site, _ in kept_months(connection, sites, [year])}
            parts: dict[int, list[Sums]] = defaultdict(list)
            for (site, _), sums in kept_months(connection, missing, months).items():
                parts[site].append(sums)
            _write(connection, occasion, year, {site: added(some) for site, some in parts.items()})
            counts["sums"] += len(parts)
            if len(sites) < BITE:
                enter(connection, occasion, JOB, year, {})
                return True
        after = sites[-1]
        occasion.breathe()
    return False
