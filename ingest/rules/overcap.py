"""Over capacity: more people than places for a while; well below again for as long before it is over."""

from collections.abc import Iterator

from ingest.rules.situation import AreaNow, Limits, Reading, Situation
from models.base import Instant

URGENT, GRAVE = 1, 2


def overcap(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """A count that nobody sends any more, or of a closed house, crowds nobody."""
    reports = site.reports(now, limits.silent_after_s)
    for area in counted(site):
        people, capacity = area.people or 0, area.capacity or 0
        urgent = people * 100 > capacity * limits.overcap_urgent_pct
        yield Reading(
            subject=area.area,
            hot=reports and people * 100 > capacity * limits.overcap_pct,
            cool=not reports or people * 100 < capacity * limits.overcap_clear_pct,
            for_s=limits.overcap_for_s,
            calm_for_s=limits.overcap_for_s if reports else 0,
            grade=URGENT if urgent else GRAVE,
            numbers=(people, capacity),
            area=area.area or None,
        )


def counted(site: Situation) -> Iterator[AreaNow]:
    """What has a capacity: areas, or the whole site under the name ''."""
    yield from (area for area in site.areas if area.capacity and area.people is not None)
    if site.capacity and site.people is not None:
        yield AreaNow("", site.people, site.people, site.capacity, None, True)
