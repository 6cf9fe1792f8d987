"""The live rows of sites: heads and line state from the database, the rest from the registry and the clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import aliased

from dashboard.queries.places import PlaceFacts
from dashboard.rows import AreaRow, SiteRow, load_band
from models.base import Instant, big
from models.civil_day import Exceptions, is_open
from models.clock_jump import Jump, by_stopwatch
from models.day_begin import DayBegins
from models.deadlines import Deadlines
from models.occupancy import Basis, HeadCount, SiteState, presence
from models.place import Area
from models.site_state import state_of


@dataclass(frozen=True, slots=True)
class Heard:
    """What `site_state` says of a site."""

    heard_at: Instant | None = None
    door: str | None = None
    door_at: Instant | None = None


@dataclass(slots=True)
class ClockTrouble:
    """The jumps of our own clock that count; written by the feed's reader, which looks all the time."""

    jumps: tuple[Jump, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What turns rows into states; the same for every page and every answer."""

    zone: str
    exceptions: Exceptions
    late_after_s: int
    silent_after_s: int
    service_late_min: int
    overrun_pct: int = 200
    """Per cent of its expected length after which a service should have ended."""
    jump_s: int = 30
    settle_s: int = 300
    deadlines: Deadlines = field(default_factory=dict)
    """Of alarms, by their kind."""
    day_begins: DayBegins = field(default_factory=dict)
    """Of sites that are registered from now on."""
    clock: ClockTrouble = field(default_factory=ClockTrouble)
    sign_by: str = "10:00"
    """On the wall, of the date after a day's own: until then its report should be signed."""


@dataclass(frozen=True, slots=True)
class Live:
    """A site's live part, as it is stored: independent of the moment it is looked at."""

    heard: Heard
    areas: tuple[AreaRow, ...]


_SITES: Any = bindparam("sites", expanding=True)
_CHANGED = select(SiteState.site_id, SiteState.changed).where(SiteState.changed > bindparam("change", type_=big))
_HEARD = select(SiteState.site_id, SiteState.heard_at, SiteState.door, SiteState.door_at).where(
    SiteState.site_id.in_(_SITES)
)
_COUNTER, _PERSONS = aliased(HeadCount), aliased(HeadCount)
_AREAS = (
    select(Area.site_id, Area.id, Area.code, Area.count_by)
    .add_columns(_COUNTER.signed, _COUNTER.own, _COUNTER.received_at)
    .add_columns(_PERSONS.signed, _PERSONS.own, _PERSONS.received_at)
    .outerjoin(_COUNTER, _COUNTER.track == Area.id * 2 + int(Basis.COUNTER))
    .outerjoin(_PERSONS, _PERSONS.track == Area.id * 2 + int(Basis.PERSONS))
    .where(Area.site_id.in_(_SITES))
    .order_by(Area.id)
)
"""An area with what both ways of counting say of it, or nothing."""


def changed_since(connection: Connection, change: int) -> tuple[list[int], int]:
    """Sites that changed after this change number, and the newest number."""
    found = connection.execute(_CHANGED, {"change": change}).all()
    return [row.site_id for row in found], max((row.changed for row in found), default=change)


def live_parts(connection: Connection, facts: Sequence[PlaceFacts]) -> dict[int, Live]:
    """By site number, for these sites."""
    if not facts:
        return {}
    by_id = {place.id: place for place in facts}
    heard = {
        row.site_id: Heard(row.heard_at, row.door, row.door_at)
        for row in connection.execute(_HEARD, {"sites": list(by_id)})
    }
    found: dict[int, list[Any]] = {id_: [] for id_ in by_id}
    for row in connection.execute(_AREAS, {"sites": list(by_id)}):
        found[row.site_id].append(row)
    return {id_: Live(heard.get(id_, Heard()), tuple(_area_rows(by_id[id_], found[id_]))) for id_ in by_id}


def _area_rows(place: PlaceFacts, areas: Sequence[Any]) -> Iterator[AreaRow]:
    """As the rules have it: the capacity of the whole site is an area's only where the site has no other."""
    alone = place.capacity.get("") if len(areas) == 1 else None
    for _, _, code, count_by, *heads in areas:
        capacity = place.capacity.get(code) or alone
        yield _area_row(code, count_by or place.count_by, capacity, heads[:3], heads[3:])


def _area_row(
    code: str, count_by: str, capacity: int | None, counter: Sequence[Any], persons: Sequence[Any]
) -> AreaRow:
    """`counter` and `persons` are (signed, own, received_at), all None where nothing came that way."""
    here = presence(
        (counter[0], bool(counter[1])) if counter[0] is not None else None,
        (persons[0], bool(persons[1])) if persons[0] is not None else None,
        count_by,
    )
    chosen = persons if here.basis == Basis.PERSONS else counter
    return AreaRow(
        area=code,
        people=here.people,
        signed=here.signed,
        capacity=capacity,
        basis=here.basis.name.lower(),
        other=here.other,
        flags=here.flags,
        received_at=chosen[2],
    )


def site_row(place: PlaceFacts, live: Live, alarms: Sequence[int], now: Instant, rules: Rules) -> SiteRow:
    """A site at this moment; `alarms` are the grades of its open ones."""
    heard = live.heard
    heard_at = None if heard.heard_at is None else by_stopwatch(heard.heard_at, rules.clock.jumps)
    opened = is_open(place.hours, heard.door, heard.door_at, now, rules.zone, rules.exceptions)
    known = [area.people for area in live.areas if area.people is not None]
    people = sum(known) if known else None
    bands = [band for area in live.areas if (band := load_band(area.people, area.capacity))]
    return SiteRow(
        site=place.site,
        name_zh=place.name_zh,
        name_en=place.name_en,
        kind=place.kind,
        street=place.street,
        community=place.community,
        people=people,
        capacity=place.persons,
        state=str(state_of(heard_at, opened, now, rules.late_after_s, rules.silent_after_s)),
        heard_at=heard_at,
        areas=live.areas,
        band=max(bands) if bands else load_band(people, place.persons),
        open_alarms=len(alarms),
        worst_grade=min(alarms, default=None),
        lat=place.lat,
        lon=place.lon,
    )
