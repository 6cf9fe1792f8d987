"""Those who live in a nursing home or a centre's beds: about half of the beds, as in this country's statistics.

Each taken bed has its succession of residents, each resident now and then some days in hospital or with the family; all of
it computed from the date alone, so any day can be asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from edge.simulator.chance import bits, chance
from edge.simulator.day import Day, Sent
from edge.simulator.places import Place
from edge.simulator.rhythms import VISITORS, drawn_stay, turnout

SHARE = (0.475, 0.575)
"""Of the beds on the roll; three to four in a hundred residents are away."""
_TERM_DAYS = (500, 1600)
_AWAY_DAYS = 5
_MISSED = 0.02


@dataclass(frozen=True)
class Resident:
    """`since` she came and `until` she leaves: dates; she is on the roll from the first to the day before the last."""

    person: str
    bed: str
    since: date
    until: date


@lru_cache(maxsize=64)
def roll(place: Place, seed: int, on: date) -> tuple[Resident, ...]:
    """Those on the roll at the end of a day."""
    beds = place.areas.get("residence", 0)
    count = round(beds * chance(seed, place.site, "roll").uniform(*SHARE))
    return tuple(_resident(place, seed, on, number) for number in range(count))


def _resident(place: Place, seed: int, on: date, number: int) -> Resident:
    drawn = bits(seed, place.site, "term", number)
    days = _TERM_DAYS[0] + drawn % (_TERM_DAYS[1] - _TERM_DAYS[0])
    term, _ = divmod(on.toordinal() + (drawn >> 40) % days, days)
    since = date.fromordinal(term * days - (drawn >> 40) % days)
    person = f"r-{place.site[2:]}-{number:03d}-{term % 1000:03d}"
    return Resident(person, f"b-{number + 1:03d}", since, since + timedelta(days=days))


@lru_cache(maxsize=64)
def away(place: Place, seed: int, on: date) -> dict[str, str]:
    """Token and reason (`hospital`, `leave`) of those on the roll who are not in house at the end of a day."""
    gone: dict[str, str] = {}
    for one in roll(place, seed, on):
        phase = bits(seed, one.person, "phase")
        drawn = bits(seed, one.person, (on.toordinal() + phase % _AWAY_DAYS) // _AWAY_DAYS) / (1 << 80)
        # Nobody goes on leave on the day she moves in.
        if drawn < 0.036 and one.since != on:
            gone[one.person] = "hospital" if drawn < 0.023 else "leave"
    return gone


def in_house(place: Place, seed: int, on: date) -> int:
    """Residents under this roof at the end of a day."""
    return len(roll(place, seed, on)) - len(away(place, seed, on))


@dataclass(frozen=True)
class Move:
    """One line of the roll; `passes` the door by so many, in or out."""

    minute: float
    person: str
    move: str
    bed: str
    passes: int


def moves_of(day: Day) -> list[Move]:
    """Who is admitted, leaves for good, goes away or comes back today."""
    place, seed, yesterday = day.place, day.seed, day.date - timedelta(days=1)
    before, now = away(place, seed, yesterday), away(place, seed, day.date)
    moves = []
    for old, new in zip(roll(place, seed, yesterday), roll(place, seed, day.date), strict=True):
        dice = (
            chance(seed, new.person, day.date) if old != new or before.get(old.person) != now.get(new.person) else None
        )
        if dice is None:
            continue
        if old != new:
            moves.append(_farewell(dice, old, before.get(old.person)))
            moves.append(_admission(new, seed))
        else:
            moves.append(_absence(dice, new, before.get(old.person), now.get(new.person)))
    return moves


def _farewell(dice: Random, one: Resident, away_for: str | None) -> Move:
    minute = dice.uniform(9 * 60, 11 * 60)
    move = dice.choices(("discharge", "transfer", "death"), (6, 2, 2))[0]
    return Move(minute, one.person, move, one.bed, 0 if away_for else -1)


def _admission(one: Resident, seed: int) -> Move:
    return Move(chance(seed, one.person, "admit").uniform(13 * 60, 16 * 60), one.person, "admit", one.bed, 1)


def _absence(dice: Random, one: Resident, was: str | None, now: str | None) -> Move:
    minute = dice.uniform(8 * 60, 17 * 60)
    passes = -1 if was is None else 1 if now is None else 0
    return Move(minute, one.person, now or "return", one.bed, passes)


def resident_events(day: Day) -> Iterator[Sent]:
    """Moves of the day, the midnight census and the morning's hand-over count, and the door."""
    if "residence" not in day.place.areas:
        return
    moves = moves_of(day)
    sleeping = in_house(day.place, day.seed, day.date - timedelta(days=1))
    for hour in (0.1, 7.2):
        yield day.event(hour * 60, "occupancy.count", "desk", area="residence", count=sleeping, method="staff")
    for move in moves:
        yield day.event(move.minute, "bed.moved", "desk", person=move.person, move=move.move, bed=move.bed)
    dice = day.dice("residence door")
    for number, (minute, came) in enumerate(passings(day)):
        if dice.random() >= _MISSED:
            flow = {"in_": 1, "out": 0} if came > 0 else {"in_": 0, "out": 1}
            yield day.event(minute, "occupancy.flow", "door-residence", area="residence", **flow, n=number)


def passings(day: Day) -> list[tuple[float, int]]:
    """(minute, +1 or -1) at the residence's door: visitors, residents who take a walk, moves."""
    dice = day.dice("visitors")
    passed = [(move.minute + 2, move.passes) for move in moves_of(day) if move.passes]
    beds = day.place.areas["residence"]
    for _ in range(round(beds * VISITORS.per_capacity * turnout(day.seed, day.place.site, "residence", day.date))):
        drawn = drawn_stay(VISITORS, 8 * 60, 20 * 60, dice)
        if drawn:
            passed += [(drawn[0], 1), (drawn[1], -1)]
    for _ in range(round(beds * 0.07)):
        goes = dice.uniform(8 * 60, 17 * 60)
        passed += [(goes, -1), (goes + dice.uniform(20, 80), 1)]
    return passed


def admission(one: Resident, first: Day) -> Sent:
    """When the platform is told of her: the day she came, or the first day of all if she came before."""
    if one.since < first.date:
        minute, day = 3 + int(one.bed[2:]) * 0.005, first
    else:
        minute, day = _admission(one, first.seed).minute, first.before((first.date - one.since).days)
    return day.event(minute, "bed.moved", "desk", person=one.person, move="admit", bed=one.bed)


def standing(first: Day, today: Day) -> list[Sent]:
    """What must be known before today begins: who lives here, and who is away. Told once; the past leaves it out."""
    yesterday = today.before(1)
    told = [admission(one, first) for one in roll(today.place, today.seed, yesterday.date)]
    for number, (person, why) in enumerate(sorted(away(today.place, today.seed, yesterday.date).items())):
        told.append(
            yesterday.event(20 * 60 + number * 0.01, "bed.moved", "desk", person=person, move=why, n="standing")
        )
    return sorted(told, key=lambda one: one[0])
