"""What the alarms desk shows, frozen."""

from dataclasses import dataclass

from dashboard.alarm_rows import AlarmStep, DeskAlarm, ResponseTimes
from dashboard.service_rows import StreetName
from models.base import Instant
from models.deadlines import Deadlines


@dataclass(frozen=True, slots=True)
class DeskFrame:
    """Always whole; the moves of each alarm are those that this viewer may do."""

    as_of: Instant
    change: int
    streets: tuple[StreetName, ...]
    alarms: tuple[DeskAlarm, ...]
    """Not settled, worst first, then oldest."""
    mine: tuple[DeskAlarm, ...]
    """Those that wait for this viewer herself, in the same order."""
    settled: tuple[DeskAlarm, ...]
    """Of today, the latest first; on a day without any the last one of the month, so that quiet can be told."""
    times: tuple[ResponseTimes, ...]
    """Of today: the first of the whole scope (`street` ''), then street by street; each over all grades, then by grade."""
    calm: int
    """Stretches of time kept calm that hold now."""
    shown: DeskAlarm | None
    """The alarm that was asked for."""
    phone: str | None
    """Of its site."""
    steps: tuple[AlarmStep, ...]
    members: tuple[DeskAlarm, ...]
    """The alarms for which it speaks."""
    limits: Deadlines
    """How soon an alarm must be seen and dealt with, by its kind."""
