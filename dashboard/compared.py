"""Today's figures beside what is usual at this time of the day, over exactly the same sites. Pure: the feed passes all in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.queries.today import BED_KINDS, MEAL_KINDS, VISIT_KINDS, SiteToday
from dashboard.rows import Compared, SiteRow
from models.usual import Figure, Point, Points, at_minute

LUNCH_MODES = ("dine_in", "pick_up", "delivery")

Counted = Mapping[int, SiteRow]
"""The sites that report, by number."""


@dataclass(frozen=True)
class Expected:
    """What is usual at one minute of today: of each scope, and the middle of each site."""

    minute: int = -1
    made_at: int | None = None
    scopes: dict[tuple[str, str], Point] = field(default_factory=dict)
    sites: dict[tuple[int, str], int] = field(default_factory=dict)


def expected_at(
    minute: int, made_at: int | None, usual: Mapping[tuple[str, str], Points], ids: Mapping[str, int]
) -> Expected:
    """`ids`: a site's scope -> its number."""
    scopes, sites = {}, {}
    for (scope, figure), points in usual.items():
        point = at_minute(points, minute)
        if point is not None:
            scopes[scope, figure] = point
            if scope in ids:
                sites[ids[scope], figure] = point.middle
    return Expected(minute, made_at, scopes, sites)


def usual_of(
    expected: Expected, scope: str, figure: Figure, mine: Iterable[int], counted: Iterable[int]
) -> Point | None:
    """The scope's usual less that of its sites which do not report; None where no site that reports has any."""
    whole, sites = expected.scopes.get((scope, figure)), expected.sites
    if whole is None or not any((id_, figure) in sites for id_ in counted):
        return None
    reporting = set(counted)
    less = sum(sites.get((id_, figure), 0) for id_ in mine if id_ not in reporting)
    return Point(max(whole.middle - less, 0), max(whole.low - less, 0), max(whole.high - less, 0), whole.days)


def compared(
    expected: Expected,
    scope: str,
    mine: Iterable[int],
    counted: Counted,
    today: Mapping[int, SiteToday],
    capacity: Mapping[int, int],
) -> dict[str, Compared | None]:
    """By the name of the tile. A rate is in per mille; its band is that of its numerator over the usual denominator."""
    mine = list(mine)

    def side(
        figure: Figure, now: Callable[[int], int], kinds: frozenset[str] | None = None
    ) -> tuple[Point, int, list[int]] | None:
        there = [id_ for id_, row in counted.items() if kinds is None or row.kind in kinds]
        point = usual_of(expected, scope, figure, mine, there)
        known = [id_ for id_ in there if (id_, figure) in expected.sites]
        return (point, sum(now(id_) for id_ in known), known) if point else None

    none = SiteToday()
    people = side(Figure.PEOPLE, lambda id_: counted[id_].people or 0)
    visits = side(Figure.VISITS, lambda id_: today.get(id_, none).visits or 0, VISIT_KINDS)
    lunch = side(Figure.LUNCH, lambda id_: _lunch(today.get(id_, none)), MEAL_KINDS)
    due = side(Figure.DUE, lambda id_: today.get(id_, none).services["due"])
    done = side(Figure.DONE, lambda id_: today.get(id_, none).services["done"])
    in_house = side(Figure.IN_HOUSE, lambda id_: today.get(id_, none).beds["in_house"], BED_KINDS)
    beds = sum(capacity.get(id_, 0) for id_ in in_house[2]) if in_house else 0
    return {
        "people": _count(people),
        "visits": _count(visits),
        "lunch": _count(lunch),
        "services": _rate(done, due[1], due[0].middle) if due else None,
        "beds": _rate(in_house, beds, beds),
    }


def _lunch(one: SiteToday) -> int:
    return sum(one.tallies[f"meal.served.lunch.{mode}"] for mode in LUNCH_MODES)


def _count(side: tuple[Point, int, list[int]] | None) -> Compared | None:
    if side is None:
        return None
    point, now, sites = side
    return Compared(now, point.middle, point.low, point.high, False, len(sites), point.days)


def _rate(side: tuple[Point, int, list[int]] | None, of_now: int, of_usual: int) -> Compared | None:
    if side is None or not of_now or not of_usual:
        return None
    point, now, sites = side
    middle, low, high = (min(round(1000 * n / of_usual), 1000) for n in (point.middle, point.low, point.high))
    return Compared(round(1000 * now / of_now), middle, low, high, True, len(sites), point.days)
