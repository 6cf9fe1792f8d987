"""A counter that says what cannot be: it stands still while people come beside it, goes below zero, or counts people in
a house that has long been closed."""

from collections.abc import Iterator

from ingest.rules.situation import AreaNow, Limits, Reading, Situation
from models.base import MINUTE, Instant


def stuck(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    left_at = None if site.closed_at is None else site.closed_at + limits.left_behind_after_min * MINUTE
    for area in site.areas:
        left_behind = left_at is not None and not site.is_open and bool(area.people)
        wrong = _stands_still(area, limits, now) or (area.signed or 0) <= -limits.stuck_below
        wrong = wrong or (left_behind and left_at is not None and now >= left_at)
        yield Reading(
            subject=area.area,
            hot=wrong,
            cool=not wrong,
            numbers=(area.people or 0,),
            area=area.area,
            look_at=left_at if left_behind and left_at is not None and left_at > now else None,
        )


def _stands_still(area: AreaNow, limits: Limits, now: Instant) -> bool:
    """A canteen is quiet all morning: only where people passed at this hour a week ago must they have passed today."""
    return (
        area.by_counter
        and area.last_at is not None
        and now - area.last_at >= limits.stuck_after_min * MINUTE
        and area.came_elsewhere >= limits.stuck_entries
        and area.came_usually >= limits.stuck_usual
    )
