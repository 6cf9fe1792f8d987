"""What each site's day has added up to so far: visits, meals, services, beds. One query each, for all sites at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true

from dashboard.queries.places import PlaceFacts
from dashboard.rows import Tile
from models.base import MINUTE, Instant
from models.bed import Resident
from models.day import Tally
from models.event import SLOT_US
from models.occupancy import Slot
from models.place import Area
from models.service import Service

MEAL_KINDS = frozenset(("MEAL", "STC", "MPT"))
BED_KINDS = frozenset(("INST", "STC"))
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
    for row in connection.execute(_services(start).where(_of(Service.site_id, only))):
        of(row.site_id).services.update(_service_counts(row.state, row.due_at, now, late_min))
    for row in connection.execute(_beds().where(_of(Resident.site_id, only))):
        of(row.site_id).beds[row.whereabouts] = row.n
    for one in out.values():
        one.named = one.tallies["visit"]
    return out


def _of(site: Any, only: int | None) -> ColumnElement[bool]:
    return true() if only is None else site == only


def _came(connection: Connection, start: Instant, now: Instant, only: int | None = None) -> dict[int, int]:
    """Entries since the day began: of the counter where an area has one, else of cards."""
    tracks = {
        row.id * 2 + basis: (row.site_id, row.id, basis)
        for row in connection.execute(select(Area.id, Area.site_id).where(_of(Area.site_id, only)))
        for basis in (0, 1)
    }
    wanted = (
        select(Slot.track, func.sum(Slot.came).label("came"))
        .where(Slot.track.in_(tracks), Slot.slot.between(start // SLOT_US, now // SLOT_US))
        .group_by(Slot.track)
    )
    by_area: dict[tuple[int, int], int] = {}
    for row in connection.execute(wanted):
        site_id, area, basis = tracks[row.track]
        if basis == 0 or by_area.get((site_id, area), 0) == 0:
            by_area[site_id, area] = row.came
    out: dict[int, int] = {}
    for (site_id, _), came in by_area.items():
        out[site_id] = out.get(site_id, 0) + came
    return out


def _services(start: Instant) -> Any:
    states = ("planned", "running", "done", "confirmed", "cancelled")
    return select(Service.site_id, Service.state, Service.due_at).where(
        Service.state.in_(states), Service.due_at >= start, Service.due_at < start + 24 * 60 * MINUTE
    )


def _service_counts(state: str, due_at: Instant, now: Instant, late_min: int) -> list[str]:
    counts = ["planned"] if state != "cancelled" else ["cancelled"]
    if state in ("done", "confirmed"):
        counts.append("done")
    elif state == "running":
        counts.append("running")
    elif state == "planned" and due_at < now - late_min * MINUTE:
        counts.append("late")
    if state != "cancelled" and (due_at <= now or state in ("running", "done", "confirmed")):
        counts.append("due")
    return counts


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
