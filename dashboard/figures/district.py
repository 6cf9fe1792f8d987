"""The ground of the map: the district and its streets as our own SVG, in a plane where the district is a thousand high."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

HIGH = 1000.0
Point = tuple[float, float]
"""Longitude, latitude; WGS-84 degrees."""
Ring = tuple[Point, ...]


@dataclass(frozen=True)
class Land:
    """One area: its outer rings, and where its name stands."""

    code: str
    rings: tuple[Ring, ...]
    label: Point | None


@dataclass(frozen=True)
class District:
    whole: Land
    streets: tuple[Land, ...]


@dataclass(frozen=True)
class Plane:
    """Degrees to the drawing: flat, its north up, a degree of longitude as much shorter as it is at this latitude."""

    west: float
    north: float
    across: float
    """Units for one degree of longitude."""
    down: float
    """Units for one degree of latitude."""
    wide: float

    def __call__(self, lon: float, lat: float) -> Point:
        return (lon - self.west) * self.across, (self.north - lat) * self.down


def district_of(read: dict[str, Any]) -> District:
    """From a GeoJSON collection with one feature of level `district` and one for each street."""
    lands = [(f["properties"]["level"], _land(f)) for f in read["features"]]
    whole = next(land for level, land in lands if level == "district")
    return District(whole, tuple(land for level, land in lands if level == "street"))


def _land(feature: dict[str, Any]) -> Land:
    shape, said = feature["geometry"], feature["properties"]
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    rings = tuple(tuple((p[0], p[1]) for p in polygon[0]) for polygon in polygons)
    label = (said["label_lon"], said["label_lat"]) if "label_lon" in said else None
    return Land(said["code"], rings, label)


def plane_of(district: District) -> Plane:
    points = [point for ring in district.whole.rings for point in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    down = HIGH / (north - south)
    across = down * math.cos(math.radians((north + south) / 2))
    return Plane(west, north, across, down, (east - west) * across)


def ground(district: District, plane: Plane) -> str:
    """Land, one area for each street (to press on), the borders between them, and the rim."""
    rim = _path(district.whole.rings, plane)
    streets = "".join(_street(street, plane) for street in district.streets)
    return (
        f'<path class="land" d="{rim}"/>{streets}<path class="border" d="{_borders(district.streets, plane)}"/>'
        f'<path class="rim" d="{rim}"/>'
    )


def _street(street: Land, plane: Plane) -> str:
    x, y = plane(*(street.label or street.rings[0][0]))
    path = _path(street.rings, plane)
    return f'<path class="street-land" data-street="{street.code}" data-x="{x:.0f}" data-y="{y:.0f}" d="{path}"/>'


def _path(rings: Sequence[Ring], plane: Plane) -> str:
    return "".join("M" + "L".join(_at(plane(*point)) for point in ring[:-1]) + "Z" for ring in rings)


def _borders(streets: Sequence[Land], plane: Plane) -> str:
    """Each edge that two streets share once, so that its dashes do not fill each other's gaps."""
    seen: dict[frozenset[Point], int] = {}
    for street in streets:
        for ring in street.rings:
            for edge in pairwise(ring):
                seen[frozenset(edge)] = seen.get(frozenset(edge), 0) + 1
    shared = [sorted(edge) for edge, times in seen.items() if times == 2 and len(edge) == 2]
    return "".join(f"M{_at(plane(*a))}L{_at(plane(*b))}" for a, b in shared)


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
