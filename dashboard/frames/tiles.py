"""The figures of a scope, each beside what is usual for just the sites that report."""

from dataclasses import replace

from dashboard.compared import compared
from dashboard.picture import Picture
from dashboard.queries.today import tiles
from dashboard.rows import SiteRow, Tile
from models.day_sources import open_beds
from models.site_state import REPORTING


def tiles_of(picture: Picture, rows: dict[int, SiteRow], scope: str) -> tuple[Tile, ...]:
    reporting = frozenset(id_ for id_, row in rows.items() if row.state in REPORTING)
    expected = frozenset(id_ for id_, row in rows.items() if row.state != "closed")
    newest = max((row.heard_at for row in rows.values() if row.heard_at is not None), default=None)
    counted = [row for id_, row in rows.items() if id_ in reporting and row.people is not None]
    counting = [row for id_, row in rows.items() if id_ in expected and (row.people is not None or row.capacity)]
    people = Tile(
        name="people",
        value=sum(row.people or 0 for row in counted) if counted else None,
        of=None,
        sites_counted=len(counted),
        sites_expected=len(counting),
        as_of=newest,
        parts=(
            ("community", sum(row.people or 0 for row in counted if row.kind != "INST")),
            ("institution", sum(row.people or 0 for row in counted if row.kind == "INST")),
        ),
    )
    mine = [place for id_, place in picture.facts.items() if id_ in rows]
    beside = compared(
        picture.expected,
        scope,
        rows,
        {id_: rows[id_] for id_ in reporting},
        picture.today.sites,
        {place.id: open_beds(place.kind, place.capacity) or 0 for place in mine},
    )
    shown = (people, *tiles(mine, reporting, expected, picture.today.sites, newest))
    return tuple(replace(tile, usual=beside[tile.name]) if tile.value is not None else tile for tile in shown)
