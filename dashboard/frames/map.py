"""The map's frame: where every site is and how it is."""

from dataclasses import replace

from dashboard.frames.streets import streets_of
from dashboard.frames.strip import strip_of
from dashboard.frames.waiting import waiting_in
from dashboard.needs import tagged
from dashboard.picture import Picture, part_of
from dashboard.rows import MapFrame


def map_frame(picture: Picture, scope: str, after: int) -> MapFrame:
    """Where every site is and how it is."""
    return MapFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=strip_of(picture, scope),
        urgent=tagged(waiting_in(picture, scope)),
        streets=streets_of(picture, scope),
        sites=tuple(replace(picture.rows[id_], areas=()) for id_ in part_of(picture, scope).newer(after)),
    )
