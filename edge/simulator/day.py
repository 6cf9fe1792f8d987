"""A civil day of a simulated site: its hours, its dice, and how an event of it is told."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from edge.simulator.chance import bits, chance
from edge.simulator.hours import open_minutes
from edge.simulator.places import Place
from edge.ulid import ulid

Sent = tuple[int, dict[str, Any]]
"""(true instant in microseconds, event as on the wire; its `at` may lie, as the device's clock does)."""


@dataclass(frozen=True)
class Day:
    """A civil day of a place, with its dice."""

    place: Place
    date: date
    seed: int
    zone: str
    opens: float | None
    """Minute of the day at which it opens; None: closed today."""
    closes: float

    @cached_property
    def start(self) -> int:
        midnight = datetime.combine(self.date, time(0), tzinfo=ZoneInfo(self.zone))
        return int(midnight.timestamp()) * 1_000_000

    def at(self, minute: float) -> int:
        """Microseconds, to the millisecond as clocks of such gear go."""
        return self.start + int(minute * 60_000) * 1000

    def dice(self, purpose: str) -> Random:
        return chance(self.seed, self.place.site, self.date, purpose)

    def before(self, days: int) -> "Day":
        """The same place so many days earlier."""
        return day_of(self.place, self.date - timedelta(days=days), self.seed, self.zone)

    def guest(self, number: int) -> str:
        """A regular of the site as an opaque token: never derived from who she is."""
        return f"g-{self.place.site[2:]}-{number:04d}"

    def event(self, minute: float, kind: str, device: str | None = None, **fields: Any) -> Sent:
        """Its id is the same each time it is made; `n` tells apart what else would be the same, and does not travel."""
        at = self.at(minute)
        told = (self.seed, self.place.site, at, kind, *fields.values())
        fields.pop("n", None)
        event = {"id": ulid(at, bits(*told)), "kind": kind, "at": at} | ({"device": device} if device else {})
        return at, event | {name.rstrip("_"): value for name, value in fields.items()}


def day_of(place: Place, on: date, seed: int, zone: str) -> Day:
    hours = open_minutes(place.hours, on)
    return Day(place, on, seed, zone, *hours) if hours else Day(place, on, seed, zone, None, 0.0)


def next_date(on: date) -> date:
    return on + timedelta(days=1)
