"""Alarms of a day: calls for help, each answered within minutes; a fall now and then; batteries."""

from collections.abc import Iterator

from edge.simulator.day import Day, Sent

_A_DAY = {"INST": 0.6, "STC": 0.4, "CST": 0.1, "DCC": 0.15, "NSP": 0.04}
"""Chance of a call: about a dozen a day in the whole district."""


def call_events(day: Day) -> Iterator[Sent]:
    dice = day.dice("alarms")
    if dice.random() < _A_DAY.get(day.place.kind, 0.0):
        kind, low, high = ("FALL", 4, 14) if dice.random() < 0.12 else ("SOS", 1.2, 4.5)
        minute = dice.uniform(max(day.opens or 0, 7 * 60), min(day.closes, 20 * 60) - 5)
        yield from _alarm(day, minute, minute + dice.uniform(low, high), kind, "call-1")
    if dice.random() < 0.02 and day.place.areas:
        changed = dice.uniform(12, 17) * 60 if dice.random() < 0.6 else None
        yield from _alarm(day, dice.uniform(8.5, 11.5) * 60, changed, "LOWBAT", "call-2", value=dice.randint(9, 19))


def _alarm(
    day: Day, raised: float, cleared: float | None, kind: str, device: str, value: float | None = None
) -> Iterator[Sent]:
    what = {"alarm": f"{day.date:%y%m%d}-{kind.lower()}", "type": kind, "area": next(iter(day.place.areas))}
    yield day.event(raised, "alarm.raised", device, **what, **({} if value is None else {"value": value}))
    if cleared is not None:
        yield day.event(cleared, "alarm.cleared", device, **what)
