"""Services that should have started: one alarm for a site, however many wait, graver when one has waited long."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, Situation
from models.base import MINUTE, Instant

GRAVE, MILD = 2, 3


def late(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """After `service_forget_min` it is a matter for the day's summary; of a silent site nobody knows what has started."""
    allowed, forgotten = limits.service_late_min * MINUTE, now - limits.service_forget_min * MINUTE
    planned = sorted(due for due in site.late_due if due > forgotten)
    waiting = [due for due in planned if due + allowed <= now]
    urgent_at = waiting[0] + limits.service_urgent_min * MINUTE if waiting else None
    coming = [due + allowed for due in planned if due + allowed > now]
    yield Reading(
        subject="",
        hot=bool(waiting) and not site.is_missed(now, limits.silent_after_s),
        cool=not waiting,
        since=waiting[0] if waiting else None,
        of_absence=True,
        grade=GRAVE if urgent_at is not None and urgent_at <= now else MILD,
        numbers=(len(waiting),),
        look_at=min([*coming[:1], *([urgent_at] if urgent_at is not None and urgent_at > now else [])], default=None),
    )
