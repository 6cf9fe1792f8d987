"""Services of a day: planned in the early morning, started around their time, some late, overrun or cancelled."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from edge.simulator.chance import chance
from edge.simulator.day import Day, Sent


@dataclass(frozen=True)
class Programme:
    """How many services a weekday, how many people give them, and what: (catalogue code, minutes, weight)."""

    a_day: tuple[int, int]
    workers: int
    types: tuple[tuple[str, int, int], ...]


PROGRAMMES = {
    "INST": Programme((8, 14), 4, (("RH.TR", 45, 3), ("BA.ST", 45, 3), ("HL.MN", 15, 4), ("PS.CO", 45, 1))),
    "STC": Programme(
        (48, 66),
        12,
        (("RH.TR", 45, 4), ("BA.ST", 45, 2), ("HL.MN", 15, 5), ("CR.RC", 90, 2), ("CL.PC", 30, 2), ("PS.CO", 45, 1)),
    ),
    "CST": Programme(
        (10, 18), 3, (("HL.MN", 15, 5), ("CR.RC", 90, 2), ("RH.TR", 45, 2), ("VC.HM", 20, 2), ("CL.PC", 30, 1))
    ),
    "DCC": Programme((9, 14), 3, (("RH.TR", 45, 3), ("HL.MN", 15, 4), ("PS.CO", 45, 1))),
    "HCO": Programme(
        (20, 32),
        10,
        (("CL.HM", 60, 4), ("BA.HM", 60, 2), ("NC.BS", 60, 3), ("DC.LV", 60, 3),
         ("ML.CK", 60, 1), ("AG.ER", 45, 1), ("MD.AC", 180, 1)),
    ),
}  # fmt: skip
HOME_VISITS = frozenset(("CL.HM", "BA.HM", "NC.BS", "DC.LV", "ML.CK", "VC.HM"))
LATE_SHARE, CANCELLED_SHARE, OVERRUN_SHARE, RATED_SHARE = 0.03, 0.035, 0.015, 0.12
_WAY_MIN = 15
"""Minutes between two services of the same worker."""


def service_events(day: Day) -> Iterator[Sent]:
    programme = PROGRAMMES.get(day.place.kind)
    if programme is None:
        return
    dice = day.dice("services")
    count = round(dice.randint(*programme.a_day) * (1.0 if day.date.weekday() < 5 else 0.55))
    wanted = [dice.choices(programme.types, [weight for *_, weight in programme.types])[0] for _ in range(count)]
    for number, (due, worker, code, minutes) in enumerate(_rota(day, dice, wanted, programme.workers)):
        name = f"{day.date:%y%m%d}-{number:03d}"
        plan: dict[str, Any] = {"service": name, "type": code, "due_at": day.at(due), "minutes": minutes}
        plan["person"] = day.guest(dice.randrange(240))
        plan["worker"] = f"w-{day.place.site[2:]}-c{worker:02d}"
        yield day.event(6 * 60 + 30 + number * 0.1, "service.planned", **plan)
        yield from _given(day, dice, due, plan)


def _rota(
    day: Day, dice: Random, wanted: list[tuple[str, int, int]], workers: int
) -> Iterator[tuple[int, int, str, int]]:
    """(due minute, worker, code, minutes): nobody is in two places; what does not fit into the day is not planned."""
    first, last = max(day.opens or 0, 8 * 60) + 10, min(day.closes, 18 * 60)
    free = [first] * workers
    for due in sorted(dice.uniform(first, last - 20) for _ in wanted):
        code, minutes, _ = wanted.pop()
        worker = min(range(workers), key=free.__getitem__)
        begins = round(max(due, free[worker]) / 5) * 5
        if begins + minutes <= last:
            free[worker] = begins + minutes + _WAY_MIN
            yield begins, worker, code, minutes


def _given(day: Day, dice: Random, due: int, plan: dict[str, Any]) -> Iterator[Sent]:
    what, minutes = {"service": plan["service"], "type": plan["type"]}, plan["minutes"]
    if dice.random() < CANCELLED_SHARE:
        by = dice.choice(("elder", "elder", "provider", "system"))
        reason = {"elder": "not_today", "provider": "no_worker", "system": "double_booked"}[by]
        yield day.event(due - dice.uniform(10, 60), "service.cancelled", service=plan["service"], by=by, reason=reason)
        return
    starts = due + (dice.uniform(16, 45) if dice.random() < LATE_SHARE else dice.gauss(1, 4))
    lasts = max(minutes * (dice.uniform(2.1, 2.6) if dice.random() < OVERRUN_SHARE else dice.gauss(1.0, 0.1)), 3)
    at_home = plan["type"] in HOME_VISITS
    method = dice.choices(("qr", "nfc", "gps"), (7, 2, 1))[0] if at_home else "desk"
    where: list[dict[str, Any]] = [{"place": _home(day, dice, plan["person"])} if at_home else {} for _ in range(2)]
    yield day.event(starts, "service.started", **what, worker=plan["worker"], method=method, **where[0])
    yield day.event(starts + lasts, "service.completed", **what, method=method, **where[1])
    if at_home and dice.random() < 0.96:
        how = dice.choice(("pin", "card", "family", "sign"))
        agreed = starts + lasts + dice.uniform(0.5, 9)
        yield day.event(agreed, "service.confirmed", service=plan["service"], method=how)
    if dice.random() < RATED_SHARE:
        score = dice.choices((5, 4, 3, 2, 1), (60, 28, 8, 3, 1))[0]
        yield day.event(starts + lasts + dice.uniform(2, 20), "rating.given", score=score, service=plan["service"])


def _home(day: Day, dice: Random, person: str) -> dict[str, float]:
    """An invented address within a walk of the provider, as a telephone finds it."""
    home = chance(day.seed, person, "home")
    lat, lon = day.place.lat + home.gauss(0, 0.006), day.place.lon + home.gauss(0, 0.006)
    return {
        "lat": round(lat + dice.gauss(0, 0.0001), 6),
        "lon": round(lon + dice.gauss(0, 0.0001), 6),
        "accuracy_m": round(dice.uniform(5, 45), 1),
    }
