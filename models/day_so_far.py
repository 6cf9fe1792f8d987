"""A running day's figures by the database's own sums, for thousands of sites at once.

What each figure means is said in `models.day_figures`; here the same is asked of indexes, and a test holds the two equal.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select, true
from sqlalchemy.orm import aliased

from models.base import Instant, big
from models.bed import Resident
from models.card_day import CardDay
from models.event import SLOT_US
from models.occupancy import Basis, HeadCount, SiteState, Slot
from models.place import Area, CountBy, Site
from models.service import Service

STATES = ("planned", "running", "done", "confirmed", "cancelled")
LATE_BEFORE = bindparam("late_before", type_=big)
"""What was due until then should have begun."""
_START, _END = bindparam("start", type_=big), bindparam("end", type_=big)


@dataclass(frozen=True, slots=True)
class Came:
    """`persons` are distinct cards; None where the site has sent none today, which is not zero."""

    visits: int
    persons: int | None


def came_by_site(
    connection: Connection, day: str, start: Instant, end: Instant, only: Collection[int] | None = None
) -> dict[int, Came]:
    """Of [start, end): what the counter saw come in where an area has one, else visits by card.

    A site of which nothing was ever counted, or that was not heard today, is not there.
    """
    said = {"day": day, "start": start, "first": start // SLOT_US, "last": end // SLOT_US}
    found = connection.execute(_came(only is not None), said | _sites(only))
    return {r.site_id: Came(int(r.visits), None if r.persons is None else int(r.persons)) for r in found}


@cache
def _came(some: bool) -> Any:
    """Statements are built once: to build one costs several times what it costs to ask it of one site."""
    counter, persons = aliased(HeadCount), aliased(HeadCount)
    by_counter = and_(func.coalesce(Area.count_by, Site.count_by) != CountBy.PERSONS, counter.own == 1)
    # Slots are found by their key from the areas, so that neither their tracks nor their rows pass through here.
    seen = (
        select(func.coalesce(func.sum(Slot.came), 0))
        .where(
            Slot.track == counter.track,
            Slot.slot >= bindparam("first", type_=big),
            Slot.slot < bindparam("last", type_=big),
        )
        .scalar_subquery()
    )
    entries = func.sum(case((by_counter, seen), else_=func.coalesce(CardDay.visits, 0)))
    of_day = and_(CardDay.day == bindparam("day"), CardDay.site_id == Area.site_id, CardDay.area_id == Area.id)
    return (
        select(Area.site_id, entries.label("visits"), func.sum(CardDay.persons).label("persons"))
        .join(Site, Site.id == Area.site_id)
        .join(SiteState, SiteState.site_id == Area.site_id)
        .outerjoin(counter, counter.track == Area.id * 2 + int(Basis.COUNTER))
        .outerjoin(persons, persons.track == Area.id * 2 + int(Basis.PERSONS))
        .outerjoin(CardDay, of_day)
        .where(of_sites(Area.site_id, some), or_(by_counter, persons.track.is_not(None)), SiteState.heard_at >= _START)
        .group_by(Area.site_id)
    )


def service_counts() -> dict[str, ColumnElement[bool]]:
    """Which services each figure counts, of those due before `late_before`; `late` should have begun and did not.

    What was begun without a plan runs, and is in nothing else: a plan cannot be fulfilled by what it did not hold. What
    the provider called off is due and never done.
    """
    over = Service.state.in_(("done", "confirmed"))
    planned = Service.planned == 1
    return {
        "planned": planned,
        "due": and_(planned, or_(over, Service.due_at <= LATE_BEFORE)),
        "done": and_(planned, over),
        "running": Service.state == "running",
        "late": and_(planned, Service.state == "planned", Service.due_at <= LATE_BEFORE),
        "cancelled": Service.state == "cancelled",
        "unplanned": and_(Service.planned == 0, Service.state != "cancelled"),
    }


def summed(counts: dict[str, ColumnElement[bool]]) -> list[Any]:
    return [func.sum(case((fits, 1), else_=0)).label(name) for name, fits in counts.items()]


def services_of_day(by: Any, some: bool = False) -> Any:
    """The sums of what is due in [`start`, `end`), by a column, from an index alone; with `some` of `sites` alone."""
    return (
        select(by.label("by"), *summed(service_counts()))
        .where(due_in_day(some), of_sites(Service.site_id, some))
        .group_by(by)
    )


def due_in_day(some: bool = False) -> ColumnElement[bool]:
    """Of all sites along (state, due time); of some along theirs, which a state would keep SQLite from."""
    within = Service.due_at >= _START, Service.due_at < _END
    return and_(*within) if some else and_(Service.state.in_(STATES), *within)


def residents_by_site(connection: Connection, only: Collection[int] | None = None) -> list[Any]:
    """(site, whereabouts, how many), those who have left among them, so that an empty house is no unknown one."""
    return list(connection.execute(_residents(only is not None), _sites(only)))


@cache
def _residents(some: bool) -> Any:
    return (
        select(Resident.site_id, Resident.whereabouts, func.count().label("n"))
        .where(of_sites(Resident.site_id, some))
        .group_by(Resident.site_id, Resident.whereabouts)
    )


def of_sites(site: Any, some: bool) -> ColumnElement[bool]:
    """With `some` only those that are given as `sites`."""
    return site.in_(bindparam("sites", expanding=True)) if some else true()


def _sites(only: Collection[int] | None) -> dict[str, Any]:
    return {} if only is None else {"sites": list(only)}
