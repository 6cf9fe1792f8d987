"""Those who live in a nursing home or a centre's beds: about half of the beds, as in this country's statistics."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from edge.simulator.chance import chance

if TYPE_CHECKING:
    from edge.simulator.day import Day, Sent
    from edge.simulator.places import Place

SHARE = (0.5, 0.64)


def roll(place: "Place", seed: int) -> list[str]:
    """Tokens of those on the roll."""
    beds = place.areas.get("residence", 0)
    count = round(beds * chance(seed, place.site, "roll").uniform(*SHARE))
    return [f"r-{place.site[2:]}-{number:04d}" for number in range(count)]


def admissions(day: "Day") -> Iterator["Sent"]:
    """That everybody on the roll was once admitted: told for the first day that is simulated."""
    for number, person in enumerate(roll(day.place, day.seed)):
        yield day.event(
            9 * 60 + number * 0.01, "bed.moved", "desk", person=person, move="admit", bed=f"b-{number + 1:03d}"
        )


def standing(day: "Day", first_day: "Day") -> Iterator["Sent"]:
    """What the platform must know before this day begins: who lives here, and who is away."""
    yield from admissions(first_day)
    yesterday = _yesterday(day)
    for number, (person, why) in enumerate(sorted(away(yesterday).items())):
        yield yesterday.event(8 * 60 + number * 0.01, "bed.moved", "desk", person=person, move=why)


def away(day: "Day") -> dict[str, str]:
    """Who is not in house on this day, and why; a stay away lasts some days."""
    gone: dict[str, str] = {}
    for person in roll(day.place, day.seed):
        # A new draw every five days, so that an absence has a beginning and an end.
        drawn = chance(day.seed, person, day.date.toordinal() // 5).random()
        if drawn < 0.036:
            gone[person] = "hospital" if drawn < 0.023 else "leave"
    return gone


def resident_events(day: "Day") -> Iterator["Sent"]:
    """Moves of the day, the midnight census, and visitors at the door."""
    if "residence" not in day.place.areas:
        return
    dice = day.dice("residents")
    before, now = away(_yesterday(day)), away(day)
    for person in sorted(before.keys() | now.keys()):
        if before.get(person) == now.get(person):
            continue
        minute = dice.uniform(8 * 60, 10 * 60)
        yield day.event(minute, "bed.moved", "desk", person=person, move=now.get(person, "return"))
    in_house = len(roll(day.place, day.seed)) - len(now)
    yield day.event(5, "occupancy.count", "desk", area="residence", count=in_house, method="staff")
    yield from _visitors(day, in_house)


def _visitors(day: "Day", in_house: int) -> Iterator["Sent"]:
    """Most visits are at the weekend; the door counts them in and out, and residents who take a walk out and in."""
    dice = day.dice("visitors")
    weekend = day.date.weekday() >= 5
    for number in range(round(in_house * (0.3 if weekend else 0.08))):
        comes = dice.choice((dice.gauss(10 * 60, 45), dice.gauss(15 * 60 + 30, 50)))
        goes = comes + dice.lognormvariate(0, 0.4) * 55
        yield day.event(comes, "occupancy.flow", "door-residence", area="residence", in_=1, out=0, n=f"v{number}")
        yield day.event(goes, "occupancy.flow", "door-residence", area="residence", in_=0, out=1, n=f"v{number}")
    for number in range(round(in_house * 0.15)):
        goes = dice.uniform(8 * 60, 16 * 60)
        yield day.event(goes, "occupancy.flow", "door-residence", area="residence", in_=0, out=1, n=f"w{number}")
        back = goes + dice.uniform(20, 80)
        yield day.event(back, "occupancy.flow", "door-residence", area="residence", in_=1, out=0, n=f"w{number}")


def _yesterday(day: "Day") -> "Day":

    return replace(day, date=day.date - timedelta(days=1))
