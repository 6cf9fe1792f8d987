"""Nearly full: a warning before the limit; above the limit it is the other rule's matter and this one stays as it is."""

from collections.abc import Iterator

from ingest.rules.overcap import counted
from ingest.rules.situation import Limits, Reading, Situation
from models.base import Instant


def nearcap(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    reports = site.reports(now, limits.silent_after_s)
    for area in counted(site):
        people, capacity = area.people or 0, area.capacity or 0
        yield Reading(
            subject=area.area,
            hot=reports and capacity * limits.nearcap_pct < people * 100 <= capacity * limits.overcap_pct,
            cool=not reports or people * 100 < capacity * limits.nearcap_clear_pct,
            for_s=limits.nearcap_for_s,
            calm_for_s=limits.nearcap_for_s if reports else 0,
            numbers=(people, capacity),
            area=area.area or None,
        )
