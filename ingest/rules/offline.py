"""A site that spoke today and has fallen silent in its opening hours."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, Situation
from models.base import SECOND, Instant


def offline(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """Of a site that has not spoken since it should have opened, the rule for that speaks."""
    heard_at = site.heard_at
    spoke = heard_at is not None and (site.opened_at is None or heard_at >= site.opened_at)
    alive = heard_at is not None and now - heard_at <= limits.silent_after_s * SECOND
    yield Reading(
        subject="",
        hot=site.is_open and spoke,
        cool=not site.is_open or alive,
        since=heard_at,
        for_s=limits.silent_after_s,
        of_absence=True,
    )
