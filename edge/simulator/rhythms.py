"""When people come and how long they stay, by kind of place. Minutes are of the civil day.

Weekday rhythms of service centres, canteens and day care in southern China; estimates, to be replaced by measured ones.
"""

import random
from dataclasses import dataclass


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


_STATION = (Wave(9 * 60 + 25, 45, 0.38), Wave(10 * 60 + 40, 35, 0.2), Wave(15 * 60, 40, 0.3), Wave(16 * 60, 35, 0.12))
_LUNCH = (Wave(7 * 60 + 20, 15, 0.08), Wave(11 * 60 + 32, 17, 0.74), Wave(17 * 60 + 30, 20, 0.18))

RHYTHMS = {
    "main": Rhythm(_STATION, 2.0, (105, 0.35), 0.22),
    "hall": Rhythm(_STATION, 1.9, (110, 0.35), 0.15),
    "canteen": Rhythm(_LUNCH, 1.75, (27, 0.25), 0.05),
    "daycare": Rhythm((Wave(8 * 60 + 20, 14, 0.92), Wave(13 * 60 + 10, 12, 0.08)), 0.84, (515, 0.05), 0.0),
    "pickup": Rhythm((Wave(11 * 60 + 25, 18, 0.8), Wave(17 * 60 + 15, 18, 0.2)), 2.2, (7, 0.3), 0.8),
    "visitors": Rhythm((Wave(10 * 60, 50, 0.5), Wave(15 * 60 + 30, 55, 0.5)), 0.1, (60, 0.4), 0.1),
}

BY_WEEKDAY = (1.06, 1.0, 1.02, 1.0, 0.97, 0.62, 0.5)
"""Monday to Sunday; canteens and stations are fullest on Mondays. Visitors of nursing homes come at the weekend instead."""


def rhythm_of(kind: str, area: str) -> Rhythm:
    if kind == "MPT":
        return RHYTHMS["pickup"]
    if kind == "DCC":
        return RHYTHMS["daycare"]
    return RHYTHMS["visitors" if area == "residence" else area]


def weather(dice: random.Random) -> float:
    """Rain keeps a quarter at home, heat a seventh."""
    drawn = dice.random()
    return dice.uniform(0.65, 0.8) if drawn < 0.18 else 0.85 if drawn < 0.27 else 1.0


def arrival_minute(rhythm: Rhythm, dice: random.Random) -> float:
    wave = dice.choices(rhythm.waves, [w.share for w in rhythm.waves])[0]
    return dice.gauss(wave.at, wave.spread)


def stay_minutes(rhythm: Rhythm, dice: random.Random) -> float:
    if dice.random() < rhythm.short_share:
        return dice.uniform(5, 15)
    median, sigma = rhythm.stay
    return min(max(median * dice.lognormvariate(0, sigma), 4), 12 * 60)
