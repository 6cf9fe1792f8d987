"""What each site's day has added up to so far: visits, meals, services, beds. One query each, for many sites at once."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, bindparam, case, cast, func, select

from dashboard.queries.live import Rules
from models.base import HOUR, MINUTE, Instant, big
from models.civil_day import day_bounds, day_of
from models.day import Tally
from models.day_begin import days_at
from models.day_figures import MEAL_MODES, ordered_of
from models.day_so_far import (
    LATE_BEFORE,
    came_by_site,
    due_in_day,
    of_sites,
    residents_by_site,
    service_counts,
    summed,
)
from models.service import Service

MEAL_KINDS = frozenset(("MEAL", "STC", "MPT"))
BED_KINDS = frozenset(("INST", "STC"))
PLAN_COUNTS = ("planned", "due", "done", "running", "late", "overrun", "cancelled")
PLANNED = len(PLAN_COUNTS)
SERVICE_COUNTS = (*PLAN_COUNTS, "unplanned")
VISIT_KINDS = frozenset(("STC", "CST", "NSP", "DCC", "MEAL", "MPT"))
WHEREABOUTS = ("in_house", "on_leave", "in_hospital")
STILL_RUNNING_DAYS = 7
"""A service that began earlier and never ended is history: nobody can end it now."""

Planned = tuple[int, ...]
"""Services, counted as `PLAN_COUNTS` names them."""
NOTHING_PLANNED: Planned = (0,) * PLANNED


@dataclass(slots=True)
class SiteToday:
    """Counts of one site's civil day; `visits` is None before anything could tell, `persons` where no cards are sent."""

    visits: int | None = None
    persons: int | None = None
    tallies: Counter[str] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)
    beds: Counter[str] = field(default_factory=Counter)
    plan: dict[str, Planned] = field(default_factory=dict)
    """By type; those of days before that still run are in it, and not in `services`."""
    moves_at: Instant | None = None
    """When the figures change although nothing comes: a service should have begun, or ended."""

    all_planned: Planned | None = None
    """Of all types together; None where nothing was planned or given."""

    @property
    def lunch_ordered(self) -> int:
        return sum(ordered_of(self.tallies, "lunch", mode) for mode in MEAL_MODES)

    def counts(self, type_: str, n: Planned, moves_at: Iterable[Instant]) -> None:
        """Services of one type, and when time alone changes what they count as."""
        known = self.plan.get(type_)
        self.plan[type_] = plus(known, n) if known else n
        self.all_planned = plus(self.all_planned, n) if self.all_planned else n
        for at in moves_at:
            self.moves_at = at if self.moves_at is None else min(self.moves_at, at)


def plus(one: Planned, other: Planned) -> Planned:
    return tuple(map(int.__add__, one, other))


def today_by_site(
    connection: Connection, now: Instant, rules: Rules, only: Collection[int] | None = None
) -> dict[int, SiteToday]:
    """Of the day that runs at each site, by its number; a site without anything today is not there.

    With `only` nothing of the others is read.
    """
    out: dict[int, SiteToday] = {}
    for day, bounds, sites in days_at(connection, now, rules.zone, only):
        for site_id in sites or ():
            out.pop(site_id, None)  # What others live as today is not its day.
        out |= _lived(connection, day.isoformat(), bounds, sites, now, rules)
    return out


def _lived(
    connection: Connection,
    day: str,
    bounds: tuple[Instant, Instant],
    only: Collection[int] | None,
    now: Instant,
    rules: Rules,
) -> dict[int, SiteToday]:
    """Of the sites that live this day between these bounds."""
    out: dict[int, SiteToday] = {}
    some = only is not None
    sites = {"sites": list(only)} if only is not None else {}

    def of(site_id: int) -> SiteToday:
        return out.setdefault(site_id, SiteToday())

    for row in connection.execute(_tallies(some), sites | {"day": day}):
        of(row.site_id).tallies[row.what] = row.n
    for site_id, came in came_by_site(connection, day, *bounds, only).items():
        of(site_id).visits, of(site_id).persons = came.visits, came.persons
    said, late_after = sites | asked_between(*bounds, now, rules), rules.service_late_min * MINUTE
    for which, is_due in ((_services_of_today, True), (_still_running, False)):
        for site_id, type_, waits, lasts, *n in connection.execute(which(some), said):
            one = of(site_id)
            moves_at = [at for at in (waits and waits + late_after, lasts and lasts + 1) if at]
            one.counts(type_, tuple(n[:PLANNED]), moves_at)
            if is_due:
                for name, more in zip(SERVICE_COUNTS, n, strict=True):
                    if more:
                        one.services[name] += more
    for row in residents_by_site(connection, only):
        of(row.site_id).beds[row.whereabouts] = row.n
    return out


def asked_at(now: Instant, rules: Rules) -> dict[str, Instant]:
    """What the statements about today's services need to know; of many sites beside each other, by the district's day."""
    return asked_between(*day_bounds(day_of(now, rules.zone), rules.zone), now, rules)


def asked_between(start: Instant, end: Instant, now: Instant, rules: Rules) -> dict[str, Instant]:
    """The same of a day with bounds of its own."""
    return {
        "now": now,
        "start": start,
        "end": end,
        "since": start - STILL_RUNNING_DAYS * 24 * HOUR,
        "late_before": now - rules.service_late_min * MINUTE,
        "lasting": MINUTE * rules.overrun_pct // 100,
    }


def should_have_ended() -> ColumnElement[bool]:
    return and_(Service.state == "running", _ends_at() < bindparam("now", type_=big))


def still_running() -> ColumnElement[bool]:
    """Due on a day before, and not ended since."""
    since, start = bindparam("since", type_=big), bindparam("start", type_=big)
    return and_(Service.state == "running", Service.due_at >= since, Service.due_at < start)


def _ends_at() -> ColumnElement[Any]:
    return Service.started_at + cast(Service.minutes, BigInteger) * bindparam("lasting", type_=big)


@cache
def _tallies(some: bool) -> Any:
    of_day = Tally.day == bindparam("day")
    return select(Tally.site_id, Tally.what, Tally.n).where(of_day, of_sites(Tally.site_id, some))


@cache
def _services_of_today(some: bool) -> Select[Any]:
    return _by_type(due_in_day(some), some)


@cache
def _still_running(some: bool) -> Select[Any]:
    return _by_type(still_running(), some)


def _by_type(which: ColumnElement[bool], some: bool) -> Select[Any]:
    """The sums of a site's types, and the soonest moment at which time alone changes them."""
    type_ = func.coalesce(Service.type, "").label("type")
    begins = and_(
        Service.planned == 1, Service.state.in_(("planned", "running", "cancelled")), Service.due_at > LATE_BEFORE
    )
    ends = and_(Service.state == "running", _ends_at() >= bindparam("now", type_=big))
    counts = service_counts() | {"overrun": should_have_ended()}
    return (
        select(
            Service.site_id,
            type_,
            func.min(case((begins, Service.due_at))).label("waits"),
            func.min(case((ends, _ends_at()))).label("lasts"),
            *summed({name: counts[name] for name in SERVICE_COUNTS}),
        )
        .where(which, of_sites(Service.site_id, some))
        .group_by(Service.site_id, type_)
    )
