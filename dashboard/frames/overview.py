"""The overview's frame, which the list of sites and a street's page read as well."""

from dashboard.frames.streets import streets_of
from dashboard.frames.strip import strip_of
from dashboard.frames.tiles import tiles_of
from dashboard.frames.waiting import waiting_in
from dashboard.needs import NEEDS_SHOWN, tagged
from dashboard.picture import Picture, part_of
from dashboard.rows import OverviewFrame


def overview_frame(picture: Picture, scope: str, after: int) -> OverviewFrame:
    """What a scope sees: sums over its own sites only, and the rows that are newer than `after`."""
    waiting = waiting_in(picture, scope)
    return OverviewFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=strip_of(picture, scope),
        tiles=tiles_of(picture, scope),
        needs=tuple(waiting[:NEEDS_SHOWN]),
        needs_total=len(waiting),
        urgent=tagged(waiting),
        streets=streets_of(picture, scope),
        sites=tuple(picture.rows[id_] for id_ in part_of(picture, scope).newer(after)),
        just_now=picture.just_now.get(scope),
    )
