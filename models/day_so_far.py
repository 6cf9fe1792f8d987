"""A running day's figures by the database's own sums, for thousands of sites at once.

What each figure means is said in `models.day_figures`; here the same is asked of indexes, and a test holds the two equal.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true
from sqlalchemy.orm import aliased

from models.base import Instant
from models.bed import Resident
from models.card_day import CardDay
from models.event import SLOT_US
from models.occupancy import Basis, HeadCount, SiteState, Slot
from models.place import Area, CountBy, Site
from models.service import Service

STATES = ("planned", "running", "done", "confirmed", "cancelled")


@dataclass(frozen=True, slots=True)
class Came:
    """`persons` are distinct cards; None where the site has sent none today, which is not zero."""

    visits: int
    persons: int | None


def came_by_site(
    connection: Connection, day: str, start: Instant, end: Instant, only: int | None = None
) -> dict[int, Came]:
    """Of [start, end): what the counter saw come in where an area has one, else visits by card.

    A site of which nothing was ever counted, or that was not heard today, is not there.
    """
    counter, persons = aliased(HeadCount), aliased(HeadCount)
    by_counter = and_(func.coalesce(Area.count_by, Site.count_by) != CountBy.PERSONS, counter.own == 1)
    # Slots are found by their key from the areas, so that neither their tracks nor their rows pass through here.
    seen = (
        select(func.coalesce(func.sum(Slot.came), 0))
        .where(Slot.track == counter.track, Slot.slot >= start // SLOT_US, Slot.slot < end // SLOT_US)
        .scalar_subquery()
    )
    entries = func.sum(case((by_counter, seen), else_=func.coalesce(CardDay.visits, 0)))
    found = connection.execute(
        select(Area.site_id, entries.label("visits"), func.sum(CardDay.persons).label("persons"))
        .join(Site, Site.id == Area.site_id)
        .join(SiteState, SiteState.site_id == Area.site_id)
        .outerjoin(counter, counter.track == Area.id * 2 + int(Basis.COUNTER))
        .outerjoin(persons, persons.track == Area.id * 2 + int(Basis.PERSONS))
        .outerjoin(CardDay, and_(CardDay.day == day, CardDay.site_id == Area.site_id, CardDay.area_id == Area.id))
        .where(_of(Area.site_id, only), or_(by_counter, persons.track.is_not(None)), SiteState.heard_at >= start)
        .group_by(Area.site_id)
    )
    return {r.site_id: Came(int(r.visits), None if r.persons is None else int(r.persons)) for r in found}


def service_counts(now: Instant, on_time: Instant) -> dict[str, ColumnElement[bool]]:
    """Which services each figure counts; `late` are those that should have begun and did not.

    What was begun without a plan runs, and is in nothing else: a plan cannot be fulfilled by what it did not hold. What
    the provider called off is due and never done.
    """
    over = Service.state.in_(("done", "confirmed"))
    planned = Service.planned == 1
    return {
        "planned": planned,
        "due": and_(planned, or_(over, Service.due_at <= now - on_time)),
        "done": and_(planned, over),
        "running": Service.state == "running",
        "late": and_(planned, Service.state == "planned", Service.due_at <= now - on_time),
        "cancelled": Service.state == "cancelled",
        "unplanned": and_(Service.planned == 0, Service.state != "cancelled"),
    }


def summed(counts: dict[str, ColumnElement[bool]]) -> list[Any]:
    return [func.sum(case((fits, 1), else_=0)).label(name) for name, fits in counts.items()]


def services_of_day(
    by: Any, counts: dict[str, ColumnElement[bool]], start: Instant, end: Instant, only: int | None = None
) -> Any:
    """The sums of what is due in [start, end), by a column, from an index alone."""
    return (
        select(by.label("by"), *summed(counts))
        .where(Service.state.in_(STATES), Service.due_at >= start, Service.due_at < end, _of(Service.site_id, only))
        .group_by(by)
    )


def residents_by_site(connection: Connection, only: int | None = None) -> list[Any]:
    """(site, whereabouts, how many), those who have left among them, so that an empty house is no unknown one."""
    wanted = (
        select(Resident.site_id, Resident.whereabouts, func.count().label("n"))
        .where(_of(Resident.site_id, only))
        .group_by(Resident.site_id, Resident.whereabouts)
    )
    return list(connection.execute(wanted))


def _of(site: Any, only: int | None) -> ColumnElement[bool]:
    return true() if only is None else site == only
