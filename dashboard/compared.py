"""Today's figures beside what is usual at this time of the day, over exactly the same sites. Pure: the feed passes all in."""

from dashboard.columns import NEVER, Day, Flags, Numbers, Row
from dashboard.expected import Expected
from dashboard.part import Part
from dashboard.rows import Compared
from models.usual import Figure, Point

Side = tuple[Point, int, Flags]
"""What is usual, what is now, and the sites that both are of."""


def usual_of(whole: Point | None, usual: Numbers, counted: Flags) -> Point | None:
    """The scope's usual less that of its sites which do not report; None where no site that reports has any."""
    known = usual != NEVER
    if whole is None or not (known & counted).any():
        return None
    less = int(usual[known & ~counted].sum())
    return Point(max(whole.middle - less, 0), max(whole.low - less, 0), max(whole.high - less, 0), whole.days)


def compared(expected: Expected, scope: str, part: Part) -> dict[str, Compared | None]:
    """By the name of the tile. A rate is in per mille; its band is that of its numerator over the usual denominator."""

    def side(figure: Figure, now: Numbers, tile: str = "") -> Side | None:
        there = part.reports & part.of_kind(tile) if tile else part.reports
        usual = part.usual(figure)
        point, known = usual_of(expected.scopes.get((scope, figure)), usual, there), there & (usual != NEVER)
        return (point, int(now[known].sum()), known) if point else None

    served = part.of(Day.DINE_IN) + part.of(Day.PICK_UP) + part.of(Day.DELIVERY)
    due, done = side(Figure.DUE, part.of(Day.DUE)), side(Figure.DONE, part.of(Day.DONE))
    in_house = side(Figure.IN_HOUSE, part.of(Day.IN_HOUSE), "beds")
    beds = int(part.open_beds[in_house[2]].sum()) if in_house else 0
    return {
        "people": _count(side(Figure.PEOPLE, part.of(Row.PEOPLE))),
        "visits": _count(side(Figure.VISITS, part.of(Day.VISITS), "visits")),
        "lunch": _count(side(Figure.LUNCH, served, "lunch")),
        "services": _rate(done, due[1], due[0].middle) if due else None,
        "beds": _rate(in_house, beds, beds),
    }


def _count(side: Side | None) -> Compared | None:
    if side is None:
        return None
    point, now, sites = side
    return Compared(now, point.middle, point.low, point.high, False, int(sites.sum()), point.days)


def _rate(side: Side | None, of_now: int, of_usual: int) -> Compared | None:
    if side is None or not of_now or not of_usual:
        return None
    point, now, sites = side
    middle, low, high = (min(round(1000 * n / of_usual), 1000) for n in (point.middle, point.low, point.high))
    return Compared(round(1000 * now / of_now), middle, low, high, True, int(sites.sum()), point.days)
