"""What the gear of a place reports of its guests: card readers, door counters with their misses, heads counted by staff."""

from collections.abc import Iterator

from edge.simulator.day import Day, Sent
from edge.simulator.guests import Stay, guests
from edge.simulator.mishaps import Mishaps
from edge.simulator.places import PERSONS

CHECKS = (10 * 60 + 30, 15 * 60 + 30)
"""Minutes at which somebody counts heads, where somebody has the time."""


def area_events(day: Day, mishaps: Mishaps) -> Iterator[Sent]:
    for index, (area, capacity) in enumerate(day.place.areas.items()):
        stays = [] if area == "residence" else guests(day, area, capacity, mishaps)
        if area != "residence":
            yield from opening(day, area)
            yield from _passages(day, area, stays, mishaps)
            yield from _staff_counts(day, area, stays, mishaps)
        if index == 0 and day.place.kind not in ("MPT", "NSP"):
            yield from _room_climate(day, area, capacity, stays)


def opening(day: Day, area: str) -> Iterator[Sent]:
    """The counter begins at nobody, whatever yesterday's misses left in it."""
    yield day.event((day.opens or 0) - 2, "occupancy.count", f"door-{area}", area=area, count=0, method="reset")


def _passages(day: Day, area: str, stays: list[Stay], mishaps: Mishaps) -> Iterator[Sent]:
    if (day.place.kind, area) in PERSONS:
        yield from cards(day, area, stays)
        return
    yield from _door_counter(day, area, stays, mishaps)
    if area in ("main", "hall"):
        dice = day.dice(f"cards {area}")
        yield from cards(day, area, [stay for stay in stays if dice.random() < 0.45])


def cards(day: Day, area: str, stays: list[Stay]) -> Iterator[Sent]:
    """Check-in by card; who forgets to check out is checked out by the system after closing."""
    for stay in stays:
        yield day.event(stay.comes + 0.2, "person.in", "card-1", person=stay.person, area=area, method="card")
        goes, method = (day.closes + 5, "auto") if stay.forgets else (max(stay.goes - 0.2, stay.comes + 0.5), "card")
        yield day.event(goes, "person.out", "card-1", person=stay.person, area=area, method=method)


def _door_counter(day: Day, area: str, stays: list[Stay], mishaps: Mishaps) -> Iterator[Sent]:
    """Each passing is reported within seconds; a few are missed, more by a worn counter, all by a stuck one."""
    dice = day.dice(f"door {area}")
    missed_in, missed_out = mishaps.missed(dice)
    device = f"door-{area}"
    for stay in stays:
        for minute, came, missed in ((stay.comes, 1, missed_in), (stay.goes, 0, missed_out)):
            if dice.random() >= missed and not mishaps.is_stuck(minute):
                yield day.event(minute, "occupancy.flow", device, area=area, in_=came, out=1 - came, n=stay.person)
    if mishaps.zeroed_at is not None:
        yield day.event(mishaps.zeroed_at, "occupancy.count", device, area=area, count=0, method="sensor")


def _staff_counts(day: Day, area: str, stays: list[Stay], mishaps: Mishaps) -> Iterator[Sent]:
    """Twice a day somebody counts heads and writes the true number down; surely so after the counter fell to zero."""
    dice = day.dice(f"check {area}")
    checks = [(float(minute), 0.7) for minute in CHECKS]
    if mishaps.zeroed_at is not None:
        checks.append((mishaps.zeroed_at + 22, 1.0))
    for minute, share in checks:
        looked = minute + dice.uniform(-6, 6)
        if day.opens is not None and day.opens < looked < day.closes and dice.random() < share:
            present = sum(stay.comes <= looked < stay.goes for stay in stays)
            yield day.event(looked, "occupancy.count", "desk", area=area, count=present, method="staff")


def _room_climate(day: Day, area: str, capacity: int, stays: list[Stay]) -> Iterator[Sent]:
    """Air and warmth every half hour; the air is as used as the room is full."""
    dice = day.dice("climate")
    outside = dice.uniform(20, 26)
    for minute in range(int(day.opens or 0) + 10, int(day.closes), 30):
        present = sum(stay.comes <= minute < stay.goes for stay in stays) if stays else capacity * 0.4
        at = minute + dice.random()
        co2 = round(440 + 900 * present / capacity + dice.gauss(0, 25))
        yield day.event(at, "observation", "air-1", metric="co2_ppm", value=co2, area=area)
        warmth = round(outside + 2 * present / capacity + dice.gauss(0, 0.3), 1)
        yield day.event(at + 0.01, "observation", "air-1", metric="temperature_c", value=warmth, area=area)
