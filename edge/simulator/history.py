"""Eight weeks of coarse past: one flow per area and five opening minutes, an opening reset a day, a few meals and services.

What comes in must go out: the day's guests are drawn, then spread over five-minute steps by the place's rhythm, so the
curves look like those of a simulated day at a hundredth of the cost. Every id is derived, so a repetition is a duplicate.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache
from math import erf
from typing import Any

from edge.simulator.chance import bits, chance
from edge.simulator.day import Day, day_of
from edge.simulator.places import Place
from edge.simulator.residents import admissions, away, roll
from edge.simulator.rhythms import BY_WEEKDAY, Rhythm, rhythm_of, weather
from edge.ulid import ulid

STEP = 5
STEPS = 1440 // STEP


@cache
def _shape(rhythm: Rhythm, closes: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Cumulative shares of the day's guests that have come, and gone, at the end of each step."""
    come = [_come(rhythm, step * STEP + STEP) for step in range(STEPS)]
    stay = rhythm.stay[0] * (1 - rhythm.short_share) + 10 * rhythm.short_share
    gone = [_come(rhythm, step * STEP + STEP - stay) for step in range(STEPS)]
    last = closes // STEP - 1
    return tuple(come), tuple(1.0 if step >= last else gone[step] for step in range(STEPS))


def _come(rhythm: Rhythm, minute: float) -> float:
    return sum(wave.share * 0.5 * (1 + erf((minute - wave.at) / (wave.spread * 1.4142))) for wave in rhythm.waves)


def history_of_day(place: Place, on: date, seed: int, zone: str, first: bool) -> Iterator[dict[str, Any]]:
    """Events in order of time for each area; `first` tells who lives there."""
    day = day_of(place, on, seed, zone)
    if first and "residence" in place.areas:
        yield from (event for _, event in admissions(day))
    if day.opens is None:
        return
    for area, capacity in place.areas.items():
        yield from _area(day, area, capacity)
    yield from _meals(day)


def _area(day: Day, area: str, capacity: int) -> Iterator[dict[str, Any]]:
    opens, closes = int(day.opens or 0), int(day.closes)
    rhythm = rhythm_of(day.place.kind, area)
    dice = day.dice(f"history {area}")
    if area == "residence":
        in_house = len(roll(day.place, day.seed)) - len(away(day))
        yield _event(day, opens + 5, "occupancy.count", area, count=in_house, method="staff")
        opens, closes = 8 * 60, 20 * 60
    else:
        yield _event(day, opens - 2, "occupancy.count", area, count=0, method="reset")
    if opens % STEP:
        opens += STEP - opens % STEP
    popular = chance(day.seed, day.place.site, area, "popularity").uniform(0.65, 1.15)
    today = BY_WEEKDAY[day.date.weekday()] * weather(chance(day.seed, day.date, "weather"))
    guests = capacity * rhythm.per_capacity * popular * today * dice.gauss(1, 0.06)
    come, gone = _shape(rhythm, closes)
    was_in = was_out = 0
    for step in range(opens // STEP, closes // STEP):
        total_in = round(guests * come[step] + dice.uniform(-0.6, 0.6))
        total_out = min(round(guests * gone[step] + dice.uniform(-0.6, 0.6)), total_in)
        came, went = max(0, total_in - was_in), max(0, total_out - was_out)
        was_in, was_out = was_in + came, was_out + went
        yield _event(day, step * STEP + 2, "occupancy.flow", area, **{"in": came, "out": went})


def _event(day: Day, minute: float, kind: str, area: str | None, **fields: Any) -> dict[str, Any]:
    at = day.at(minute)
    event = {
        "id": ulid(at, bits(day.seed, day.place.site, at, kind, area, "past", *fields.values())),
        "kind": kind,
        "at": at,
    }
    return event | ({"area": area} if area else {}) | fields


def _meals(day: Day) -> Iterator[dict[str, Any]]:
    """A dozen of the day's lunches: enough for a past, not a statement."""
    if day.place.kind not in ("MEAL", "STC", "MPT"):
        return
    mode = "pick_up" if day.place.kind == "MPT" else "dine_in"
    for number in range(12):
        minute = 11 * 60 + 10 + number * 4
        yield _event(day, minute, "meal.served", None, meal="lunch", mode=mode, price_fen=1800)
