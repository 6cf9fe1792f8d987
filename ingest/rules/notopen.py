"""A site that should have opened, and of which nothing has come since."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, Situation
from models.base import MINUTE, Instant


def notopen(site: Situation, limits: Limits, _now: Instant) -> Iterator[Reading]:
    """A house that never closes is expected from its registration on; who was there shortly before the doors opens them."""
    early = limits.notopen_early_min * MINUTE
    expected_at = site.opened_at if site.opened_at is not None else site.registered_at
    came = site.heard_at is not None and (site.opened_at is None or site.heard_at >= site.opened_at - early)
    missing = site.is_open and not came
    yield Reading(
        subject="",
        hot=missing,
        cool=not missing,
        since=expected_at,
        for_s=limits.notopen_after_min * MINUTE // 1_000_000,
        of_absence=True,
    )
