"""Any time of a site, a street or the district by five minutes, hour, day or month: hours that are kept, and what is newer."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from dashboard.access import Viewer
from dashboard.history_rows import (
    AGAINST,
    LONGEST_DAYS,
    LONGEST_OF_MANY,
    Asked,
    HistoryPoint,
    HistoryRows,
    NotAsked,
    Series,
)
from dashboard.queries.history import history
from dashboard.queries.live import Rules
from dashboard.queries.places import PlaceFacts, places, streets
from models.base import HOUR, MINUTE, Instant
from models.civil_day import AT_MIDNIGHT, Begins, day_bounds, day_of
from models.event import SLOT_US
from models.hours import SLOTS, HourSum, ScopeHour, SiteHour
from models.hours_read import sites_hours
from models.period import holding

MOST_LIVE_SITES, MOST_LIVE_DAYS = 400, 3
"""Hours that are not kept yet are made of slots: of so many sites and days at most; beyond, the day is there tomorrow."""


class Hour(NamedTuple):
    """One hour of a site or of many, or what some add up to; `time_us` is what `person_us` is an average over.

    A year has thousands of them, so they are made as fast as can be.
    """

    at: Instant
    lowest: float
    highest: float
    person_us: int
    time_us: int
    came: int
    went: int
    heard_min: int
    heard: int | None = None
    sites: int | None = None


def histories(
    connection: Connection,
    viewer: Viewer,
    asked: Asked,
    now: Instant,
    rules: Rules,
    known: Sequence[PlaceFacts] | None = None,
) -> HistoryRows | None:
    """None for a place that the viewer does not see. Raises NotAsked for a time that is too long, or none.

    `known`: the viewer's sites, where somebody has read them already.
    """
    hers = places(connection, viewer, now) if known is None else known
    names = _choices(connection, hers)
    first = _series(connection, viewer, hers, names, asked, now, rules)
    if first is None:
        return None
    made = [first]
    if asked.against:
        other = asked.moved() if asked.against in AGAINST else Asked(asked.against, asked.first, asked.last, asked.step)
        second = _series(connection, viewer, hers, names, other, now, rules)
        if second is None:
            return None
        made.append(second)
    choices = tuple((value, *name) for value, name in names.items())
    return HistoryRows(asked, tuple(made), choices, day_of(now, rules.zone), now)


def _choices(connection: Connection, hers: Sequence[PlaceFacts]) -> dict[str, tuple[str, str]]:
    """'' is everything; of one site there is nothing else."""
    here = {place.street for place in hers}
    whole = {"": ("", "")} if len(hers) > 1 else {}
    of_streets = {f"street:{one.code}": (one.name_zh, one.name_en) for one in streets(connection) if one.code in here}
    sites = {f"site:{p.site}": (p.name_zh or p.name_en, p.name_en or p.name_zh) for p in hers}
    return whole | (of_streets if len(here) > 1 else {}) | sites


def _series(
    connection: Connection,
    viewer: Viewer,
    hers: Sequence[PlaceFacts],
    names: dict[str, tuple[str, str]],
    asked: Asked,
    now: Instant,
    rules: Rules,
) -> Series | None:
    kind, _, code = asked.of.partition(":")
    mine = [p for p in hers if not kind or {"street": p.street, "site": p.site}.get(kind) == code]
    if not mine:
        return None
    one = mine[0] if kind == "site" or len(hers) == 1 else None
    _check(asked, one is None)
    borders = _borders(asked, rules.zone, one.begins if one else AT_MIDNIGHT)
    if asked.step == "5m":
        points = _fine(connection, mine, one, borders, now, rules.zone)
        whole = _of_points(points, borders, now)
    else:
        hours = _hours(connection, viewer, mine, one, asked, (borders[0], borders[-1]), now, rules)
        points = [_point(some, a, b, now) for some, a, b in _split(hours, borders)]
        whole = _point(hours, borders[0], borders[-1], now)
    zh, en = names.get(asked.of, ("", ""))
    return Series(asked.of, zh, en, asked.first, asked.last, borders[0], borders[-1], tuple(points), whole)


def _check(asked: Asked, is_many: bool) -> None:
    longest = min(LONGEST_DAYS[asked.step], LONGEST_OF_MANY.get(asked.step, 10**6) if is_many else 10**6)
    if asked.last < asked.first:
        raise NotAsked("order")
    if asked.days > longest:
        raise NotAsked("length")


def _borders(asked: Asked, zone: str, begins: Begins) -> list[Instant]:
    """Of a site's own days and their months, else of civil ones; hours and slots begin where the day does."""
    start, end = day_bounds(asked.first, zone, begins)[0], day_bounds(asked.last, zone, begins)[1]
    if asked.step in ("5m", "hour"):
        length = SLOT_US if asked.step == "5m" else HOUR
        days = [asked.first + timedelta(days=n) for n in range(asked.days)]
        return [*(at for day in days for at in range(*day_bounds(day, zone, begins), length)), end]
    if asked.step == "day":
        return [day_bounds(asked.first + timedelta(days=n), zone, begins)[0] for n in range(asked.days)] + [end]
    inner, month = [], holding("month", asked.first).after
    while month.first <= asked.last:
        inner.append(day_bounds(month.first, zone, begins)[0])
        month = month.after
    return [start, *inner, end]


