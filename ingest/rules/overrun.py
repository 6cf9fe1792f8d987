"""Services that should have ended: started, and running for a multiple of what they take."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, Situation
from models.base import MINUTE, Instant


def overrun(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """Of a silent site nobody knows what has ended."""
    ends = sorted(started + minutes * MINUTE * limits.overrun_pct // 100 for started, minutes in site.running)
    over = [end for end in ends if end <= now]
    yield Reading(
        subject="",
        hot=bool(over) and not site.is_missed(now, limits.silent_after_s),
        cool=not over,
        since=over[0] if over else None,
        of_absence=True,
        numbers=(len(over),),
        look_at=next((end for end in ends if end > now), None),
    )
