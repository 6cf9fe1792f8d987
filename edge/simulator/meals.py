"""Meals of a canteen or a meal point: booked in the morning, served around half past eleven, some never fetched.

Who eats or fetches is also a guest who passes the door, so the till, the counter and the cards tell of the same people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from edge.simulator.day import Day, Sent
from edge.simulator.rhythms import turnout

LUNCHES_PER_CAPACITY = {"MEAL": 0.9, "STC": 0.78, "MPT": 1.8}
_MODES = ("dine_in", "pick_up", "delivery")
_SHARES = {"MEAL": (0.72, 0.16, 0.12), "STC": (0.74, 0.12, 0.14), "MPT": (0.0, 0.8, 0.2)}
_SERVED_AT = {"dine_in": (696, 16), "pick_up": (692, 18), "delivery": (681, 14)}
"""Minute and spread: the boxes leave before the room fills at 11:35."""
_PRICE_FEN = {"breakfast": 600, "lunch": 1800, "dinner": 1600}


@dataclass(frozen=True)
class Meal:
    """Minutes of the day; None: it did not happen."""

    meal: str
    mode: str
    person: str
    booked: float | None
    cancelled: float | None
    served: float | None
    subsidy_fen: int


def meal_area(kind: str) -> str | None:
    """Where those who eat or fetch are counted."""
    return {"MEAL": "canteen", "STC": "canteen", "MPT": "main"}.get(kind)


def meals_of(day: Day) -> list[Meal]:
    area = meal_area(day.place.kind)
    if area is None:
        return []
    dice = day.dice("meals")
    ordinary = day.place.areas[area] * LUNCHES_PER_CAPACITY[day.place.kind]
    lunches = round(ordinary * turnout(day.seed, day.place.site, area, day.date))
    tokens = [day.guest(n) for n in dice.sample(range(max(ordinary * 6, lunches * 2).__ceil__()), lunches)]
    meals = [_lunch(day, dice, token) for token in tokens]
    meals += [_unbooked(day, dice, "dinner", 17 * 60 + 25, 14) for _ in range(round(lunches * 0.17))]
    if day.place.kind == "MEAL":
        meals += [_unbooked(day, dice, "breakfast", 7 * 60 + 20, 13) for _ in range(round(lunches * 0.08))]
    return meals


def _lunch(day: Day, dice: Random, person: str) -> Meal:
    mode = dice.choices(_MODES, _SHARES[day.place.kind])[0]
    booked = min(max(dice.gauss(8 * 60 + 50, 40), (day.opens or 0) - 90), 10 * 60 + 25)
    served = max(dice.gauss(*_SERVED_AT[mode]), 10 * 60 + 50 + dice.uniform(0, 6))
    subsidy = 1500 if dice.random() < 0.08 else 500 if dice.random() < 0.6 else 0
    fate = dice.random()
    if fate < 0.03:
        return Meal("lunch", mode, person, booked, min(booked + dice.uniform(5, 60), 10 * 60 + 40), None, subsidy)
    if fate < 0.06:
        return Meal("lunch", mode, person, booked, None, None, subsidy)
    return Meal("lunch", mode, person, booked if fate < 0.95 else None, None, served, subsidy)


def _unbooked(day: Day, dice: Random, meal: str, at: float, spread: float) -> Meal:
    mode = "pick_up" if day.place.kind == "MPT" else "dine_in"
    served = min(max(dice.gauss(at, spread), (day.opens or 0) + 8), day.closes - 30 - dice.uniform(0, 9))
    return Meal(meal, mode, day.guest(dice.randrange(400)), None, None, served, 0)


def meal_events(day: Day) -> Iterator[Sent]:
    for number, meal in enumerate(meals_of(day)):
        what = {"meal": meal.meal, "mode": meal.mode, "person": meal.person}
        if meal.booked is not None:
            yield day.event(meal.booked, "meal.booked", "till-1", **what, for_=day.date.isoformat(), n=number)
        if meal.cancelled is not None:
            yield day.event(meal.cancelled, "meal.cancelled", "till-1", **what, for_=day.date.isoformat(), n=number)
        if meal.served is not None:
            price = {"price_fen": _PRICE_FEN[meal.meal], "subsidy_fen": meal.subsidy_fen}
            yield day.event(meal.served, "meal.served", "till-1", **what, **price, n=number)
