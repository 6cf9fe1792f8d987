"""Gear that will fail soon: a battery nearly empty, a clock that is wrong, a certificate that ends."""

from collections.abc import Iterator

from ingest.rules.situation import Limits, Reading, Situation
from models.base import HOUR, Instant
from models.observed import CERTIFICATE_DAYS


def lowbat(site: Situation, limits: Limits, _now: Instant) -> Iterator[Reading]:
    for device in site.devices:
        if device.battery_pct is not None:
            yield Reading(
                subject=device.device,
                hot=device.battery_pct < limits.lowbat_pct,
                cool=device.battery_pct >= limits.lowbat_clear_pct,
                numbers=(device.battery_pct,),
            )


def clock_off(site: Situation, limits: Limits, _now: Instant) -> Iterator[Reading]:
    """Over at half the limit, so that a clock that drifts along it does not ring twice."""
    for device in site.devices:
        if device.clock_offset_ms is not None:
            off_ms = abs(device.clock_offset_ms)
            yield Reading(
                subject=device.device,
                hot=off_ms > limits.clock_off_s * 1000,
                cool=off_ms <= limits.clock_off_s * 500,
                numbers=(round(device.clock_offset_ms / 1000),),
            )


def cert(site: Situation, limits: Limits, now: Instant) -> Iterator[Reading]:
    """Of gateways that report how many days theirs still holds; each day since they said so counts."""
    for sensor in site.sensors:
        if sensor.metric == CERTIFICATE_DAYS:
            left = int(sensor.value) - max(0, now - sensor.at) // (24 * HOUR)
            yield Reading(
                subject=sensor.device, hot=left < limits.cert_days, cool=left >= limits.cert_days, numbers=(left,)
            )