# -- hours ------------------------------------------------------------------------------------------------------------------


def _hours(
    connection: Connection,
    viewer: Viewer,
    mine: Sequence[PlaceFacts],
    one: PlaceFacts | None,
    asked: Asked,
    bounds: tuple[Instant, Instant],
    now: Instant,
    rules: Rules,
) -> list[Hour]:
    start, end = bounds
    if one is not None:
        kept = _of_site(connection, one.id, start, end)
    else:
        scope = asked.of or viewer.scope
        is_kept = not scope or scope.startswith("street:")
        kept = (
            _of_scope(connection, scope, start, end) if is_kept else _of_sites(connection, mine, start, end, rules.zone)
        )
    newest = max((hour.at for hour in kept), default=start - 1)
    live = _live_days(newest, start, end, now, rules.zone, one.begins if one else AT_MIDNIGHT)
    if len(mine) > MOST_LIVE_SITES:
        return kept
    made = [hour for bounds in live for hour in _of_day(connection, mine, one, bounds, now, rules.zone)]
    return [*kept, *(hour for hour in made if hour.at > newest)]


def _live_days(
    newest: Instant, start: Instant, end: Instant, now: Instant, zone: str, begins: Begins
) -> list[tuple[Instant, Instant]]:
    """Bounds of the days of the time that have begun and of which no hour is kept."""
    if now < start:
        return []
    last = day_of(min(now, end - 1), zone, begins)
    days = [day_bounds(last - timedelta(days=n), zone, begins) for n in reversed(range(MOST_LIVE_DAYS))]
    return [bounds for bounds in days if bounds[0] > newest and bounds[0] >= start]


def _of_site(connection: Connection, site_id: int, start: Instant, end: Instant) -> list[Hour]:
    h = SiteHour.__table__.c
    found = connection.execute(
        select(h.at, h.lowest, h.highest, h.person_us, h.slots, h.came, h.went, h.heard_min)
        .where(h.site_id == site_id, h.at >= start, h.at < end)
        .order_by(h.at)
    )
    return [
        Hour(at, low, high, us, n * SLOT_US, came, went, heard) for at, low, high, us, n, came, went, heard in found
    ]


def _of_scope(connection: Connection, scope: str, start: Instant, end: Instant) -> list[Hour]:
    h = ScopeHour.__table__.c
    found = connection.execute(
        select(h.at, h.person_us, h.came, h.went, h.heard_min, h.heard, h.sites)
        .where(h.scope == scope, h.at >= start, h.at < end)
        .order_by(h.at)
    )
    return [_summed(*row) for row in found]


