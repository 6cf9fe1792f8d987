"""The areas of sites with their capacities, which change with the registry, and the people in them, which change with events."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from ingest.rules.situation import AreaNow
from ingest.store import Head
from ingest.store.choice import store_for
from models.base import MINUTE, Instant
from models.occupancy import Basis, Presence, presence, track_of
from models.place import Area, Capacity, Site

Heads = dict[int, Head]
SITES_AT_ONCE = 500
SITES_REMEMBERED = 20_000
"""Some 7 MB."""


class AreaKnown(NamedTuple):
    """`capacity`: persons; None where nobody said."""

    id: int
    code: str
    count_by: str
    capacity: int | None


@dataclass(frozen=True)
class AreasKnown:
    """By site number. `whole`: capacity of those that have one as a whole and several areas; good before `until`."""

    by_site: dict[int, tuple[AreaKnown, ...]]
    whole: dict[int, int]
    until: Instant | None

    def tracks(self, sites: Iterable[int]) -> Iterator[int]:
        for site in sites:
            for area in self.by_site.get(site, ()):
                yield track_of(area.id, Basis.COUNTER)
                yield track_of(area.id, Basis.PERSONS)


@dataclass
class AreasRemembered:
    """Of the sites that counted lately, those areas whose capacity could be reached; what is not remembered is read.

    Bounded, as a nation's sites would fill the worker's memory; and read again every minute, as areas register themselves.
    """

    _known: AreasKnown = field(default_factory=lambda: AreasKnown({}, {}, None))
    _since: Instant = 0

    def forget(self) -> None:
        self._known = AreasKnown({}, {}, None)

    def of(self, connection: Connection, sites: Collection[int], now: Instant) -> AreasKnown:
        known = self._known
        is_old = not self._since <= now < self._since + MINUTE or (known.until is not None and now >= known.until)
        if is_old or len(known.by_site) + len(sites) > SITES_REMEMBERED:
            known, self._since = AreasKnown({}, {}, None), now
        missing = [site for site in sites if site not in known.by_site]
        for begin in range(0, len(missing), SITES_AT_ONCE):
            asked = missing[begin : begin + SITES_AT_ONCE]
            known = _more(known, asked, areas_known(connection, asked, now))
        self._known = known
        return known


def _more(known: AreasKnown, asked: Iterable[int], read: AreasKnown) -> AreasKnown:
    """With what was read. Sites without a capacity count as read, and bring nothing along."""
    for site in asked:
        areas = read.by_site.get(site, ())
        known.by_site[site] = areas if site in read.whole or any(area.capacity for area in areas) else ()
    known.whole.update(read.whole)
    ends = [at for at in (known.until, read.until) if at is not None]
    return AreasKnown(known.by_site, known.whole, min(ends, default=None))


def areas_known(connection: Connection, sites: Collection[int], now: Instant) -> AreasKnown:
    """Of so many sites as a statement takes."""
    wanted = sorted(sites)
    capacity = _capacities(connection, wanted, now)
    found = connection.execute(
        select(Area.id, Area.site_id, Area.code, func.coalesce(Area.count_by, Site.count_by).label("count_by"))
        .join(Site, Site.id == Area.site_id)
        .where(Area.site_id.in_(wanted))
        .order_by(Area.id)
    )
    rows: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for row in found:
        rows[row.site_id].append((row.id, row.code, row.count_by))
    by_site, whole = {}, {}
    for site, its in rows.items():
        alone = capacity[site].get("") if len(its) == 1 else None
        known = tuple(AreaKnown(*area, capacity[site].get(area[1]) or alone) for area in its)
        by_site[site] = known
        if len(its) > 1 and capacity[site].get("") and not any(area.capacity for area in known):
            whole[site] = capacity[site][""]
    later = select(func.min(Capacity.valid_from)).where(Capacity.site_id.in_(wanted), Capacity.valid_from > now)
    return AreasKnown(by_site, whole, connection.execute(later).scalar())


def _capacities(connection: Connection, sites: Sequence[int], now: Instant) -> dict[int, dict[str, int]]:
    """Persons by site and area code; '' the whole site."""
    valid = select(Capacity).where(Capacity.site_id.in_(sites), Capacity.valid_from <= now)
    out: dict[int, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(valid.order_by(Capacity.valid_from)):
        out[row.site_id][row.area] = row.persons
    return out


def heads_of(connection: Connection, known: AreasKnown, sites: Iterable[int]) -> Heads:
    return store_for(connection).heads(sorted(known.tracks(sites)))


def areas_now(known: AreasKnown, heads: Heads, site: int) -> list[AreaNow]:
    return [_area(area, heads) for area in known.by_site.get(site, ())]


def crowded(known: AreasKnown, heads: Heads, sites: Iterable[int], per_cent: int) -> set[int]:
    """Sites of which an area, or all of them together, hold more than so much of their capacity."""
    return {site for site in sites if _is_full(known.by_site.get(site, ()), known.whole.get(site), heads, per_cent)}


def _is_full(areas: Iterable[AreaKnown], whole: int | None, heads: Heads, per_cent: int) -> bool:
    total = 0
    for area in areas:
        if not whole and area.capacity and _most(area, heads) * 100 <= area.capacity * per_cent:
            continue
        people = _presence(area, heads).people or 0
        if area.capacity and people * 100 > area.capacity * per_cent:
            return True
        total += people
    return bool(whole) and total * 100 > (whole or 0) * per_cent


def _most(area: AreaKnown, heads: Heads) -> int:
    """The larger of both tracks: most areas are far from full on either, and that is seen at once."""
    counter, persons = heads.get(track_of(area.id, Basis.COUNTER)), heads.get(track_of(area.id, Basis.PERSONS))
    return max(counter.signed if counter else 0, persons.signed if persons else 0)


def _presence(area: AreaKnown, heads: Heads) -> Presence:
    counter, persons = heads.get(track_of(area.id, Basis.COUNTER)), heads.get(track_of(area.id, Basis.PERSONS))
    return presence(
        (counter.signed, bool(counter.own)) if counter else None,
        (persons.signed, bool(persons.own)) if persons else None,
        area.count_by,
    )


def _area(area: AreaKnown, heads: Heads) -> AreaNow:
    here = _presence(area, heads)
    chosen = heads.get(track_of(area.id, here.basis))
    last_at = chosen.last_at if chosen else None
    return AreaNow(area.code, here.people, here.signed, area.capacity, last_at, here.basis == Basis.COUNTER)
