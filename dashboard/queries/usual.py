"""What is usual today, as the clock has reckoned it: of one site's people as a curve, or of everything at once."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, select

from dashboard.rows import UsualPoint
from models.base import Instant
from models.change import JobRun
from models.civil_day import wall_steps
from models.usual import STEP_MIN, Figure, Points, Usual, read


def usual_curve(connection: Connection, scope: str, day: date, zone: str) -> tuple[UsualPoint, ...]:
    """People of a scope over the hours of `day`; a moment of which too few days are known has no point."""
    text = connection.execute(
        select(Usual.points).where(Usual.scope == scope, Usual.figure == Figure.PEOPLE, Usual.day == day.isoformat())
    ).scalar_one_or_none()
    return tuple(_laid_over(read(text), day, zone)) if text else ()


def _laid_over(points: Points, day: date, zone: str) -> Iterator[UsualPoint]:
    for point, step in zip(points, wall_steps(day, zone, STEP_MIN), strict=True):
        if point and step:
            yield UsualPoint(step[1], point.low, point.middle, point.high)


def usual_reckoned_at(connection: Connection, day: date) -> Instant | None:
    """When what is usual on this day was last reckoned; None: not yet."""
    wanted = select(JobRun.done_at).where(JobRun.job == "reckon_usual", JobRun.period == day.isoformat())
    return connection.execute(wanted).scalar_one_or_none()


def usual_of_day(connection: Connection, day: date) -> dict[tuple[str, str], Points]:
    """By scope and figure."""
    wanted = select(Usual.scope, Usual.figure, Usual.points).where(Usual.day == day.isoformat())
    return {(row.scope, row.figure): read(row.points) for row in connection.execute(wanted)}


def usual_of_sites(connection: Connection, scopes: list[str], day: date, zone: str) -> dict[Instant, int]:
    """The middles of these sites' people, added up by moment."""
    wanted = select(Usual.points).where(
        Usual.scope.in_(scopes), Usual.figure == Figure.PEOPLE, Usual.day == day.isoformat()
    )
    total: dict[Instant, int] = {}
    for text in connection.execute(wanted).scalars():
        for point in _laid_over(read(text), day, zone):
            total[point.at] = total.get(point.at, 0) + point.middle
    return total
