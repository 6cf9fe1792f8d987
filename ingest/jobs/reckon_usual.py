"""What is usual today, for every site, community, street and the district: once a day, and again when a past day changed."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from ingest.jobs.occasion import Counts, Occasion, enter
from models.base import HOUR, MINUTE, Instant
from models.calendar import exceptions_of
from models.change import JobRun
from models.civil_day import day_bounds
from models.database import read_only, transaction
from models.day import SiteDay
from models.place import Site
from models.site_usual import day_values, lunches_served
from models.usual import STEPS, Figure, Points, Sum, Usual, Values, bridged, days_alike, usual_points, written

JOB = "reckon_usual"
BITE = 10
"""Sites read from one snapshot; eight days of each."""
_UNKNOWN: Values = [None] * STEPS
_NONE_DONE: Values = [0] * STEPS
_NO_NEWS_IS_NONE = (Figure.LUNCH, Figure.DUE, Figure.DONE)
"""A day on which a site was heard and sent none of these had none."""

Lunches = dict[tuple[date, int], list[Instant]]
Rows = dict[tuple[str, Figure], Points]


@dataclass(frozen=True)
class Member:
    """A site and the scopes that it stands in."""

    id: int
    scope: str
    wider: tuple[str, ...]


@dataclass
class Totals:
    """The sums of every scope that is wider than a site."""

    days: int
    sums: dict[tuple[str, Figure], Sum] = field(default_factory=dict)

    def add(self, member: Member, figure: Figure, days: list[Values], points: Points) -> None:
        for scope in member.wider:
            if (scope, figure) not in self.sums:
                self.sums[scope, figure] = Sum(self.days)
            self.sums[scope, figure].add(days, points)

    def rows(self) -> Rows:
        return {key: total.points() for key, total in self.sums.items()}


def reckon_usual(occasion: Occasion) -> Counts:
    """Counts `sites` looked at and `figures` kept. The ledger's row says for which day it was done, and when."""
    day = occasion.day or occasion.today
    days = days_alike(day, exceptions_of(occasion.cfg.time.days_file))
    with read_only(occasion.engine) as connection:
        if not occasion.forced and not _is_due(connection, day, days):
            return {}
    return _reckon(occasion, day, days)


def _is_due(connection: Connection, day: date, days: list[date]) -> bool:
    """Not done yet for this day, or one of the days that it was made from has a newer summary."""
    done = connection.execute(
        select(JobRun.done_at).where(JobRun.job == JOB, JobRun.period == day.isoformat())
    ).scalar_one_or_none()
    if done is None:
        return True
    restated = (
        select(Site.id)
        .join(SiteDay, SiteDay.site_id == Site.id)
        .where(SiteDay.day.in_([one.isoformat() for one in days]), SiteDay.made_at > done)
        .limit(1)
    )
    return connection.execute(restated).first() is not None


def _reckon(occasion: Occasion, day: date, days: list[date]) -> Counts:
    lunches = _lunches(occasion, days)
    with read_only(occasion.engine) as connection:
        members = _members(connection)
    totals, counts = Totals(len(days)), {"sites": 0, "figures": 0}
    for first in range(0, len(members), BITE):
        if occasion.is_stopping():
            return counts
        bite = members[first : first + BITE]
        rows: Rows = {}
        with read_only(occasion.engine) as connection:
            for member in bite:
                rows |= _of_site(connection, occasion, member, days, lunches, totals)
        with transaction(occasion.engine) as connection:
            _keep(connection, day, [member.scope for member in bite], rows)
        counts["sites"] += len(bite)
        counts["figures"] += len(rows)
        occasion.breathe()
    wider = totals.rows()
    with transaction(occasion.engine) as connection:
        _keep(connection, day, sorted({scope for member in members for scope in member.wider}), wider)
        # `forced`: what was done for this day before is done again, and the row says when.
        enter(connection, replace(occasion, forced=True), JOB, day.isoformat(), counts)
    counts["figures"] += len(wider)
    return counts


def _lunches(occasion: Occasion, days: list[date]) -> Lunches:
    """By day and site; each hour of events in a snapshot of its own, as the walk along the keys of a day can be long."""
    found: Lunches = defaultdict(list)
    for day in days:
        start, end = day_bounds(day, occasion.cfg.time.zone)
        for hour in range(start, end, HOUR):
            if occasion.is_stopping():
                return found
            with read_only(occasion.engine) as connection:
                for site_id, at in lunches_served(connection, hour, min(hour + HOUR, end)):
                    found[day, site_id].append(at)
    return found


def _members(connection: Connection) -> list[Member]:
    rows = connection.execute(select(Site.id, Site.code, Site.street, Site.community).order_by(Site.id))
    return [
        Member(
            row.id,
            f"site:{row.code}",
            ("", f"street:{row.street}", *([f"community:{row.community}"] if row.community else [])),
        )
        for row in rows
    ]


def _of_site(
    connection: Connection, occasion: Occasion, member: Member, days: list[date], lunches: Lunches, totals: Totals
) -> Rows:
    zone, on_time = occasion.cfg.time.zone, occasion.cfg.alarms.service_late_min * MINUTE
    lived = [day_values(connection, member.id, day, zone, lunches.get((day, member.id), ()), on_time) for day in days]
    rows: Rows = {}
    for figure in Figure:
        missing = _NONE_DONE if figure in _NO_NEWS_IS_NONE else _UNKNOWN
        values = [one.get(figure, missing if one else _UNKNOWN) for one in lived]
        points = bridged(usual_points(values))
        if any(points) and any(figure in one for one in lived):
            rows[member.scope, figure] = points
            totals.add(member, figure, values, points)
    return rows


def _keep(connection: Connection, day: date, scopes: list[str], rows: Rows) -> None:
    """In place of what stood there of these scopes."""
    connection.execute(delete(Usual).where(Usual.scope.in_(scopes)))
    if rows:
        made = [
            {"scope": scope, "figure": str(figure), "day": day.isoformat(), "points": written(points)}
            for (scope, figure), points in rows.items()
        ]
        connection.execute(insert(Usual), made)
