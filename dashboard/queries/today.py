"""What each site's day has added up to so far: visits, meals, services, beds. One query each, for all sites at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from dashboard.queries.places import PlaceFacts
from dashboard.rows import Tile
from models.base import MINUTE, Instant
from models.bed import Resident
from models.day import Tally
from models.event import SLOT_US
from models.occupancy import Basis, Slot
from models.place import Area
from models.service import Service

MEAL_KINDS = frozenset(("MEAL", "STC", "MPT"))
BED_KINDS = frozenset(("INST", "STC"))
STATES = ("planned", "running", "done", "confirmed", "cancelled")
SERVICE_COUNTS = ("planned", "cancelled", "done", "running", "late", "due")
VISIT_KINDS = frozenset(("STC", "CST", "NSP", "DCC", "MEAL", "MPT"))


@dataclass(slots=True)
class SiteToday:
    """Counts of one site's civil day; `visits` is None before anything could tell."""

    visits: int | None = None
    named: int = 0
    tallies: Counter[str] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)
    beds: Counter[str] = field(default_factory=Counter)


def today_by_site(
    connection: Connection, day: str, start: Instant, now: Instant, late_min: int, only: int | None = None
) -> dict[int, SiteToday]:
    """By site number; a site without anything today is not there. With `only` nothing of the others is read."""
    out: dict[int, SiteToday] = {}

    def of(site_id: int) -> SiteToday:
        return out.setdefault(site_id, SiteToday())

    tallies = select(Tally.site_id, Tally.what, Tally.n).where(Tally.day == day, _of(Tally.site_id, only))
    for row in connection.execute(tallies):
        of(row.site_id).tallies[row.what] = row.n
    for site_id, came in _came(connection, start, now, only).items():
        of(site_id).visits = came
    for row in connection.execute(_services(start, now, late_min).where(_of(Service.site_id, only))):
        of(row.site_id).services.update(
            {name: int(row._mapping[name]) for name in SERVICE_COUNTS if row._mapping[name]}
        )
    for row in connection.execute(_beds().where(_of(Resident.site_id, only))):
        of(row.site_id).beds[row.whereabouts] = row.n
    for one in out.values():
        one.named = one.tallies["visit"]
    return out


def _of(site: Any, only: int | None) -> ColumnElement[bool]:
    return true() if only is None else site == only


def _came(connection: Connection, start: Instant, now: Instant, only: int | None = None) -> dict[int, int]:
    """Entries since the day began: of the counter where an area has one, else of cards. Its tracks are as `track_of` says.

    Slots are found by their key from the areas, so that neither their tracks nor their rows pass through here.
    """
    area = select(Area.id, Area.site_id).where(_of(Area.site_id, only)).subquery()
    since_midnight = Slot.slot.between(start // SLOT_US, now // SLOT_US)

    def entries(basis: Basis) -> Any:
        return (
            select(area.c.site_id, area.c.id, func.sum(Slot.came).label("came"))
            .join(Slot, Slot.track == area.c.id * 2 + int(basis))
            .where(since_midnight)
            .group_by(area.c.site_id, area.c.id)
        )

    by_area: dict[tuple[int, int], int] = {}
    for basis in (Basis.COUNTER, Basis.PERSONS):
        for site_id, area_id, came in connection.execute(entries(basis)):
            by_area[site_id, area_id] = by_area.get((site_id, area_id)) or int(came)
    out: dict[int, int] = {}
    for (site_id, _), came in by_area.items():
        out[site_id] = out.get(site_id, 0) + came
    return out


def _services(start: Instant, now: Instant, late_min: int) -> Any:
    """Added up by the database from an index alone; a figure that is zero is left out by who reads it."""
    planned = Service.state == "planned"
    late, due = Service.due_at < now - late_min * MINUTE, Service.due_at <= now
    counted = {
        "planned": Service.state != "cancelled",
        "cancelled": Service.state == "cancelled",
        "done": Service.state.in_(("done", "confirmed")),
        "running": Service.state == "running",
        "late": and_(planned, late),
        "due": or_(Service.state.in_(("running", "done", "confirmed")), and_(planned, due)),
    }
    sums = [func.sum(case((fits, 1), else_=0)).label(name) for name, fits in counted.items()]
    return (
        select(Service.site_id, *sums)
        .where(Service.state.in_(STATES), Service.due_at >= start, Service.due_at < start + 24 * 60 * MINUTE)
        .group_by(Service.site_id)
    )


def _beds() -> Any:
    return (
        select(Resident.site_id, Resident.whereabouts, func.count().label("n"))
        .where(Resident.on_roll == 1)
        .group_by(Resident.site_id, Resident.whereabouts)
    )


def tiles(
    places: Sequence[PlaceFacts],
    reporting: frozenset[int],
    expected: frozenset[int],
    today: dict[int, SiteToday],
    heard_at: Instant | None,
) -> tuple[Tile, ...]:
    """Visits, lunch, services and beds of these places; a figure that no site sends is None, not zero.

    A figure is as old as the newest word of any of them, `heard_at`, however often the page is painted.
    """
    visits = _of_kind(places, VISIT_KINDS)
    meals, beds = _of_kind(places, MEAL_KINDS), _of_kind(places, BED_KINDS)
    everywhere = [place.id for place in places]
    came = [one.visits for id_ in visits if (one := today.get(id_)) and one.visits is not None]
    named = sum(today[id_].named for id_ in visits if id_ in today)
    lunch = _summed(today, meals, "tallies")
    served = {mode: lunch[f"meal.served.lunch.{mode}"] for mode in ("dine_in", "pick_up", "delivery")}
    booked = sum(lunch[f"meal.booked.lunch.{m}"] - lunch[f"meal.cancelled.lunch.{m}"] for m in served)
    services, roll = _summed(today, everywhere, "services"), _summed(today, beds, "beds")
    capacity = sum(open_beds(place) for place in places if place.id in beds)

    def tile(
        name: str, value: int | None, of: int | None, sites: list[int], parts: tuple[tuple[str, int], ...]
    ) -> Tile:
        counted = [id_ for id_ in sites if id_ in expected]
        return Tile(name, value, of, len([i for i in counted if i in reporting]), len(counted), heard_at, parts)

    with_services = [id_ for id_ in everywhere if id_ in today and today[id_].services["planned"]]
    return (
        tile("visits", sum(came) if came else None, None, visits, (("named", named),)),
        tile("lunch", sum(served.values()) if lunch else None, booked or None, meals, tuple(served.items())),
        tile(
            "services",
            services["done"] if services else None,
            services["due"] if services else None,
            with_services,
            (("running", services["running"]), ("late", services["late"]), ("planned", services["planned"])),
        ),
        tile(
            "beds",
            roll["in_house"] if roll else None,
            capacity or None,
            beds,
            (("roll", sum(roll.values())), ("hospital", roll["in_hospital"]), ("leave", roll["on_leave"])),
        ),
    )


def open_beds(place: PlaceFacts) -> int:
    return place.capacity.get("residence") or place.persons or 0


def _of_kind(places: Sequence[PlaceFacts], kinds: frozenset[str]) -> list[int]:
    return [place.id for place in places if place.kind in kinds]


def _summed(today: dict[int, SiteToday], sites: Sequence[int], what: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for id_ in sites:
        if id_ in today:
            total.update(getattr(today[id_], what))
    return total
