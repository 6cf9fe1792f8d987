"""One site's day as its gear would send it: a pure function of seed, place and date.

What people do comes first (guests, meals, services, residents); what the gear reports of it follows, with its misses.
Heartbeats are not here: `stream` adds them, so that a day stays small in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from edge.simulator.care import service_events
from edge.simulator.chance import bits, chance
from edge.simulator.meals import meal_events
from edge.simulator.mishaps import Mishaps
from edge.simulator.places import PERSONS, Place
from edge.simulator.residents import resident_events
from edge.simulator.rhythms import BY_WEEKDAY, arrival_minute, rhythm_of, stay_minutes, weather
from edge.ulid import ulid

MINUTE = 60_000_000
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

    @property
    def start(self) -> int:
        midnight = datetime.combine(self.date, time(0), tzinfo=ZoneInfo(self.zone))
        return int(midnight.timestamp()) * 1_000_000

    def at(self, minute: float) -> int:
        """Microseconds, to the millisecond as clocks of such gear go."""
        return self.start + int(minute * 60_000) * 1000

    def dice(self, purpose: str) -> Random:
        return chance(self.seed, self.place.site, self.date, purpose)

    def event(self, minute: float, kind: str, device: str | None = None, **fields: Any) -> Sent:
        """Its id is the same each time it is made; `n` tells apart what else would be the same, and does not travel."""
        at = self.at(minute)
        told = (self.seed, self.place.site, at, kind, *fields.values())
        fields.pop("n", None)
        event = {"id": ulid(at, bits(*told)), "kind": kind, "at": at} | ({"device": device} if device else {})
        return at, event | {name.rstrip("_"): value for name, value in fields.items()}


@dataclass(frozen=True)
class Stay:
    """A guest's visit to an area; `forgets` to check out."""

    person: str
    comes: float
    goes: float
    forgets: bool


def day_of(place: Place, on: date, seed: int, zone: str) -> Day:
    opens, closes = open_minutes(place, on)
    return Day(place, on, seed, zone, opens, closes)


def open_minutes(place: Place, on: date) -> tuple[float | None, float]:
    """From the site's kind; None when it is shut that weekday."""
    if place.kind in ("INST", "HUB"):
        return 0.0, 1440.0
    weekday = on.weekday()
    week = {"STC": (480, 1200), "CST": (510, 1050), "NSP": (540, 1020), "DCC": (465, 1080)}
    every = {"MEAL": (405, 1140), "MPT": (600, 1110), "HCO": (480, 1200)}
    if place.kind in ("CST",) and weekday == 5:
        return 540.0, 720.0
    if place.kind in ("CST", "NSP", "DCC", "MPT") and weekday >= 5:
        return None, 0.0
    opens, closes = (week | every)[place.kind]
    return float(opens), float(closes)


def events_of_day(day: Day, mishaps: Mishaps) -> list[Sent]:
    """Everything but heartbeats, in the order in which it happens."""
    if day.opens is None or mishaps.stays_shut:
        return []
    sent = [*_doors(day), *_areas(day, mishaps), *service_events(day), *meal_events(day), *resident_events(day)]
    sent += [*_staff(day), *_room_climate(day), *_alarms(day)]
    return sorted(sent, key=lambda one: one[0])


def _doors(day: Day) -> Iterator[Sent]:
    if day.place.hours and day.opens is not None:
        dice = day.dice("doors")
        yield day.event(day.opens + dice.uniform(-4, 2), "site.opened", by="desk")
        yield day.event(day.closes + dice.uniform(0, 12), "site.closed", by="desk")


def _areas(day: Day, mishaps: Mishaps) -> Iterator[Sent]:
    for area, capacity in day.place.areas.items():
        if area == "residence":
            continue
        stays = guests(day, area, capacity, mishaps)
        yield from _opening(day, area)
        if (day.place.kind, area) in PERSONS:
            yield from _cards(day, area, stays)
        else:
            yield from _door_counter(day, area, stays, mishaps)
            yield from _some_cards(day, area, stays)
        yield from _staff_counts(day, area, stays)


def guests(day: Day, area: str, capacity: int, mishaps: Mishaps) -> list[Stay]:
    """Who comes to an area today, never for longer than it is open, and turned away when it is full."""
    dice = day.dice(f"guests {area}")
    rhythm = rhythm_of(day.place.kind, area)
    mean = (
        capacity * rhythm.per_capacity * BY_WEEKDAY[day.date.weekday()] * weather(chance(day.seed, day.date, "weather"))
    )
    popular = chance(day.seed, day.place.site, area, "popularity").uniform(0.65, 1.15)
    count = max(0, round(dice.gauss(mean * popular, mean * 0.06)))
    opens, closes = day.opens or 0.0, day.closes
    stays = []
    for _ in range(count):
        comes = min(max(arrival_minute(rhythm, dice), opens + dice.uniform(0, 6)), closes - 8)
        goes = min(comes + stay_minutes(rhythm, dice), closes - dice.uniform(0, 5))
        stays.append(Stay(_token(day, dice), comes, max(goes, comes + 1), dice.random() < 0.02))
    stays += _crowd(day, area, capacity, mishaps, dice)
    return sorted(stays, key=lambda stay: stay.comes)


def _token(day: Day, dice: Random) -> str:
    """A regular of the site, as an opaque token: never derived from who she is."""
    return f"g-{day.place.site[2:]}-{dice.randrange(10_000):04d}"


