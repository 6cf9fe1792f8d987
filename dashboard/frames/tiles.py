"""The figures of a scope, each beside what is usual for just the sites that report.

A figure that no site sends is None, not zero. It is as old as the newest word of any site, however often it is painted.
"""

from dataclasses import replace

from dashboard.columns import Day, Flags, Row
from dashboard.compared import compared
from dashboard.part import Part
from dashboard.picture import Picture, part_of
from dashboard.rows import Tile


def tiles_of(picture: Picture, scope: str) -> tuple[Tile, ...]:
    part = part_of(picture, scope)
    beside = compared(picture.expected, scope, part)
    return tuple(replace(tile, usual=beside[tile.name]) if tile.value is not None else tile for tile in tiles(part))


def tiles(part: Part) -> tuple[Tile, ...]:
    """People, visits, lunch, services and beds of these sites."""
    return _people(part), _visits(part), _lunch(part), _services(part), _beds(part)


def _people(part: Part) -> Tile:
    counted = part.counted
    counting = part.expected & ((part.of(Row.COUNTED) > 0) | (part.of(Row.CAPACITY) > 0))
    return Tile(
        name="people",
        value=part.total(Row.PEOPLE, counted) if counted.any() else None,
        of=None,
        sites_counted=int(counted.sum()),
        sites_expected=int(counting.sum()),
        as_of=part.newest_heard_at,
        parts=(
            ("community", part.total(Row.PEOPLE, counted & ~part.institutions)),
            ("institution", part.total(Row.PEOPLE, counted & part.institutions)),
        ),
    )


def _visits(part: Part) -> Tile:
    """Visits and persons stand apart: neither is ever added to the other."""
    of_kind = part.of_kind("visits")
    came = part.total(Day.VISITS, of_kind) if part.some(Day.VISITS_TOLD, of_kind) else None
    persons = part.total(Day.PERSONS, of_kind) if part.some(Day.PERSONS_TOLD, of_kind) else None
    return _tile(part, "visits", came, None, of_kind, ("persons", persons))


def _lunch(part: Part) -> Tile:
    of_kind = part.of_kind("lunch")
    ways = (("dine_in", Day.DINE_IN), ("pick_up", Day.PICK_UP), ("delivery", Day.DELIVERY))
    served = [(mode, part.total(way, of_kind)) for mode, way in ways]
    value = sum(n for _, n in served) if part.some(Day.MEALS_TOLD, of_kind) else None
    return _tile(part, "lunch", value, part.total(Day.ORDERED, of_kind) or None, of_kind, *served)


def _services(part: Part) -> Tile:
    planning = part.of(Day.PLANNED) > 0
    some = bool(part.total(Day.SERVICES_TOLD))
    ways = (("running", Day.RUNNING), ("late", Day.LATE), ("planned", Day.PLANNED))
    done, due = (part.total(Day.DONE), part.total(Day.DUE)) if some else (None, None)
    return _tile(part, "services", done, due, planning, *((name, part.total(way)) for name, way in ways))


def _beds(part: Part) -> Tile:
    of_kind = part.of_kind("beds")
    whereabouts = (Day.IN_HOUSE, Day.ON_LEAVE, Day.IN_HOSPITAL)
    in_house, on_leave, in_hospital = (part.total(where, of_kind) for where in whereabouts)
    beds = int(part.open_beds[of_kind].sum()) or None
    parts = (("roll", in_house + on_leave + in_hospital), ("hospital", in_hospital), ("leave", on_leave))
    return _tile(part, "beds", in_house if part.some(Day.BEDS_TOLD, of_kind) else None, beds, of_kind, *parts)


def _tile(
    part: Part, name: str, value: int | None, of: int | None, sites: Flags, *parts: tuple[str, int | None]
) -> Tile:
    """`sites`: those that could tell it."""
    counted = sites & part.expected
    known = int((counted & part.reports).sum())
    return Tile(name, value, of, known, int(counted.sum()), part.newest_heard_at, parts)
