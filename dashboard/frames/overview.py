"""The overview's frame, which the list of sites and a street's page read as well."""

from dashboard.frames.streets import streets_of
from dashboard.frames.strip import strip_of
from dashboard.frames.tiles import tiles_of
from dashboard.needs import NEEDS_SHOWN, needs_of, tagged
from dashboard.picture import Picture, newer, sites_of, wide_of
from dashboard.rows import OverviewFrame


def overview_frame(picture: Picture, scope: str, after: int) -> OverviewFrame:
    """What a scope sees: sums over its own sites only, and the rows that are newer than `after`."""
    mine = sites_of(picture, scope)
    rows = {id_: picture.rows[id_] for id_ in mine}
    waiting = needs_of(
        rows, picture.alarms, wide_of(picture, scope), picture.jumps, picture.deadlines, picture.clock_lost
    )
    return OverviewFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=strip_of(picture, rows, scope),
        tiles=tiles_of(picture, rows, scope),
        needs=tuple(waiting[:NEEDS_SHOWN]),
        needs_total=len(waiting),
        urgent=tagged(waiting),
        streets=streets_of(picture, rows, scope),
        sites=tuple(rows[id_] for id_ in newer(picture, mine, after)),
        just_now=picture.just_now.get(scope),
    )
