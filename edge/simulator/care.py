"""Services of a day: planned in the early morning, started around their time, some late, overrun or cancelled."""

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge.simulator.day import Day, Sent

# kind of site: how many a day, and what, as (code, minutes, weight)
PROGRAMME: dict[str, tuple[tuple[int, int], tuple[tuple[str, int, int], ...]]] = {
    "INST": ((8, 14), (("RH.TR", 45, 3), ("BA.ST", 45, 3), ("HL.MN", 15, 4), ("PS.CO", 45, 1))),
    "STC": ((48, 66), (("RH.TR", 45, 4), ("BA.ST", 45, 2), ("HL.MN", 15, 5), ("CR.RC", 90, 2), ("CL.PC", 30, 2), ("PS.CO", 45, 1))),
    "CST": ((8, 16), (("HL.MN", 15, 5), ("CR.RC", 90, 2), ("RH.TR", 45, 2), ("VC.HM", 20, 2), ("CL.PC", 30, 1))),
    "DCC": ((9, 14), (("RH.TR", 45, 3), ("HL.MN", 15, 4), ("PS.CO", 45, 1))),
    "HCO": ((26, 42), (("CL.HM", 60, 4), ("BA.HM", 60, 2), ("NC.BS", 60, 3), ("DC.LV", 60, 3), ("MD.AC", 180, 1))),
}  # fmt: skip
_HOME = frozenset(("CL.HM", "BA.HM", "NC.BS", "DC.LV", "VC.HM"))


def service_events(day: "Day") -> Iterator["Sent"]:
    if day.place.kind not in PROGRAMME:
        return
    dice = day.dice("services")
    (low, high), types = PROGRAMME[day.place.kind]
    for number in range(dice.randint(low, high)):
        yield from _service(day, dice, number, types)


def _service(day: "Day", dice: Random, number: int, types: tuple[tuple[str, int, int], ...]) -> Iterator["Sent"]:
    code, minutes, _ = dice.choices(types, [weight for *_, weight in types])[0]
    first, last = max(day.opens or 0, 8 * 60) + 10, min(day.closes, 18 * 60) - minutes
    due = round(dice.uniform(first, max(first + 1, last)) / 5) * 5
    ref = f"{day.date:%y%m%d}-{number:03d}"
    person, worker = (
        f"g-{day.place.site[2:]}-{dice.randrange(10_000):04d}",
        f"w-{day.place.site[2:]}-{dice.randrange(12):02d}",
    )
    plan: dict[str, Any] = {
        "service": ref,
        "type": code,
        "due_at": day.at(due),
        "minutes": minutes,
        "person": person,
        "worker": worker,
    }
    yield day.event(6 * 60 + 30 + number * 0.1, "service.planned", **plan)
    fate = dice.random()
    if fate < 0.035:
        by = dice.choice(("elder", "elder", "provider", "system"))
        yield day.event(due - dice.uniform(10, 60), "service.cancelled", service=ref, by=by, reason="not_today")
        return
    late = dice.uniform(16, 45) if fate < 0.06 else dice.gauss(1, 4)
    started = due + late
    lasted = minutes * (dice.uniform(2.1, 2.6) if fate > 0.985 else dice.gauss(1.0, 0.12))
    method = {"method": "qr"} if code in _HOME else {"method": "desk"}
    yield day.event(started, "service.started", service=ref, type=code, worker=worker, **method)
    yield day.event(started + max(lasted, 3), "service.completed", service=ref, type=code, **method)
    if code in _HOME:
        how = dice.choice(("pin", "card", "family", "sign"))
        yield day.event(started + max(lasted, 3) + dice.uniform(0.5, 9), "service.confirmed", service=ref, method=how)
    if dice.random() < 0.12:
        score = dice.choices((5, 4, 3, 2, 1), (60, 28, 8, 3, 1))[0]
        yield day.event(started + max(lasted, 3) + 12, "rating.given", score=score, service=ref)
