"""The map's frame: where every site is and how it is."""

from dashboard.frames.streets import streets_of
from dashboard.frames.strip import strip_of
from dashboard.needs import needs_of
from dashboard.picture import Picture, newer, sites_of, wide_of
from dashboard.queries.places import PlaceFacts
from dashboard.rows import MapFrame, Pin, SiteRow

TAGGED, TAGS_SHOWN = 2, 8
"""Grades that have a tag on the map, and how many tags it has room for."""


def map_frame(picture: Picture, scope: str, after: int) -> MapFrame:
    """Where every site is and how it is."""
    mine = sites_of(picture, scope)
    rows = {id_: picture.rows[id_] for id_ in mine}
    waiting = needs_of(rows, picture.alarms, wide_of(picture, scope))
    urgent = [need for need in waiting if need.grade <= TAGGED and need.site is not None]
    return MapFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=strip_of(picture, rows, scope),
        urgent=tuple(urgent[:TAGS_SHOWN]),
        streets=streets_of(picture, rows, scope),
        sites=tuple(_pin(picture.facts[id_], rows[id_]) for id_ in newer(picture, mine, after)),
    )


def _pin(place: PlaceFacts, row: SiteRow) -> Pin:
    return Pin(
        site=row.site,
        name_zh=row.name_zh,
        name_en=row.name_en,
        kind=row.kind,
        street=row.street,
        community=row.community,
        lat=place.lat,
        lon=place.lon,
        state=row.state,
        heard_at=row.heard_at,
        people=row.people,
        capacity=row.capacity,
        band=row.band,
        open_alarms=row.open_alarms,
        worst_grade=row.worst_grade,
    )
