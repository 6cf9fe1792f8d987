"""Too few carers for the residents in house, for longer than a change of shift takes."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, Situation
from models.base import Instant


def stafflow(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """Asked only where people live and shifts are reported: a house that clocks nobody in is not a house without carers,
    nor is a silent one of which nobody knows who came on duty."""
    if site.staff is None:
        return
    each = limits.elders_per_carer if site.night_since is None else limits.elders_per_carer_night
    needed = -(-site.staff.elders // each)
    yield Reading(
        subject="",
        hot=site.staff.carers < needed and not site.is_missed(now, limits.silent_after_s),
        cool=site.staff.carers >= needed,
        for_s=limits.staff_low_for_min * 60,
        numbers=(site.staff.carers, needed),
    )
