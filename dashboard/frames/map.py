"""The map's frame: where every site is and how it is."""

from dataclasses import replace

from dashboard.frames.streets import streets_of
from dashboard.frames.strip import strip_of
from dashboard.needs import needs_of, tagged
from dashboard.picture import Picture, newer, sites_of, wide_of
from dashboard.rows import MapFrame


def map_frame(picture: Picture, scope: str, after: int) -> MapFrame:
    """Where every site is and how it is."""
    mine = sites_of(picture, scope)
    rows = {id_: picture.rows[id_] for id_ in mine}
    waiting = needs_of(
        rows, picture.alarms, wide_of(picture, scope), picture.jumps, picture.deadlines, picture.clock_lost
    )
    return MapFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=strip_of(picture, rows, scope),
        urgent=tagged(waiting),
        streets=streets_of(picture, rows, scope),
        sites=tuple(replace(rows[id_], areas=()) for id_ in newer(picture, mine, after)),
    )