def _summed(at: Instant, person_us: int, came: int, went: int, heard_min: int, heard: int, sites: int) -> Hour:
    people = max(person_us, 0) / HOUR
    # Devices may tell of times before their site was registered: it counts on both sides.
    return Hour(at, people, people, person_us, HOUR if heard else 0, came, went, heard_min, heard, max(sites, heard))


def _of_sites(
    connection: Connection, mine: Sequence[PlaceFacts], start: Instant, end: Instant, zone: str
) -> list[Hour]:
    """Of a handful of sites that have no sums of their own, such as a community's."""
    h = SiteHour.__table__.c
    values = (h.person_us * SLOTS // h.slots, h.came, h.went, h.heard_min)
    sums = [func.sum(case((h.heard_min > 0, value), else_=0)) for value in (*values, 1)]
    found = connection.execute(
        select(h.at, *sums)
        .where(h.site_id.in_([place.id for place in mine]), h.at >= start, h.at < end)
        .group_by(h.at)
        .order_by(h.at)
    )
    stood: dict[date, int] = {}

    def there(at: Instant) -> int:
        day = day_of(at, zone)
        if day not in stood:
            stood[day] = len(_standing(mine, day, zone))
        return stood[day]

    return [
        _summed(at, *(int(us), int(came), int(went), int(minutes)), int(n), there(at))
        for at, us, came, went, minutes, n in found
    ]


def _standing(mine: Sequence[PlaceFacts], day: date, zone: str) -> list[PlaceFacts]:
    """One that has closed for good, or was not there yet, is missed by nobody."""
    return [place for place in mine if place.stood_on(day.isoformat(), zone)]


def _of_day(
    connection: Connection,
    mine: Sequence[PlaceFacts],
    one: PlaceFacts | None,
    bounds: tuple[Instant, Instant],
    now: Instant,
    zone: str,
) -> list[Hour]:
    """Out of the slots, as the clock will do it when the day is over."""
    mine = mine if one is not None else _standing(mine, day_of(bounds[0], zone), zone)
    of = sites_hours(connection, [place.id for place in mine], bounds, now)
    if one is not None:
        return [
            Hour(h.at, h.lowest, h.highest, h.person_us, h.slots * SLOT_US, h.came, h.went, h.heard_min)
            for h in of[one.id]
        ]
    by_hour: dict[Instant, list[HourSum]] = {}
    for hours in of.values():
        for hour in hours:
            by_hour.setdefault(hour.at, []).append(hour)
    return [_together(at, [h for h in by_hour[at] if h.heard_min], len(mine)) for at in sorted(by_hour)]


def _together(at: Instant, heard: Sequence[HourSum], sites: int) -> Hour:
    return _summed(
        at,
        sum(h.person_us * SLOTS // h.slots for h in heard),
        sum(h.came for h in heard),
        sum(h.went for h in heard),
        sum(h.heard_min for h in heard),
        len(heard),
        sites,
    )


def _split(hours: Sequence[Hour], borders: Sequence[Instant]) -> Iterable[tuple[list[Hour], Instant, Instant]]:
    """The hours of each step; both are in order."""
    place = 0
    for a, b in pairwise(borders):
        some = []
        while place < len(hours) and hours[place].at < b:
            some.append(hours[place])
            place += 1
        yield some, a, b


def _point(hours: Sequence[Hour], a: Instant, b: Instant, now: Instant) -> HistoryPoint:
    """As the API makes a step of slots: where anything was heard in it, everything known of it counts."""
    all_ = hours[0] if len(hours) == 1 else _added(hours)
    sites = all_.sites or 0
    over = -(-(min(b, now) - a) // MINUTE) * (sites or 1)
    coverage = min(1.0, round(all_.heard_min / over, 4)) if over > 0 else 0.0
    if not all_.heard_min or not all_.time_us:
        return HistoryPoint(a, None, None, None, None, None, coverage, 0 if sites else None, sites or None)
    return HistoryPoint(
        at=a,
        people=round(max(all_.person_us / all_.time_us, 0), 3),
        lowest=all_.lowest,
        highest=all_.highest,
        came=all_.came,
        went=all_.went,
        coverage=coverage,
        heard=(all_.heard or 0) if sites else None,
        sites=sites or None,
    )


def _added(hours: Sequence[Hour]) -> Hour:
    """One in which nothing was counted has been heard, and nothing else."""
    counted = [hour for hour in hours if hour.time_us]
    return Hour(
        at=hours[0].at if hours else 0,
        lowest=min((hour.lowest for hour in counted), default=0),
        highest=max((hour.highest for hour in counted), default=0),
        person_us=sum(hour.person_us for hour in counted),
        time_us=sum(hour.time_us for hour in counted),
        came=sum(hour.came for hour in counted),
        went=sum(hour.went for hour in counted),
        heard_min=sum(hour.heard_min for hour in hours),
        heard=max((hour.heard or 0 for hour in hours), default=0),
        sites=max((hour.sites or 0 for hour in hours), default=0),
    )


# -- five minutes -----------------------------------------------------------------------------------------------------------


def _fine(
    connection: Connection,
    mine: Sequence[PlaceFacts],
    one: PlaceFacts | None,
    borders: Sequence[Instant],
    now: Instant,
    zone: str,
) -> list[HistoryPoint]:
    if one is not None:
        return [_of_entry(entry) for entry in history(connection, one, borders, now)]
    points = []
    for day, steps in groupby(pairwise(borders), key=lambda step: day_of(step[0], zone)):
        its = [*steps]
        of = [
            history(connection, place, [its[0][0], *(b for _, b in its)], now) for place in _standing(mine, day, zone)
        ]
        points += [_sum_of(at, [entries[n] for entries in of]) for n, (at, _) in enumerate(its)]
    return points


def _of_entry(entry: dict[str, float | int | None]) -> HistoryPoint:
    values = (entry["average"], entry["min"], entry["max"], _whole(entry["in"]), _whole(entry["out"]))
    return HistoryPoint(int(entry["start"] or 0), *values, float(entry["coverage"] or 0))


def _whole(value: float | int | None) -> int | None:
    return None if value is None else int(value)


def _sum_of(at: Instant, entries: Sequence[dict[str, float | int | None]]) -> HistoryPoint:
    heard, sites = [entry for entry in entries if entry["average"] is not None], len(entries)
    coverage = round(sum(float(entry["coverage"] or 0) for entry in entries) / sites, 4) if sites else 0.0
    if not heard:
        return HistoryPoint(at, None, None, None, None, None, coverage, 0, sites)

    def total(name: str) -> float:
        return sum(entry[name] or 0 for entry in heard)

    people = round(total("average"), 3)
    return HistoryPoint(at, people, people, people, int(total("in")), int(total("out")), coverage, len(heard), sites)


def _of_points(points: Sequence[HistoryPoint], borders: Sequence[Instant], now: Instant) -> HistoryPoint:
    heard = [point for point in points if point.people is not None]
    over = [point for point in points if point.at < now]
    coverage = round(sum(point.coverage for point in over) / len(over), 4) if over else 0.0
    sites = max((point.sites or 0 for point in points), default=0) or None
    if not heard:
        return HistoryPoint(borders[0], None, None, None, None, None, coverage, 0 if sites else None, sites)

    def of(choose: Callable[[HistoryPoint], float | None]) -> list[float]:
        return [value for point in heard if (value := choose(point)) is not None]

    people = of(lambda point: point.people)
    return HistoryPoint(
        borders[0],
        round(sum(people) / len(people), 3),
        min(of(lambda point: point.lowest)),
        max(of(lambda point: point.highest)),
        int(sum(of(lambda point: point.came))),
        int(sum(of(lambda point: point.went))),
        coverage,
        max(point.heard or 0 for point in points) if sites else None,
        sites,
    )
