"""What the database knows of places before a registry file is loaded, and what the file would change: pure but for one read."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, func, select

from models.base import Instant
from models.binding import ALWAYS
from models.civil_day import day_bounds
from models.day_begin import ALWAYS as SINCE_EVER
from models.day_begin import DayBegins
from models.device import Device
from models.place import Area, Capacity, Community, OpeningHours, Site, SiteTerm, Street
from models.place_columns import Named
from models.place_file import Place, PlacesFile, Wrong

Row = tuple[Any, ...]
History = list[tuple[Instant, Any]]
"""(valid from, value), in order."""

_Key = TypeVar("_Key", bound=Hashable)
_TERM = ("name_zh", "name_en", "street", "community")
_STREET = _TERM.index("street")
_FREE = "a code that nobody has"
_SITE = ("code", "kind", "lat", "lon", "address", "phone", "count_by")


@dataclass(frozen=True)
class Known:
    sites: dict[str, Row]
    """By code: the number, then the columns of `_SITE`."""
    terms: dict[int, History]
    """Of each site the columns of `_TERM`; what it always was begins at the beginning."""
    kept_terms: set[int]
    """Sites that have rows of terms already."""
    ended: set[int]
    areas: dict[int, dict[str, str | None]]
    devices: dict[int, set[str]]
    capacity: dict[tuple[int, str], History]
    capacity_areas: dict[int, set[str]]
    hours: dict[int, History]
    streets: dict[str, Row]
    communities: dict[str, Row]
    last_number: int


def read_known(connection: Connection) -> Known:
    areas: dict[int, dict[str, str | None]] = defaultdict(dict)
    for site_id, code, count_by in connection.execute(select(Area.site_id, Area.code, Area.count_by)):
        areas[site_id][code] = count_by
    sites = connection.execute(select(Site)).all()
    capacity = select(Capacity.site_id, Capacity.area, Capacity.valid_from, Capacity.persons)
    persons = connection.execute(capacity.order_by(Capacity.valid_from)).all()
    hours = select(OpeningHours.site_id, OpeningHours.valid_from, OpeningHours.rule).order_by(OpeningHours.valid_from)
    terms = _histories(
        (row.site_id, row.valid_from, _named_columns(row, _TERM))
        for row in connection.execute(select(SiteTerm).order_by(SiteTerm.valid_from))
    )
    kept = set(terms)
    for row in sites:
        if row.id not in kept:
            terms[row.id] = [(ALWAYS, _named_columns(row, _TERM))]
    return Known(
        sites={row.code: (row.id, *_named_columns(row, _SITE)) for row in sites},
        terms=terms,
        kept_terms=kept,
        ended={row.id for row in sites if row.ended_from is not None},
        areas=areas,
        devices=_sets(tuple(row) for row in connection.execute(select(Device.site_id, Device.code))),
        capacity=_histories(((site_id, area), at, n) for site_id, area, at, n in persons),
        capacity_areas=_sets((site_id, area) for site_id, area, *_ in persons),
        hours=_histories((site_id, at, rule) for site_id, at, rule in connection.execute(hours)),
        streets={
            row[0]: tuple(row[1:]) for row in connection.execute(select(Street.code, Street.name_zh, Street.name_en))
        },
        communities=_communities(connection),
        last_number=connection.execute(select(func.coalesce(func.max(Site.id), 0))).scalar_one(),
    )


def _named_columns(row: Any, names: tuple[str, ...]) -> Row:
    return tuple(getattr(row, name) for name in names)


def _communities(connection: Connection) -> dict[str, Row]:
    wanted = select(Community.code, Community.street, Community.name_zh, Community.name_en)
    return {row[0]: tuple(row[1:]) for row in connection.execute(wanted)}


def _histories(rows: Iterable[tuple[_Key, Instant, Any]]) -> dict[_Key, History]:
    histories: dict[_Key, History] = defaultdict(list)
    for key, valid_from, value in rows:
        histories[key].append((valid_from, value))
    return histories


def _sets(pairs: Iterable[Any]) -> dict[int, set[str]]:
    sets: dict[int, set[str]] = defaultdict(set)
    for key, value in pairs:
        sets[key].add(value)
    return sets


def in_force(history: History, at: Instant) -> Any:
    """The value that was valid at `at`; None before the first."""
    return next((value for valid_from, value in reversed(history) if valid_from <= at), None)


class Notice(NamedTuple):
    """What somebody should know; `why` is a key of the screens' words."""

    why: str
    code: str
    text: str


