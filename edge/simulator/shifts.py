"""Who works today: one team where the doors close in the evening, three shifts where people live."""

from collections.abc import Iterator
from dataclasses import dataclass

from edge.simulator.day import Day, Sent


@dataclass(frozen=True)
class Shift:
    """Minutes of the day; an end beyond midnight lies on the next day. One care worker for `beds_each` beds."""

    name: str
    begins: float
    ends: float
    beds_each: int
    others: tuple[str, ...]


SHIFTS = (
    Shift("d", 7 * 60, 15 * 60, 18, ("manager", "nurse", "nurse", "desk", "cook", "cook", "cook")),
    Shift("e", 14 * 60 + 45, 22 * 60 + 30, 30, ("nurse", "cook", "desk")),
    Shift("n", 22 * 60 + 15, 31 * 60 + 15, 50, ("nurse",)),
)
"""About half of the beds are taken, so by day one care worker looks after nine residents."""
TEAMS = {"DCC": ("care", "care", "nurse"), "MEAL": ("cook", "cook", "desk"), "MPT": ("desk",), "NSP": ("desk",)}
TEAMS_ELSEWHERE = ("desk", "care")


def shift_events(day: Day) -> Iterator[Sent]:
    dice = day.dice("staff")
    beds = day.place.areas.get("residence", 0)
    if beds:
        for shift in SHIFTS:
            workers = _workers(day, shift, beds)
            yield from _hours(day, shift, workers, dice.uniform(-12, 3))
        return
    opens = day.opens or 420
    for index, role in enumerate(TEAMS.get(day.place.kind, TEAMS_ELSEWHERE)):
        who = {"worker": f"w-{day.place.site[2:]}-{index:02d}", "role": role}
        yield day.event(opens + dice.uniform(-18, -3), "staff.on", **who)
        yield day.event(min(day.closes, 20 * 60) + dice.uniform(1, 16), "staff.off", **who)


def _workers(day: Day, shift: Shift, beds: int) -> list[tuple[str, str]]:
    roles = ["care"] * max(1, round(beds / shift.beds_each)) + list(shift.others)
    return [(f"w-{day.place.site[2:]}-{shift.name}{index:02d}", role) for index, role in enumerate(roles)]


def _hours(day: Day, shift: Shift, workers: list[tuple[str, str]], early: float) -> Iterator[Sent]:
    """A shift that goes on past midnight began yesterday, so today it ends first."""
    ends = shift.ends - 1440 if shift.ends > 1440 else shift.ends
    for index, (worker, role) in enumerate(workers):
        yield day.event(shift.begins + early + index * 0.4, "staff.on", worker=worker, role=role)
        yield day.event(ends + index * 0.5, "staff.off", worker=worker, role=role)
