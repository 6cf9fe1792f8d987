"""When people come and how long they stay, by kind of place. Minutes are of the civil day.

Weekday rhythms of service centres, canteens and day care in southern China; estimates, to be replaced by measured ones.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

from edge.simulator.chance import chance


@dataclass(frozen=True)
class Wave:
    """A burst of arrivals: its middle and spread in minutes, and its share of the day's guests."""

    at: float
    spread: float
    share: float


@dataclass(frozen=True)
class Rhythm:
    """`per_capacity`: guests of an ordinary weekday for each place of capacity."""

    waves: tuple[Wave, ...]
    per_capacity: float
    stay: tuple[float, float]
    """Median minutes of an ordinary stay, and the sigma of its logarithm."""
    short_share: float
    """Share of stays of 5 to 15 minutes."""
    lunch_at_home: float = 0.0
    """Share of the morning's guests who go when lunch calls, however long they meant to stay."""


_STATION = (Wave(9 * 60 + 20, 45, 0.36), Wave(10 * 60 + 40, 35, 0.22), Wave(14 * 60 + 50, 32, 0.3), Wave(975, 30, 0.12))

STATION = Rhythm(_STATION, 1.75, (108, 0.35), 0.2, 0.5)
HALL = Rhythm(_STATION, 1.55, (112, 0.35), 0.14, 0.5)
DAY_CARE = Rhythm((Wave(8 * 60 + 21, 14, 0.93), Wave(13 * 60 + 10, 12, 0.07)), 0.64, (515, 0.05), 0.0)
VISITORS = Rhythm((Wave(10 * 60, 45, 0.5), Wave(15 * 60 + 30, 50, 0.5)), 0.08, (55, 0.4), 0.1)

BY_WEEKDAY = (1.06, 1.0, 1.02, 1.0, 0.97, 0.62, 0.5)
"""Monday to Sunday; canteens and stations are fullest on Mondays."""
VISITORS_BY_WEEKDAY = (0.9, 0.9, 1.0, 0.9, 1.1, 3.4, 3.8)
"""Families visit nursing homes at the weekend."""


def rhythm_of(kind: str, area: str) -> Rhythm:
    """Of the areas where people come for its own sake; whoever eats comes with the meal (`meals`)."""
    if kind == "DCC" or area == "daycare":
        return DAY_CARE
    return {"residence": VISITORS, "hall": HALL}.get(area, STATION)


@lru_cache(maxsize=256)
def weather(seed: int, on: date) -> float:
    """Rain keeps a quarter at home, the summer's heat a seventh."""
    dice = chance(seed, on, "weather")
    rainy = 0.28 if 4 <= on.month <= 9 else 0.12
    if dice.random() < rainy:
        return dice.uniform(0.65, 0.8)
    return 0.85 if 6 <= on.month <= 9 and dice.random() < 0.3 else 1.0


def popularity(seed: int, site: str, area: str) -> float:
    """Most places are about half full at their best hour, a few are too small for their guests, some hardly known."""
    return min(max(chance(seed, site, area, "popularity").lognormvariate(-0.03, 0.3), 0.45), 1.9)


def turnout(seed: int, site: str, area: str, on: date) -> float:
    """How many come today where 1 would come on an ordinary weekday to an ordinary place."""
    noise = chance(seed, site, area, on, "turnout").gauss(1, 0.06)
    if area == "residence":
        return VISITORS_BY_WEEKDAY[on.weekday()] * noise
    steady = 0.6 * (1 - weather(seed, on)) if area == "daycare" else 0.0
    return popularity(seed, site, area) * BY_WEEKDAY[on.weekday()] * (weather(seed, on) + steady) * noise


def drawn_stay(rhythm: Rhythm, opens: float, closes: float, dice: Random) -> tuple[float, float] | None:
    """(comes, goes) within the opening hours; None: she would have come when it is shut."""
    wave = dice.choices(rhythm.waves, [w.share for w in rhythm.waves])[0]
    comes = dice.gauss(wave.at, wave.spread)
    if not opens - 30 < comes < closes - 8:
        return None
    comes = max(comes, opens + dice.uniform(0, 6))  # the early ones wait at the door
    goes = comes + _stay_minutes(rhythm, dice)
    if comes < 690 < 702 < goes and dice.random() < rhythm.lunch_at_home:
        goes = min(goes, max(dice.gauss(713, 9), comes + 5))
    if goes > closes - 2:
        goes = max(closes - dice.triangular(0, 40, 8), comes + 2)  # not everybody stays to the last minute
    return comes, goes


def _stay_minutes(rhythm: Rhythm, dice: Random) -> float:
    if dice.random() < rhythm.short_share:
        return dice.uniform(5, 15)
    median, sigma = rhythm.stay
    return min(max(median * dice.lognormvariate(0, sigma), 4), 12 * 60)
