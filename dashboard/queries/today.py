"""What each site's day has added up to so far: visits, meals, services, beds. One query each, for all sites at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, true

from dashboard.queries.places import PlaceFacts
from dashboard.rows import Tile
from models.base import MINUTE, Instant
from models.civil_day import day_bounds, day_of
from models.day import Tally
from models.day_figures import MEAL_MODES, ordered_of
from models.day_so_far import came_by_site, residents_by_site, service_counts, services_of_day
from models.day_sources import open_beds
from models.service import Service

MEAL_KINDS = frozenset(("MEAL", "STC", "MPT"))
BED_KINDS = frozenset(("INST", "STC"))
SERVICE_COUNTS = ("planned", "cancelled", "done", "running", "late", "due", "unplanned")
VISIT_KINDS = frozenset(("STC", "CST", "NSP", "DCC", "MEAL", "MPT"))
WHEREABOUTS = ("in_house", "on_leave", "in_hospital")


@dataclass(slots=True)
class SiteToday:
    """Counts of one site's civil day; `visits` is None before anything could tell, `persons` where no cards are sent."""

    visits: int | None = None
    persons: int | None = None
    tallies: Counter[str] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)
    beds: Counter[str] = field(default_factory=Counter)

    @property
    def lunch_ordered(self) -> int:
        return sum(ordered_of(self.tallies, "lunch", mode) for mode in MEAL_MODES)


def today_by_site(
    connection: Connection, now: Instant, zone: str, late_min: int, only: int | None = None
) -> dict[int, SiteToday]:
    """Of the civil day that `now` lies in, by site number; a site without anything today is not there.

    With `only` nothing of the others is read.
    """
    out: dict[int, SiteToday] = {}
    day = day_of(now, zone)
    start, end = day_bounds(day, zone)

    def of(site_id: int) -> SiteToday:
        return out.setdefault(site_id, SiteToday())

    mine = true() if only is None else Tally.site_id == only
    tallies = select(Tally.site_id, Tally.what, Tally.n).where(Tally.day == day.isoformat(), mine)
    for row in connection.execute(tallies):
        of(row.site_id).tallies[row.what] = row.n
    for site_id, came in came_by_site(connection, day.isoformat(), start, end, only).items():
        of(site_id).visits, of(site_id).persons = came.visits, came.persons
    counts = service_counts(now, late_min * MINUTE)
    for row in connection.execute(services_of_day(Service.site_id, counts, start, end, only)):
        of(row.by).services.update({name: int(n) for name in SERVICE_COUNTS if (n := row._mapping[name])})
    for row in residents_by_site(connection, only):
        of(row.site_id).beds[row.whereabouts] = row.n
    return out


Told = tuple[str, int | None, int | None, list[int], tuple[tuple[str, int | None], ...]]
"""A tile's name, value, denominator, the sites that could tell it, and its second line."""


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
    made = []
    for told in (_visits(places, today), _lunch(places, today), _services(places, today), _beds(places, today)):
        name, value, of, sites, parts = told
        counted = [id_ for id_ in sites if id_ in expected]
        known = len([id_ for id_ in counted if id_ in reporting])
        made.append(Tile(name, value, of, known, len(counted), heard_at, parts))
    return tuple(made)


def _visits(places: Sequence[PlaceFacts], today: dict[int, SiteToday]) -> Told:
    """Visits and persons stand apart: neither is ever added to the other."""
    sites = _of_kind(places, VISIT_KINDS)
    known = [today[id_] for id_ in sites if id_ in today]
    came = [one.visits for one in known if one.visits is not None]
    persons = [one.persons for one in known if one.persons is not None]
    return "visits", sum(came) if came else None, None, sites, (("persons", sum(persons) if persons else None),)


def _lunch(places: Sequence[PlaceFacts], today: dict[int, SiteToday]) -> Told:
    sites = _of_kind(places, MEAL_KINDS)
    tallies = _summed(today, sites, "tallies")
    served = {mode: tallies[f"meal.served.lunch.{mode}"] for mode in MEAL_MODES}
    booked = sum(today[id_].lunch_ordered for id_ in sites if id_ in today)
    some = any(name.startswith("meal.") for name in tallies)
    return "lunch", sum(served.values()) if some else None, booked or None, sites, tuple(served.items())


def _services(places: Sequence[PlaceFacts], today: dict[int, SiteToday]) -> Told:
    everywhere = [place.id for place in places]
    n = _summed(today, everywhere, "services")
    planning = [id_ for id_ in everywhere if id_ in today and today[id_].services["planned"]]
    parts = tuple((name, n[name]) for name in ("running", "late", "planned"))
    return "services", n["done"] if n else None, n["due"] if n else None, planning, parts


def _beds(places: Sequence[PlaceFacts], today: dict[int, SiteToday]) -> Told:
    sites = _of_kind(places, BED_KINDS)
    n = _summed(today, sites, "beds")
    capacity = sum(open_beds(place.kind, place.capacity) or 0 for place in places if place.kind in BED_KINDS)
    away = ("hospital", n["in_hospital"]), ("leave", n["on_leave"])
    parts = (("roll", sum(n[name] for name in WHEREABOUTS)), *away)
    return "beds", n["in_house"] if n else None, capacity or None, sites, parts


def _of_kind(places: Sequence[PlaceFacts], kinds: frozenset[str]) -> list[int]:
    return [place.id for place in places if place.kind in kinds]


def _summed(today: dict[int, SiteToday], sites: Sequence[int], what: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for id_ in sites:
        if id_ in today:
            total.update(getattr(today[id_], what))
    return total
