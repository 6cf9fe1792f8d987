"""A site that should have opened, and of which nothing has come since."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, Situation
from models.base import Instant


def notopen(site: Situation, limits: Limits, _now: Instant) -> Iterator[Reading]:
    """A house that never closes is expected from its registration on; who was there shortly before the doors opens them."""
    expected_at = site.opened_at if site.opened_at is not None else site.registered_at
    missing = site.is_open and not site.came(limits.notopen_early_min)
    yield Reading(
        subject="",
        hot=missing,
        cool=not missing,
        since=expected_at,
        for_s=limits.notopen_after_min * 60,
        of_absence=True,
    )
