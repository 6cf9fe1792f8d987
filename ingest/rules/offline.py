"""A site that spoke today and has fallen silent in its opening hours."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, Situation
from models.base import Instant


def offline(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """Of a site that has not come at all, the rule for that speaks; its silence before the doors opened counts for nothing."""
    yield Reading(
        subject="",
        hot=site.is_open and site.came(limits.notopen_early_min),
        cool=not site.is_missed(now, limits.silent_after_s),
        since=None if site.heard_at is None else max(site.heard_at, site.opened_at or site.heard_at),
        for_s=limits.silent_after_s,
        of_absence=True,
    )
