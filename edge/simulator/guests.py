"""Who is in an area today, from when to when: what really happens, before any gear has seen it."""

import heapq
from dataclasses import dataclass
from random import Random

from edge.simulator.day import Day
from edge.simulator.meals import Meal, meal_area, meals_of
from edge.simulator.mishaps import Mishaps
from edge.simulator.places import PERSONS
from edge.simulator.rhythms import drawn_stay, rhythm_of, turnout

FORGETS_SHARE = 0.02


@dataclass(frozen=True)
class Stay:
    """A guest's visit to an area, in minutes of the day; `forgets` to check out."""

    person: str
    comes: float
    goes: float
    forgets: bool


def guests(day: Day, area: str, capacity: int, mishaps: Mishaps) -> list[Stay]:
    """In the order in which they come; none while the place is shut."""
    if day.opens is None:
        return []
    if area == meal_area(day.place.kind):
        return sorted(_eaters(day, day.opens, area), key=lambda stay: stay.comes)
    stays = _seated(sorted(_drop_ins(day, day.opens, area, capacity), key=lambda stay: stay.comes), capacity)
    if mishaps.crowded and area == "hall":
        stays += _concert(day, capacity, stays)
    return sorted(stays, key=lambda stay: stay.comes)


def _drop_ins(day: Day, opens: float, area: str, capacity: int) -> list[Stay]:
    dice = day.dice(f"guests {area}")
    rhythm = rhythm_of(day.place.kind, area)
    count = round(capacity * rhythm.per_capacity * turnout(day.seed, day.place.site, area, day.date))
    # Day care knows its few guests by contract; a station has some hundred regulars who come every third day.
    known = capacity * (1.5 if (day.place.kind, area) in PERSONS else 6)
    stays = []
    for number in dice.sample(range(max(round(known), 2 * count)), count):
        drawn = drawn_stay(rhythm, opens, day.closes, dice)
        if drawn:
            stays.append(Stay(day.guest(number), *drawn, dice.random() < FORGETS_SHARE))
    return stays


def _seated(stays: list[Stay], capacity: int) -> list[Stay]:
    """Those who find a place: when it is full, the next one looks in at the door and goes home."""
    inside: list[float] = []
    seated = []
    for stay in stays:
        while inside and inside[0] <= stay.comes:
            heapq.heappop(inside)
        if len(inside) < capacity:
            heapq.heappush(inside, stay.goes)
            seated.append(stay)
    return seated


def _eaters(day: Day, opens: float, area: str) -> list[Stay]:
    """Whoever eats here or fetches a box, and a few who only keep them company."""
    dice = day.dice(f"guests {area}")
    stays = []
    for meal in meals_of(day):
        if meal.served is None or meal.mode == "delivery":
            continue
        stays.append(_eater(day, dice, opens, meal, meal.person))
        if meal.mode == "dine_in" and dice.random() < 0.1:
            stays.append(_eater(day, dice, opens, meal, day.guest(1000 + dice.randrange(4000))))
    return stays


def _eater(day: Day, dice: Random, opens: float, meal: Meal, person: str) -> Stay:
    served = meal.served or 0.0
    if meal.mode == "pick_up":
        comes, minutes = served - dice.uniform(0.5, 4), dice.uniform(3, 9)
    else:
        comes, minutes = served - dice.uniform(1, 7), 27 * dice.lognormvariate(0, 0.25)
    comes = max(comes, opens + 0.5)
    return Stay(person, comes, min(comes + minutes, day.closes - dice.uniform(0.5, 4)), dice.random() < FORGETS_SHARE)


def _concert(day: Day, capacity: int, stays: list[Stay]) -> list[Stay]:
    """A choir's concert from half past ten: chairs are fetched, and the room holds a sixth more than it should."""
    dice = day.dice("concert")
    there = sum(stay.comes < 10 * 60 + 50 < stay.goes for stay in stays)
    return [
        Stay(day.guest(5000 + number), dice.gauss(10 * 60 + 22, 7), dice.gauss(12 * 60 + 2, 7), False)
        for number in range(round(capacity * 1.16) - there)
    ]
