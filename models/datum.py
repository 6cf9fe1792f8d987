"""GCJ-02, the shifted coordinates of Chinese maps, to WGS-84.

The forward formula is the one published in public code since 2010 ("EvilTransform"): a sum of sines in the offset from
(105° E, 35° N), scaled by the radii of curvature of the Krasovsky 1940 ellipsoid. It has no closed inverse; but it moves
a point by less than a kilometre and hardly differently a kilometre on, so subtracting its error again and again converges.
"""

from math import cos, pi, radians, sin, sqrt

_A = 6_378_245.0
_EE = 0.006_693_421_622_965_943
"""Semi-major axis in metres and squared eccentricity, as that code has them."""

_SOUTH, _NORTH, _WEST, _EAST = 0.8293, 55.8271, 72.004, 137.8347
"""Outside this rectangle the two are the same."""

_CLOSE_DEGREES = 1e-10
"""About 0.01 mm."""


def gcj02_of(lat: float, lon: float) -> tuple[float, float]:
    """Where a Chinese map shows the WGS-84 point; degrees."""
    if not (_SOUTH <= lat <= _NORTH and _WEST <= lon <= _EAST):
        return lat, lon
    x, y = lon - 105.0, lat - 35.0
    curve = 1 - _EE * sin(radians(lat)) ** 2
    metres_per_degree_lat = _A * (1 - _EE) / (curve * sqrt(curve)) * pi / 180
    metres_per_degree_lon = _A / sqrt(curve) * cos(radians(lat)) * pi / 180
    return lat + _north(x, y) / metres_per_degree_lat, lon + _east(x, y) / metres_per_degree_lon


def wgs84_of(lat: float, lon: float) -> tuple[float, float]:
    """The WGS-84 point that a Chinese map shows at (lat, lon); degrees, exact to well under a millimetre."""
    found = lat, lon
    for _ in range(30):
        shown = gcj02_of(*found)
        off = shown[0] - lat, shown[1] - lon
        found = found[0] - off[0], found[1] - off[1]
        if max(abs(off[0]), abs(off[1])) < _CLOSE_DEGREES:
            break
    return found


def _north(x: float, y: float) -> float:
    """Metres."""
    bend = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    ripples = 20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)
    waves = 20 * sin(pi * y) + 40 * sin(pi * y / 3) + 160 * sin(pi * y / 12) + 320 * sin(pi * y / 30)
    return bend + (ripples + waves) * 2 / 3


def _east(x: float, y: float) -> float:
    """Metres."""
    bend = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    ripples = 20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)
    waves = 20 * sin(pi * x) + 40 * sin(pi * x / 3) + 150 * sin(pi * x / 12) + 300 * sin(pi * x / 30)
    return bend + (ripples + waves) * 2 / 3