@dataclass
class Plan:
    """The rows to write, and what to say about them."""

    streets: list[Row] = field(default_factory=list)
    streets_renamed: list[Row] = field(default_factory=list)
    communities: list[Row] = field(default_factory=list)
    communities_changed: list[Row] = field(default_factory=list)
    sites: list[Row] = field(default_factory=list)
    sites_changed: list[Row] = field(default_factory=list)
    terms: list[Row] = field(default_factory=list)
    areas: list[Row] = field(default_factory=list)
    areas_changed: list[Row] = field(default_factory=list)
    devices: list[Row] = field(default_factory=list)
    capacity: list[Row] = field(default_factory=list)
    hours: list[Row] = field(default_factory=list)
    day_begins: list[Row] = field(default_factory=list)
    """Of new sites alone: the days of others change later (`models.day_begin`)."""
    created: list[str] = field(default_factory=list)
    updated: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Site -> the columns that change."""
    unchanged: int = 0
    warnings: list[Notice] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.created or self.updated or self.streets_renamed or self.communities_changed)


def plan(file: PlacesFile, known: Known, now: Instant, zone: str, day_begins: DayBegins) -> Plan:
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
            made.sites.append((number, *_term(place), *_columns(place), now))
            if minutes := day_begins.get(place.kind):
                made.day_begins.append((number, SINCE_EVER.isoformat(), minutes))
            _plan_parts(place, number, at, file, known, made)
            continue
        changed = _plan_site(place, held, at, now, file, known, made)
        changed += _plan_parts(place, held[0], at, file, known, made)
        if changed:
            made.updated[place.site] = tuple(changed)
        else:
            made.unchanged += 1
    return made


def foreign(file: PlacesFile, known: Known, street: str) -> list[Wrong]:
    """What somebody who answers for one street may not, as far as she can see: another street, or another name for hers."""
    wrong = []
    for place in file.places:
        held = known.sites.get(place.site)
        now_in = known.terms[held[0]][-1][1][_STREET] if held else street
        if place.street.code != street or now_in != street:
            said = f"sites of street {street} only"
            wrong.append(Wrong(place.line, "street", place.street.code, said, why="foreign"))
        elif place.street.name_zh and known.streets.get(street) != (place.street.name_zh, place.street.name_en):
            wrong.append(Wrong(place.line, "street", place.street.code, "the code alone", why="foreign"))
    return wrong


def seen_from(known: Known, street: str, now: Instant) -> Known:
    """What is known to somebody who answers for one street: other streets' sites and communities are not there at all."""
    sites = {code: row for code, row in known.sites.items() if _touches(known.terms[row[0]], street, now)}
    communities = {code: row for code, row in known.communities.items() if row[0] == street}
    return replace(known, sites=sites, communities=communities)


def _touches(history: History, street: str, now: Instant) -> bool:
    """A site that is of this street, or will be."""
    return street in (history[-1][1][_STREET], (in_force(history, now) or history[0][1])[_STREET])


def first_taken(file: PlacesFile, known: Known, seen: Known) -> Wrong | None:
    """The first code that is new to her and yet somebody's; of more than one she would learn a list of others' codes."""
    for place in file.places:
        if place.site in known.sites and place.site not in seen.sites:
            return Wrong(place.line, "site", place.site, _FREE, why="taken")
        community = place.community.code if place.community else ""
        if community in known.communities and community not in seen.communities:
            return Wrong(place.line, "community", community, _FREE, why="taken")
    return None


def _begins(valid_from: date | Instant | None, now: Instant, zone: str) -> Instant:
    if valid_from is None:
        return now
    return day_bounds(valid_from, zone)[0] if isinstance(valid_from, date) else valid_from


