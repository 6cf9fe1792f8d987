"""What the database knows of places before a registry file is loaded, and what the file would change: pure but for one read."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from ingest.places_columns import Named
from ingest.places_file import Place, PlacesFile
from ingest.store import Store
from models.base import Instant
from models.civil_day import day_bounds

Row = tuple[Any, ...]
History = list[tuple[Instant, Any]]
"""(valid from, value), in order."""

_Key = TypeVar("_Key", bound=Hashable)
_SITE = ("code", "name_zh", "name_en", "kind", "street", "community", "lat", "lon", "address", "phone", "count_by")


@dataclass(frozen=True)
class Known:
    sites: dict[str, Row]
    """By code: the number, then the columns of `_SITE`."""
    areas: dict[int, dict[str, str | None]]
    capacity: dict[tuple[int, str], History]
    capacity_areas: dict[int, set[str]]
    hours: dict[int, History]
    streets: dict[str, Row]
    communities: dict[str, Row]
    last_number: int


def read_known(store: Store) -> Known:
    areas: dict[int, dict[str, str | None]] = defaultdict(dict)
    for site_id, code, count_by in store.rows("select site_id, code, count_by from area", ()):
        areas[site_id][code] = count_by
    sites = store.rows(
        "select code, id, code, name_zh, name_en, kind, street, community, lat, lon, address, phone, count_by from site",
        (),
    )
    persons = store.rows("select site_id, area, valid_from, persons from capacity order by valid_from", ())
    rules = store.rows("select site_id, valid_from, rule from opening_hours order by valid_from", ())
    return Known(
        sites={row[0]: row[1:] for row in sites},
        areas=areas,
        capacity=_histories(((site_id, area), at, n) for site_id, area, at, n in persons),
        capacity_areas=_sets((site_id, area) for site_id, area, *_ in persons),
        hours=_histories(rules),
        streets={row[0]: row[1:] for row in store.rows("select code, name_zh, name_en from street", ())},
        communities={row[0]: row[1:] for row in store.rows("select code, street, name_zh, name_en from community", ())},
        last_number=store.rows("select coalesce(max(id), 0) from site", ())[0][0],
    )


def _histories(rows: Iterable[tuple[_Key, Instant, Any]]) -> dict[_Key, History]:
    histories: dict[_Key, History] = defaultdict(list)
    for key, valid_from, value in rows:
        histories[key].append((valid_from, value))
    return histories


def _sets(pairs: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    sets: dict[int, set[str]] = defaultdict(set)
    for key, value in pairs:
        sets[key].add(value)
    return sets


def in_force(history: History, at: Instant) -> Any:
    """The value that was valid at `at`; None before the first."""
    return next((value for valid_from, value in reversed(history) if valid_from <= at), None)


@dataclass
class Plan:
    """The rows to write, and what to say about them."""

    streets: list[Row] = field(default_factory=list)
    streets_renamed: list[Row] = field(default_factory=list)
    communities: list[Row] = field(default_factory=list)
    communities_changed: list[Row] = field(default_factory=list)
    sites: list[Row] = field(default_factory=list)
    sites_changed: list[Row] = field(default_factory=list)
    areas: list[Row] = field(default_factory=list)
    areas_changed: list[Row] = field(default_factory=list)
    capacity: list[Row] = field(default_factory=list)
    hours: list[Row] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    updated: int = 0
    unchanged: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.created or self.updated or self.streets_renamed or self.communities_changed)


def plan(file: PlacesFile, known: Known, now: Instant, zone: str) -> Plan:
    """What loading the file would change."""
    made = Plan()
    _plan_names(file, known, made)
    number = known.last_number
    for place in file.places:
        held = known.sites.get(place.site)
        at = _begins(place.valid_from, now, zone)
        if held is None:
            number += 1
            made.created.append(place.site)
            made.sites.append((number, *_columns(place), now))
            _plan_parts(place, number, at, file, known, made)
        elif _plan_site(place, held, file, made) | _plan_parts(place, held[0], at, file, known, made):
            made.updated += 1
        else:
            made.unchanged += 1
    return made


def _begins(valid_from: date | Instant | None, now: Instant, zone: str) -> Instant:
    if valid_from is None:
        return now
    return day_bounds(valid_from, zone)[0] if isinstance(valid_from, date) else valid_from


def _columns(place: Place) -> Row:
    community = place.community.code if place.community else None
    where = (place.street.code, community, place.lat, place.lon, place.address, place.phone)
    return (place.site, place.name_zh, place.name_en, place.kind, *where, place.count_by.get("", "counter"))


def _plan_site(place: Place, held: Row, file: PlacesFile, made: Plan) -> bool:
    """Columns that the file does not have stay as they are."""
    wanted = tuple(
        new if name == "code" or name in file.columns else old
        for name, new, old in zip(_SITE, _columns(place), held[1:], strict=True)
    )
    if wanted == held[1:]:
        return False
    made.sites_changed.append((*wanted[1:], held[0]))
    return True


def _plan_parts(place: Place, number: int, at: Instant, file: PlacesFile, known: Known, made: Plan) -> bool:
    before = len(made.areas) + len(made.areas_changed) + len(made.capacity) + len(made.hours)
    _plan_areas(place, number, file, known, made)
    if "capacity" in file.columns:
        _plan_capacity(place, number, at, known, made)
    if "open_hours" in file.columns:
        held = in_force(known.hours.get(number, []), at) or ""
        if held != place.open_hours:
            made.hours.append((number, at, place.open_hours))
    return before < len(made.areas) + len(made.areas_changed) + len(made.capacity) + len(made.hours)


def _plan_areas(place: Place, number: int, file: PlacesFile, known: Known, made: Plan) -> None:
    held = known.areas.get(number, {})
    for area in sorted({*place.capacity, *place.count_by} - {"", *held}):
        made.areas.append((number, area, place.count_by.get(area)))
    if "count_by" in file.columns:
        changed = [(place.count_by.get(area), area) for area, old in held.items() if place.count_by.get(area) != old]
        made.areas_changed += [(count_by, number, area) for count_by, area in changed]


def _plan_capacity(place: Place, number: int, at: Instant, known: Known, made: Plan) -> None:
    """An area that is no longer named gets 0, which means that nothing is said from then on."""
    for area in sorted({*place.capacity, *known.capacity_areas.get(number, ())}):
        held = in_force(known.capacity.get((number, area), []), at) or 0
        wanted = place.capacity.get(area, 0)
        if held != wanted:
            made.capacity.append((number, area, at, wanted))


def _plan_names(file: PlacesFile, known: Known, made: Plan) -> None:
    streets = _best_names(file.places, lambda place: place.street)
    _plan_streets(streets, known, made)
    communities = _best_names(file.places, lambda place: place.community)
    street_of = {place.community.code: place.street.code for place in file.places if place.community}
    for code, named in communities.items():
        held = known.communities.get(code)
        names = _names(named, held[1:] if held else None, "community", made)
        wanted = (street_of[code], *names)
        if held is None:
            made.communities.append((code, *wanted))
        elif held != wanted:
            made.communities_changed.append((*wanted, code))


def _plan_streets(streets: dict[str, Named], known: Known, made: Plan) -> None:
    for code, named in streets.items():
        held = known.streets.get(code)
        names = _names(named, held, "street", made)
        if held is None:
            made.streets.append((code, *names))
        elif held != names:
            made.streets_renamed.append((*names, code))


def _best_names(places: list[Place], part: Callable[[Place], Named | None]) -> dict[str, Named]:
    """Each code once, with its names where any line gives them."""
    best: dict[str, Named] = {}
    for place in places:
        named = part(place)
        if named and (named.name_zh or named.code not in best):
            best[named.code] = named
    return best


def _names(named: Named, held: Row | None, what: str, made: Plan) -> Row:
    if named.name_zh:
        return named.name_zh, named.name_en
    if held:
        return held
    made.warnings.append(f"{what} {named.code} is new and has no name: write it as {named.code}=name_zh/name_en")
    return named.code, named.code
