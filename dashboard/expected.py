"""What is usual at one minute of today. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.usual import Point, Points, at_minute


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
