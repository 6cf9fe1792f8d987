"""What the rules are given: one site at one moment, and the limits of the configuration."""

from dataclasses import dataclass

from models.base import MINUTE, SECOND, Instant


@dataclass(frozen=True, slots=True)
class AreaNow:
    """`came_elsewhere`: entries at the site's other areas since this one's last event, where somebody must know;
    `came_usually`: its own in the same stretch a week ago."""

    area: str
    people: int | None
    signed: int | None
    capacity: int | None
    last_at: Instant | None
    by_counter: bool
    came_elsewhere: int = 0
    came_usually: int = 0


@dataclass(frozen=True, slots=True)
class DeviceNow:
    device: str
    battery_pct: int | None
    clock_offset_ms: int | None


@dataclass(frozen=True, slots=True)
class MealNow:
    """One of the day's two large meals: its peak, how many booked ones are still to come, when the last was handed out."""

    meal: str
    peak_from: Instant
    peak_until: Instant
    left: int
    last_at: Instant


@dataclass(frozen=True, slots=True)
class StaffNow:
    """Carers on duty as the site's shifts say; `elders` are the residents in house."""

    carers: int
    elders: int


@dataclass(frozen=True, slots=True)
class SensorNow:
    """The newest value of a device's metric; `lived_in`: it stands where people live."""

    device: str
    metric: str
    value: float
    at: Instant
    since: Instant
    active_at: Instant | None
    heard_at: Instant | None
    lived_in: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """`opened_at` and `closed_at`: the last scheduled change, where it is of today and of that kind.

    `late_due`: due times of planned services that may be late; `running`: (started, expected minutes) of those that run.
    """

    site_id: int
    registered_at: Instant
    is_open: bool
    opened_at: Instant | None
    closed_at: Instant | None
    heard_at: Instant | None
    areas: tuple[AreaNow, ...] = ()
    people: int | None = None
    capacity: int | None = None
    """Of the whole site, where the areas have none of their own."""
    devices: tuple[DeviceNow, ...] = ()
    late_due: tuple[Instant, ...] = ()
    running: tuple[tuple[Instant, int], ...] = ()
    meals: tuple[MealNow, ...] = ()
    """Empty: the site reports no meals handed out."""
    staff: StaffNow | None = None
    """None: nobody lives there, or its shifts are not reported."""
    sensors: tuple[SensorNow, ...] = ()
    night_since: Instant | None = None
    """When the night began that holds now; None by day."""
    day_since: Instant | None = None
    """When the day began that holds now; None by night."""
    has_ended: bool = False
    """Closed for good: nothing is expected of it any more, and no rule is asked."""

    def reports(self, now: Instant, silent_after_s: int) -> bool:
        return self.is_open and self._heard_lately(now, silent_after_s)

    def is_missed(self, now: Instant, silent_after_s: int) -> bool:
        """Open and silent: of what such a site does not say, its silence is the cause, and has an alarm of its own."""
        return self.is_open and not self._heard_lately(now, silent_after_s)

    def came(self, early_min: int) -> bool:
        """Whether it was heard since its doors should have opened, or so shortly before that somebody was there."""
        if self.heard_at is None or self.opened_at is None:
            return self.heard_at is not None
        return self.heard_at >= self.opened_at - early_min * MINUTE

    def _heard_lately(self, now: Instant, silent_after_s: int) -> bool:
        return self.heard_at is not None and now - self.heard_at <= silent_after_s * SECOND


@dataclass(frozen=True, slots=True)
class Limits:
    """As config.yaml explains them."""

    silent_after_s: int
    overcap_pct: int
    overcap_clear_pct: int
    overcap_urgent_pct: int
    overcap_for_s: int
    nearcap_pct: int
    nearcap_clear_pct: int
    nearcap_for_s: int
    notopen_after_min: int
    notopen_early_min: int
    stuck_after_min: int
    stuck_entries: int
    stuck_usual: int
    stuck_below: int
    left_behind_after_min: int
    service_late_min: int
    service_urgent_min: int
    service_forget_min: int
    overrun_pct: int
    lowbat_pct: int
    lowbat_clear_pct: int
    clock_off_s: int
    lunch_from: str
    lunch_until: str
    dinner_from: str
    dinner_until: str
    meal_stopped_min: int
    meal_left: int
    elders_per_carer: int
    elders_per_carer_night: int
    staff_low_for_min: int
    night_from: str
    night_until: str
    bedexit_after_min: int
    inactive_after_min: int
    sensor_heard_min: int
    cert_days: int


@dataclass(frozen=True, slots=True)
class Reading:
    """How it stands with one cause now. Neither `hot` nor `cool`: between the two limits, where nothing changes.

    `since` is when it began, where the situation knows; else the time counts from the first look that found it.
    `of_absence`: it follows from what did not come, which proves nothing before we have listened for a while.
    `look_at`: when it may become hot although nothing comes.
    """

    subject: str
    hot: bool
    cool: bool
    since: Instant | None = None
    for_s: int = 0
    calm_for_s: int = 0
    of_absence: bool = False
    grade: int | None = None
    numbers: tuple[int, ...] = ()
    area: str | None = None
    look_at: Instant | None = None
