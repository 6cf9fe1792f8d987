"""In which five minutes sites were heard, as the database tells it: one row for each site, with all its slots in it.

A row for each slot costs more to bring here than to find: of sixty sites and a day they are seventeen thousand.
"""

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Text, and_, bindparam, case, cast, func, or_, select

from models.base import big
from models.occupancy import SiteSlot

Packed = int
"""A slot: its number times 64, 32 if anything in it came in time, and a bit for each of its minutes that was heard."""

_IN_TIME = 32
_CAME_IN_TIME = and_(SiteSlot.events > 0, or_(SiteSlot.timed == 0, SiteSlot.timed > SiteSlot.over_600s))
_HEARD = (
    select(
        SiteSlot.site_id,
        func.aggregate_strings(
            cast(cast(SiteSlot.slot, big) * 64 + case((_CAME_IN_TIME, _IN_TIME), else_=0) + SiteSlot.minutes, Text), ","
        ).label("packed"),
    )
    .where(
        SiteSlot.site_id.in_(bindparam("sites", expanding=True)),
        SiteSlot.slot >= bindparam("first", type_=big),
        SiteSlot.slot <= bindparam("last", type_=big),
    )
    .group_by(SiteSlot.site_id)
)


def heard_slots(connection: Connection, sites: Sequence[int], first: int, last: int) -> dict[int, list[Packed]]:
    """By site number, in the order of slots; a site that was not heard from `first` to `last`, both included, is not there."""
    found: Any = connection.execute(_HEARD, {"sites": list(sites), "first": first, "last": last}) if sites else ()
    return {row.site_id: sorted(json.loads(f"[{row.packed}]")) for row in found}


def in_time(slots: Sequence[Packed]) -> Iterator[tuple[int, int]]:
    """(slot, bits of minutes) of those that show that the site was there."""
    return ((one >> 6, one & 31) for one in slots if one & _IN_TIME)


def by_step(slots: Sequence[Packed], first: int, width: int, count: int) -> tuple[int, ...]:
    """How many slots there are in each of `count` steps of `width` slots, from the slot `first` on."""
    edges = [bisect_left(slots, (first + width * n) << 6) for n in range(count + 1)]
    return tuple(end - begin for begin, end in pairwise(edges))