def _term(place: Place) -> Row:
    return place.name_zh, place.name_en, place.street.code, place.community.code if place.community else None


def _columns(place: Place) -> Row:
    where = (place.lat, place.lon, place.address, place.phone)
    return (place.site, place.kind, *where, place.count_by.get("", "counter"))


def _merged(names: tuple[str, ...], new: Row, old: Row, file: PlacesFile) -> Row:
    """Columns that the file does not have stay as they are."""
    return tuple(n if name in file.columns else o for name, n, o in zip(names, new, old, strict=True))


def _differing(names: tuple[str, ...], one: Row, other: Row) -> list[str]:
    return [name for name, a, b in zip(names, one, other, strict=True) if a != b]


def _plan_site(
    place: Place, held: Row, at: Instant, now: Instant, file: PlacesFile, known: Known, made: Plan
) -> list[str]:
    """The columns of the site itself that change."""
    number, history = held[0], known.terms[held[0]]
    before = in_force(history, at) or history[0][1]
    term = _merged(_TERM, _term(place), before, file)
    changed = _differing(_TERM, term, before)
    if changed:
        made.terms += [(number, ALWAYS, *before)] if number not in known.kept_terms else []
        made.terms.append((number, at, *term))
        history = sorted([*(one for one in history if one[0] != at), (at, term)], key=lambda one: one[0])
    wanted = _merged(_SITE[1:], _columns(place)[1:], held[2:], file)
    others = _differing(_SITE[1:], wanted, held[2:])
    today = in_force(history, now) or history[0][1]
    if others or today != in_force(known.terms[number], now):
        made.sites_changed.append((*today, *wanted, number))
    return changed + others


def _plan_parts(place: Place, number: int, at: Instant, file: PlacesFile, known: Known, made: Plan) -> list[str]:
    changed = {
        "areas": _plan_areas(place, number, file, known, made),
        "devices": _plan_devices(place, number, at, known, made),
        "capacity": "capacity" in file.columns and _plan_capacity(place, number, at, known, made),
        "open_hours": "open_hours" in file.columns and _plan_hours(place, number, at, known, made),
    }
    return [name for name, is_so in changed.items() if is_so]


def _plan_areas(place: Place, number: int, file: PlacesFile, known: Known, made: Plan) -> bool:
    held = known.areas.get(number, {})
    added = sorted({*place.capacity, *place.count_by, *place.areas} - {"", *held})
    made.areas += [(number, area, place.count_by.get(area)) for area in added]
    changed: list[Row] = []
    if "count_by" in file.columns:
        changed = [
            (place.count_by.get(area), number, area) for area, old in held.items() if place.count_by.get(area) != old
        ]
        made.areas_changed += changed
    return bool(added or changed)


def _plan_devices(place: Place, number: int, at: Instant, known: Known, made: Plan) -> bool:
    """Named beforehand they are not new when they first speak; none is ever taken away."""
    added = [device for device in place.devices if device not in known.devices.get(number, ())]
    made.devices += [(number, device, at) for device in added]
    return bool(added)


def _plan_capacity(place: Place, number: int, at: Instant, known: Known, made: Plan) -> bool:
    """An area that is no longer named gets 0, which means that nothing is said from then on."""
    before = len(made.capacity)
    for area in sorted({*place.capacity, *known.capacity_areas.get(number, ())}):
        held = in_force(known.capacity.get((number, area), []), at) or 0
        wanted = place.capacity.get(area, 0)
        if held != wanted:
            made.capacity.append((number, area, at, wanted))
    return len(made.capacity) > before


def _plan_hours(place: Place, number: int, at: Instant, known: Known, made: Plan) -> bool:
    held = in_force(known.hours.get(number, []), at) or ""
    if held == place.open_hours:
        return False
    if number in known.ended:
        said = f"site {place.site} is closed for good: its opening hours stay as they are"
        made.warnings.append(Notice("closed", place.site, said))
        return False
    made.hours.append((number, at, place.open_hours))
    return True


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
    said = f"{what} {named.code} is new and has no name: write it as {named.code}=name_zh/name_en"
    made.warnings.append(Notice("unnamed", named.code, said))
    return named.code, named.code
