"""One site's day as its gear would send it: a pure function of seed, place and date.

What people do comes first (guests, meals, services, residents); what the gear reports of it follows, with its misses.
Heartbeats are not here: `stream` adds them, so that a day stays small in memory.
"""

from collections.abc import Iterator

from edge.simulator.calls import call_events
from edge.simulator.care import service_events
from edge.simulator.day import Day, Sent
from edge.simulator.gear import area_events
from edge.simulator.meals import meal_events
from edge.simulator.mishaps import Mishaps
from edge.simulator.residents import resident_events
from edge.simulator.shifts import shift_events


def events_of_day(day: Day, mishaps: Mishaps) -> list[Sent]:
    """Everything but heartbeats, in the order in which it happens."""
    if day.opens is None or mishaps.stays_shut:
        return []
    sent = [*_doors(day), *area_events(day, mishaps), *service_events(day), *meal_events(day)]
    sent += [*resident_events(day), *shift_events(day), *call_events(day)]
    return sorted(sent, key=lambda one: one[0])


def _doors(day: Day) -> Iterator[Sent]:
    if day.place.hours and day.opens is not None:
        dice = day.dice("doors")
        opened, closed = day.opens + dice.uniform(-4, 2), day.closes + dice.uniform(0, 12)
        yield day.event(opened - 0.2, "door.opened", "contact-1")
        yield day.event(opened, "site.opened", by="desk")
        yield day.event(closed, "site.closed", by="desk")
        yield day.event(closed + 0.3, "door.closed", "contact-1")
