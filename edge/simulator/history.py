"""Eight weeks of coarse past: the days that the simulation would have lived, told once in five minutes instead of one by one.

The guests, meals, services and residents are those of any day of this seed, so what is usual agrees with what comes. Flows
of an area are summed over five opening minutes; where none tells that the line is alive, the gateway does. Climate, staff and
mishaps are left out.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from edge.simulator.care import service_events
from edge.simulator.chance import bits, chance
from edge.simulator.day import Day, Sent
from edge.simulator.gear import cards
from edge.simulator.guests import guests
from edge.simulator.meals import meal_events
from edge.simulator.mishaps import NOTHING_WRONG
from edge.simulator.places import PERSONS
from edge.simulator.residents import admission, in_house, moves_of, passings, roll
from edge.ulid import ulid

STEP = 5


def history_of_day(day: Day, first: Day, today: Day) -> list[dict[str, Any]]:
    """A past day's events in order of time; `first` is the oldest day told of, `today` the first not in the past.

    Who lives here when `today` begins was told before (`residents.standing`), so only others are admitted here.
    """
    told = list(_residence(day, first, today)) if "residence" in day.place.areas else []
    if day.opens is not None:
        for area, capacity in day.place.areas.items():
            if area != "residence":
                told += _area(day, area, capacity)
        told += [*meal_events(day), *service_events(day)]
    told += _beats(day)
    return [event for _, event in sorted(told, key=lambda one: one[0])]


def _area(day: Day, area: str, capacity: int) -> Iterator[Sent]:
    opens = int(day.opens or 0)
    yield _past(day, opens - 2, "occupancy.count", area, count=0, method="reset")
    stays = guests(day, area, capacity, NOTHING_WRONG)
    if (day.place.kind, area) in PERSONS:
        yield from cards(day, area, stays)
        return
    passed = [(stay.comes, 1) for stay in stays] + [(stay.goes, -1) for stay in stays]
    yield from _flows(day, area, passed, opens, int(day.closes))


def _flows(day: Day, area: str, passed: list[tuple[float, int]], opens: int, closes: int) -> Iterator[Sent]:
    """One for each five minutes of opening, in which nobody passed as well: a counter that is alive says so."""
    came = Counter(int(minute) // STEP for minute, way in passed if way > 0)
    went = Counter(int(minute) // STEP for minute, way in passed if way < 0)
    for step in range(opens // STEP, -(-closes // STEP)):
        yield _past(day, step * STEP + STEP - 0.1, "occupancy.flow", area, **{"in": came[step], "out": went[step]})


def _residence(day: Day, first: Day, today: Day) -> Iterator[Sent]:
    place, seed, yesterday = day.place, day.seed, day.before(1).date
    standing = {one.person for one in roll(place, seed, today.before(1).date)}
    if day.date == first.date:
        yield from (admission(one, first) for one in roll(place, seed, yesterday) if one.person not in standing)
    for move in moves_of(day):
        if move.move != "admit" or move.person not in standing:
            yield day.event(move.minute, "bed.moved", "desk", person=move.person, move=move.move, bed=move.bed)
    count = in_house(place, seed, yesterday)
    yield _past(day, 5, "occupancy.count", "residence", count=count, method="staff")
    yield from _flows(day, "residence", passings(day), 7 * 60, 21 * 60)


def _past(day: Day, minute: float, kind: str, area: str, **fields: Any) -> Sent:
    at = day.at(minute)
    id_ = ulid(at, bits(day.seed, day.place.site, at, kind, area, "past"))
    return at, {"id": id_, "kind": kind, "at": at, "area": area} | fields


def _beats(day: Day) -> Iterator[Sent]:
    """Where people live at night as well, where they come by card or where nobody comes; elsewhere the counters are heard."""
    areas = day.place.areas.keys() - {"residence"}
    if any((day.place.kind, area) not in PERSONS for area in areas):
        return
    lived_in = "residence" in day.place.areas
    if day.opens is None and not lived_in:
        return
    opens, closes = (0, 24 * 60) if lived_in else (int(day.opens or 0), int(day.closes))
    battery = chance(day.seed, day.place.site, "battery").randint(35, 100)
    for minute in range(opens, closes, STEP):
        yield day.event(minute + 1, "device.status", "gateway", online=True, battery_pct=battery)