def _crowd(day: Day, area: str, capacity: int, mishaps: Mishaps, dice: Random) -> list[Stay]:
    """A choir concert: more people than places from half past ten on."""
    if not mishaps.crowded or area != "hall":
        return []
    coming = round(capacity * 0.5)
    return [
        Stay(_token(day, dice), dice.gauss(10 * 60 + 22, 7), dice.gauss(12 * 60 + 5, 8), False) for _ in range(coming)
    ]


def _opening(day: Day, area: str) -> Iterator[Sent]:
    yield day.event((day.opens or 0) - 2, "occupancy.count", f"door-{area}", area=area, count=0, method="reset")


def _cards(day: Day, area: str, stays: list[Stay]) -> Iterator[Sent]:
    """Check-in by card; who forgets to check out is checked out by the system at closing."""
    for stay in stays:
        yield day.event(stay.comes, "person.in", "card-1", person=stay.person, area=area, method="card")
        if stay.forgets:
            yield day.event(day.closes + 5, "person.out", "card-1", person=stay.person, area=area, method="auto")
        else:
            yield day.event(stay.goes, "person.out", "card-1", person=stay.person, area=area, method="card")


def _some_cards(day: Day, area: str, stays: list[Stay]) -> Iterator[Sent]:
    """Regulars of a counted area show their card as well: named presence beside the counter."""
    if area not in ("main", "hall"):
        return
    dice = day.dice(f"cards {area}")
    for stay in stays:
        if dice.random() < 0.45:
            yield day.event(stay.comes + 0.3, "person.in", "card-1", person=stay.person, area=area, method="card")
            if not stay.forgets:
                yield day.event(stay.goes - 0.3, "person.out", "card-1", person=stay.person, area=area, method="card")


def _door_counter(day: Day, area: str, stays: list[Stay], mishaps: Mishaps) -> Iterator[Sent]:
    """Each passing is reported within seconds; a few are missed, more by a worn counter, all by a stuck one."""
    dice = day.dice(f"door {area}")
    missed_in, missed_out = mishaps.missed(dice)
    device = f"door-{area}"
    for stay in stays:
        for minute, came, missed in ((stay.comes, 1, missed_in), (stay.goes, 0, missed_out)):
            if dice.random() >= missed and not mishaps.is_stuck(minute):
                yield day.event(minute, "occupancy.flow", device, area=area, in_=came, out=1 - came, n=stay.person)


def _staff_counts(day: Day, area: str, stays: list[Stay]) -> Iterator[Sent]:
    """Twice a day somebody counts heads and writes the true number down."""
    dice = day.dice(f"check {area}")
    for minute in (10 * 60 + 30, 15 * 60 + 30):
        if day.opens is not None and day.opens < minute < day.closes and dice.random() < 0.7:
            looked = minute + dice.uniform(-6, 6)
            present = sum(stay.comes <= looked < stay.goes for stay in stays)
            yield day.event(looked, "occupancy.count", "desk", area=area, count=present, method="staff")


def _staff(day: Day) -> Iterator[Sent]:
    dice = day.dice("staff")
    roles = {
        "INST": ("care",) * 8 + ("nurse", "cook", "manager"),
        "STC": ("care", "care", "care", "nurse", "cook", "desk"),
    }
    for index, role in enumerate(roles.get(day.place.kind, ("desk", "care"))):
        worker = f"w-{day.place.site[2:]}-{index:02d}"
        yield day.event((day.opens or 420) + dice.uniform(-15, 4), "staff.on", worker=worker, role=role)
        yield day.event(min(day.closes, 1080) + dice.uniform(0, 15), "staff.off", worker=worker, role=role)


def _room_climate(day: Day) -> Iterator[Sent]:
    dice = day.dice("climate")
    area = next(iter(day.place.areas), None)
    if area is None or day.place.kind in ("MPT", "NSP"):
        return
    for minute in range(int(day.opens or 0) + 10, int(day.closes), 30):
        co2 = round(620 + 380 * dice.random())
        yield day.event(minute + dice.random(), "observation", "air-1", metric="co2_ppm", value=co2, area=area)


def _alarms(day: Day) -> Iterator[Sent]:
    """Calls for help, each answered within minutes; a fall now and then; batteries."""
    dice = day.dice("alarms")
    often = {"INST": 0.9, "STC": 0.7, "CST": 0.16, "DCC": 0.25, "NSP": 0.06}.get(day.place.kind, 0.0)
    if dice.random() < often:
        kind, low, high = ("FALL", 4, 14) if dice.random() < 0.12 else ("SOS", 1.2, 4.5)
        minute = dice.uniform(max(day.opens or 0, 7 * 60), min(day.closes, 20 * 60))
        yield from _alarm(day, minute, minute + dice.uniform(low, high), kind)
    if dice.random() < 0.02:
        yield from _alarm(day, dice.uniform(9, 11) * 60, None, "LOWBAT")


def _alarm(day: Day, raised: float, cleared: float | None, kind: str) -> Iterator[Sent]:
    reference = f"{day.date:%m%d}-{round(raised)}"
    area = next(iter(day.place.areas))
    device = {"LOWBAT": "bed-3"}.get(kind, "call-1")
    yield day.event(raised, "alarm.raised", device, alarm=reference, type=kind, area=area)
    if cleared is not None:
        yield day.event(cleared, "alarm.cleared", device, alarm=reference, type=kind, area=area)


def next_date(on: date) -> date:
    return on + timedelta(days=1)
