"""A canteen that stops handing out at the busiest time while booked meals are still to come."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, Situation
from models.base import MINUTE, Instant


def mealshort(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """Asked only where meals handed out are reported; of a silent site the rule of silence speaks."""
    reports = site.reports(now, limits.silent_after_s)
    for meal in site.meals:
        at_peak = meal.peak_from <= now < meal.peak_until
        since = max(meal.last_at, meal.peak_from)
        stopped_at = since + limits.meal_stopped_min * MINUTE
        wanted = at_peak and meal.left >= limits.meal_left
        yield Reading(
            subject=meal.meal,
            hot=reports and wanted and stopped_at <= now,
            cool=not wanted or now < stopped_at,
            since=since,
            of_absence=True,
            numbers=(max(meal.left, 0),),
            look_at=_look_at(meal.peak_from + limits.meal_stopped_min * MINUTE, stopped_at, meal.peak_until, now),
        )


def _look_at(first: Instant, stopped_at: Instant, peak_until: Instant, now: Instant) -> Instant | None:
    return next((at for at in sorted((max(first, stopped_at), peak_until)) if at > now), None)
