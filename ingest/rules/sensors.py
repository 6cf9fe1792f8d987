"""What a person's sensors do not say any more: back in bed, moving. A sensor that is itself silent says nothing of her."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, SensorNow, Situation
from models.base import MINUTE, Instant
from models.observed import BED_OCCUPIED, MOTION


def bedexit(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """Who has lain down this night and has been up for long; who has not gone to bed yet rings nowhere."""
    if not limits.bedexit_after_min:
        return
    for sensor in _saying(site, BED_OCCUPIED):
        lay = site.night_since is not None and (sensor.active_at or 0) >= site.night_since
        yield Reading(
            subject=sensor.device,
            hot=lay and sensor.value == 0 and _speaks(sensor, limits, now),
            cool=sensor.value != 0 or site.night_since is None,
            since=sensor.since,
            for_s=limits.bedexit_after_min * 60,
            of_absence=True,
        )


def inact(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """Counts from the morning on: nobody need move at night."""
    if not limits.inactive_after_min:
        return
    for sensor in _saying(site, MOTION):
        if not sensor.lived_in:
            continue
        still = site.day_since is not None and sensor.value == 0
        moved_at = max(sensor.since, sensor.active_at or 0, site.day_since or 0)
        over = moved_at + limits.inactive_after_min * MINUTE <= now
        yield Reading(
            subject=sensor.device,
            hot=still and over and _speaks(sensor, limits, now),
            cool=sensor.value != 0 or site.day_since is None or not over,
            since=moved_at,
            of_absence=True,
            look_at=moved_at + limits.inactive_after_min * MINUTE if still and not over else None,
        )


def _saying(site: Situation, metric: str) -> Iterator[SensorNow]:
    return (sensor for sensor in site.sensors if sensor.metric == metric)


def _speaks(sensor: SensorNow, limits: Limits, now: Instant) -> bool:
    return now - max(sensor.at, sensor.heard_at or 0) <= limits.sensor_heard_min * MINUTE
