"""Meals of a canteen or a meal point: booked in the morning, served around half past eleven, some never fetched."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.simulator.day import Day, Sent

_PER_DAY = {"MEAL": (62, 100), "STC": (85, 130), "MPT": (40, 70)}
_MODES = {"MEAL": (0.72, 0.16, 0.12), "STC": (0.74, 0.12, 0.14), "MPT": (0.0, 0.8, 0.2)}
_PRICE_FEN = 1800


def meal_events(day: "Day") -> Iterator["Sent"]:
    """Lunches by booking, and a few dinners."""
    if day.place.kind not in _PER_DAY:
        return
    dice = day.dice("meals")
    low, high = _PER_DAY[day.place.kind]
    for _ in range(dice.randint(low, high)):
        mode = dice.choices(("dine_in", "pick_up", "delivery"), _MODES[day.place.kind])[0]
        person = f"g-{day.place.site[2:]}-{dice.randrange(10_000):04d}"
        booked = min(max(dice.gauss(8 * 60 + 50, 40), (day.opens or 0) - 90), 10 * 60 + 25)
        served = max(dice.gauss(11 * 60 + 35, 16), 11 * 60 - 6)
        subsidy = 1500 if dice.random() < 0.08 else 500 if dice.random() < 0.6 else 0
        lunch = {"meal": "lunch", "mode": mode}
        yield day.event(booked, "meal.booked", "till-1", **lunch, for_=day.date.isoformat(), person=person)
        if dice.random() < 0.03:
            yield day.event(booked + 35, "meal.cancelled", "till-1", **lunch, for_=day.date.isoformat(), person=person)
        elif dice.random() < 0.97:
            price = {"price_fen": _PRICE_FEN, "subsidy_fen": subsidy}
            yield day.event(served, "meal.served", "till-1", **lunch, person=person, **price)
    for _ in range(dice.randint(8, 20)):
        at = dice.gauss(17 * 60 + 30, 14)
        if at < day.closes:
            mode = "pick_up" if day.place.kind == "MPT" else "dine_in"
            yield day.event(at, "meal.served", "till-1", meal="dinner", mode=mode, price_fen=1600, n=dice.random())
