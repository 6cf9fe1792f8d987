"""What anybody may know: where a site is, whether it is open, and how full it is as a band. No key, no count, no person.

The band is that of the last five minutes but one, read once for all who ask: nobody sees a single person arrive, and no
number of visitors makes the database work more.
"""

import math
import threading
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Engine

from clock import Clock
from dashboard import answers
from dashboard.api import moment, says, told
from dashboard.live import Feed
from dashboard.problems import Problem
from dashboard.queries.crowding import crowding
from dashboard.queries.places import PlaceFacts
from dashboard.rows import SiteRow, load_band
from models.base import Instant
from models.event import SLOT_US
from models.place import SiteKind
from models.site_state import REPORTING

BANDS = {1: "free", 2: "moderate", 3: "busy", 4: "nearly_full", 5: "full"}
CAPACITY_LEAST = 10
"""Below this many places a band would tell of single persons."""
CACHE_S = 60
EARTH_M = 6_371_008.8

router = APIRouter(prefix="/public/v1")


@dataclass(frozen=True)
class Crowding:
    """People by site number at the end of a five-minute slot; a site without any number is not there."""

    as_of: Instant = 0
    people: dict[int, int] | None = None


class PublicSites:
    """Reads once in five minutes, whoever asks; otherwise answers from memory."""

    def __init__(self, engine: Engine, clock: Clock, feed: Feed) -> None:
        self._engine, self._clock, self._feed = engine, clock, feed
        self._crowding = Crowding()
        self._one_reads = threading.Lock()

    def list(self, here: tuple[float, float] | None, kind: str | None, open_now: bool) -> answers.PublicList:
        """The nearest first where the asker says where she is, else by code."""
        picture = self._feed.picture
        crowd = self._crowded()
        found = []
        for id_, row in picture.rows.items():
            place = picture.facts.get(id_)
            if place is not None and kind in (None, row.kind) and (row.state != "closed" or not open_now):
                found.append(_public(place, row, here, crowd, id_))
        found.sort(key=lambda one: (one.distance_m is None, one.distance_m or 0, one.site))
        return answers.PublicList(as_of=moment(picture.as_of), sites=found)

    def _crowded(self) -> Crowding:
        as_of = (self._clock.now() // SLOT_US - 1) * SLOT_US
        with self._one_reads:
            if self._crowding.as_of != as_of:
                self._crowding = Crowding(as_of, crowding(self._engine, as_of))
            return self._crowding


def _public(
    place: PlaceFacts, row: SiteRow, here: tuple[float, float] | None, crowd: Crowding, id_: int
) -> answers.PublicSite:
    band = _band(row, (crowd.people or {}).get(id_))
    return answers.PublicSite(
        site=row.site,
        name_zh=row.name_zh,
        name_en=row.name_en,
        kind=row.kind,
        street=row.street,
        address=place.address,
        phone=place.phone,
        lat=place.lat,
        lon=place.lon,
        distance_m=_distance_m(here, place),
        open=row.state != "closed",
        band=band,
        band_as_of=told(crowd.as_of) if band else None,
    )


def _band(row: SiteRow, people: int | None) -> str | None:
    if row.state not in REPORTING or row.capacity is None or row.capacity < CAPACITY_LEAST:
        return None
    return BANDS.get(load_band(people, row.capacity) or 0)


def _distance_m(here: tuple[float, float] | None, place: PlaceFacts) -> int | None:
    """Along the great circle, metres."""
    if here is None or place.lat is None or place.lon is None:
        return None
    a, b, c, d = map(math.radians, (*here, place.lat, place.lon))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return round(2 * EARTH_M * math.asin(min(1.0, math.sqrt(half))))


@router.get(
    "/sites",
    summary="Where to go now: open or not, and how full as a band; no key, delayed, cacheable",
    responses=says(answers.PublicList),
)
def public_sites(
    request: Request,
    lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
    lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
    kind: SiteKind | None = None,
    open_now: bool = False,
) -> Response:
    if (lat is None) != (lon is None):
        raise Problem(400, "lat and lon go together")
    if not request.app.state.feed.is_alive:
        raise Problem(503, "the database does not answer")
    here = (lat, lon) if lat is not None and lon is not None else None
    sites: Any = request.app.state.public.list(here, kind, open_now)
    headers = {"Cache-Control": f"public, max-age={CACHE_S}", "Access-Control-Allow-Origin": "*"}
    return Response(msgspec.json.encode(sites), media_type="application/json", headers=headers)
