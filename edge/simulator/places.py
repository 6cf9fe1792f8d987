"""The simulated registry: real streets and communities, invented sites with invented coordinates.

Scales by the mix of kinds: site n is computed from the seed and n alone, so 400,000 sites need no list in memory.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from edge.simulator.chance import chance
from edge.simulator.names import COMMUNITIES, KIND_NAME, PRETTY, STREETS

MIX = (
    ("INST", 6),
    ("STC", 6),
    ("CST", 38),
    ("NSP", 12),
    ("DCC", 10),
    ("MEAL", 25),
    ("MPT", 15),
    ("HCO", 8),
    ("HUB", 1),
)
"""Sites of each kind among 121: estimates for a district of 2.5 million people, scaled from its city's counts.

One service centre for each street, about fifty stations and service points, with the centres' own canteens 46 places to
eat, 2,500 beds in all.
"""

HOURS = {
    "INST": "",
    "STC": "Mo-Su 08:00-20:00",
    "CST": "Mo-Fr 08:30-17:30; Sa 09:00-12:00",
    "NSP": "Mo-Fr 09:00-17:00",
    "DCC": "Mo-Fr 07:45-18:00",
    "MEAL": "Mo-Su 06:45-19:00",
    "MPT": "Mo-Fr 10:00-13:30,16:30-18:30",
    "HCO": "Mo-Su 08:00-20:00",
    "HUB": "",
}
AREAS = {
    "INST": {"residence": (300, 420)},
    "STC": {"residence": (55, 65), "daycare": (40, 40), "canteen": (110, 130), "hall": (110, 130)},
    "CST": {"main": (45, 70)},
    "NSP": {"main": (20, 30)},
    "DCC": {"main": (35, 45)},
    "MEAL": {"canteen": (60, 100)},
    "MPT": {"main": (20, 30)},
    "HCO": {},
    "HUB": {},
}
PERSONS = frozenset((("STC", "daycare"), ("DCC", "main")))
"""Counted by check-in cards, not by door counters."""


@dataclass(frozen=True)
class Place:
    """One invented site."""

    site: str
    name_zh: str
    name_en: str
    kind: str
    street: str
    community: str
    """As the registry takes it: `code=name_zh/name_en`."""
    lat: float
    lon: float
    areas: dict[str, int] = field(hash=False)
    """Capacity of each."""

    @property
    def hours(self) -> str:
        return HOURS[self.kind]


@cache
def _polygons() -> dict[str, list[list[list[float]]]]:
    """Outer rings by street code, WGS-84 (lon, lat); the borders between streets are schematic."""
    read = json.loads(Path(__file__).with_name("district.geojson").read_text(encoding="utf-8"))
    return {
        f["properties"]["code"]: _rings(f["geometry"]) for f in read["features"] if f["properties"]["level"] == "street"
    }


def _rings(geometry: dict[str, Any]) -> list[list[list[float]]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [polygon[0] for polygon in polygons]


def is_inside(lon: float, lat: float, ring: list[list[float]]) -> bool:
    """Ray casting."""
    inside, (x1, y1) = False, ring[-1]
    for x2, y2 in ring:
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
        x1, y1 = x2, y2
    return inside


_SITES_OF_MIX = sum(share for _, share in MIX)


def _kind(n: int) -> str:
    left = n % _SITES_OF_MIX
    for kind, share in MIX:
        if left < share:
            return kind
        left -= share
    raise AssertionError("the mix covers every number")


def place(n: int, seed: int) -> Place:
    """Site number n, from 0."""
    dice = chance(seed, "place", n)
    kind = _kind(n)
    street = (
        list(STREETS)[n % 6] if kind in ("STC", "INST") else dice.choices(list(STREETS), (14, 22, 20, 15, 13, 16))[0]
    )
    community = dice.choice(COMMUNITIES[street])
    zh, en = _name(n, kind, community)
    lon, lat = _spot(dice, street)
    return Place(
        site=f"s-{n + 1:03}",
        name_zh=zh,
        name_en=en,
        kind=kind,
        street=street,
        community=f"{street}-{community[1].lower()}={community[0]}社区/{community[1]} Community",
        lat=lat,
        lon=lon,
        areas={area: dice.randint(*bounds) for area, bounds in AREAS[kind].items()},
    )


def _name(n: int, kind: str, community: tuple[str, str]) -> tuple[str, str]:
    zh, en = PRETTY[n * 7 % len(PRETTY)]
    suffix_zh, suffix_en = KIND_NAME[kind]
    if kind == "HUB" and n < _SITES_OF_MIX:
        return suffix_zh, suffix_en
    round_ = n // len(PRETTY)
    number_zh, number_en = (f"{round_}号", f" No. {round_}") if round_ >= 2 else ("", "")
    estate_zh, estate_en = community if kind == "NSP" else ("", "")
    return f"{estate_zh}{zh}{number_zh}{suffix_zh}", f"{estate_en} {en} {suffix_en}{number_en}".strip()


def _spot(dice: Any, street: str) -> tuple[float, float]:
    ring = max(_polygons()[street], key=len)
    lons, lats = [p[0] for p in ring], [p[1] for p in ring]
    for _ in range(200):
        lon, lat = dice.uniform(min(lons), max(lons)), dice.uniform(min(lats), max(lats))
        if is_inside(lon, lat, ring):
            break
    return round(lon, 5), round(lat, 5)


def places(count: int, seed: int) -> Iterator[Place]:
    return (place(n, seed) for n in range(count))


COLUMNS = (
    "site", "name_zh", "name_en", "kind", "street", "community", "lat", "lon", "datum", "capacity", "count_by",
    "open_hours", "address", "phone", "valid_from",
)  # fmt: skip


INVENTED = "演示地址(虚构) / invented for demonstration"


def write_csv(out: TextIO, count: int, seed: int) -> None:
    """The registry file that `python -m ingest places load` reads; valid long enough ago for the history."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in places(count, seed):
        zh, en = STREETS[one.street]
        capacity = ";".join(f"{area}:{persons}" for area, persons in one.areas.items())
        counted = ";".join(f"{a}:{'persons' if (one.kind, a) in PERSONS else 'counter'}" for a in one.areas)
        writer.writerow(
            (
                one.site, one.name_zh, one.name_en, one.kind, f"{one.street}={zh}/{en}", one.community, one.lat, one.lon,
                "wgs84", capacity, counted, one.hours, INVENTED, "", "2026-01-01T00:00:00+08:00",
            )
        )  # fmt: skip
