"""A street centre that has lived: a full day before today, and quieter same weekdays before it, all of them summed up."""

from collections.abc import Iterator

import config
from ingest.jobs.occasion import Occasion
from ingest.jobs.summarise_days import summarise_days
from models.base import HOUR, MINUTE
from models.civil_day import day_bounds, day_of
from tests.browser.seeded import NOON, SeededDistrict

ZONE = "Asia/Shanghai"
LIVED = "d-017"
"""A street centre of the seeded district that no other test looks at."""
YESTERDAY = day_of(NOON, ZONE).replace(day=22)
START, END = day_bounds(YESTERDAY, ZONE)
WEEKS = 4


def live(district: SeededDistrict) -> None:
    """Today is Monday: yesterday's Sunday and the four before it."""
    for week in range(WEEKS, -1, -1):
        start = START - week * 7 * 24 * HOUR
        events = list(_day(district, start, 40 if week == 0 else 24 + week))
        district.take(LIVED, events, start + 23 * HOUR)
    cfg = config.load(environ={})
    for week in range(WEEKS, -1, -1):
        day = day_of(START - week * 7 * 24 * HOUR + HOUR, ZONE)
        summarise_days(Occasion(district.engine, cfg, NOON, NOON, day=day, forced=True))


def _day(district: SeededDistrict, start: int, guests: int) -> Iterator[dict[str, object]]:
    for step in range(6 * 60, 22 * 60, 5):
        yield district.event("device.status", start + step * MINUTE, device="door-1", online=True)
    yield district.event("site.opened", start + 5 * HOUR + 58 * MINUTE)
    yield district.event("site.closed", start + 22 * HOUR + 6 * MINUTE)
    yield from _residents(district, start)
    for number in range(guests):
        came = start + (8 * 60 + number * 6) * MINUTE
        yield district.event("person.in", came, area="tea", person=f"guest-{number:03d}", method="card")
        yield district.event("person.out", came + 95 * MINUTE, area="tea", person=f"guest-{number:03d}", method="card")
        yield district.event("occupancy.flow", came, area="hall", **{"in": 2, "out": 0})
        yield district.event("occupancy.flow", came + 2 * HOUR, area="hall", **{"in": 0, "out": 2})
        yield from _lunch(district, start, number)
    yield district.event("occupancy.count", start + 10 * HOUR, area="hall", count=40, method="staff")
    yield from _services(district, start)
    yield from _staff(district, start)
    for number in range(12):
        score = 5 if number < 10 else 3
        yield district.event("rating.given", start + 15 * HOUR + number * MINUTE, score=score)
    yield district.event("alarm.raised", start + 14 * HOUR, alarm=f"f-{start}", type="FALL", area="hall")


def _residents(district: SeededDistrict, start: int) -> Iterator[dict[str, object]]:
    if start == START - WEEKS * 7 * 24 * HOUR:
        for number in range(24):
            at = start + HOUR + number * MINUTE
            yield district.event("bed.moved", at, person=f"resident-{number:02d}", move="admit", bed=f"b-{number}")
    if start == START:
        yield district.event("bed.moved", start + 9 * HOUR, person="resident-00", move="hospital")
        yield district.event("bed.moved", start + 9 * HOUR, person="resident-01", move="leave")


def _lunch(district: SeededDistrict, start: int, number: int) -> Iterator[dict[str, object]]:
    day = day_of(start + HOUR, ZONE).isoformat()
    mode = ("dine_in", "dine_in", "pick_up", "delivery")[number % 4]
    yield district.event("meal.booked", start + 9 * HOUR, meal="lunch", mode=mode, **{"for": day})
    if number % 10:
        price = {"price_fen": 1800, "subsidy_fen": 500 if number % 2 else 0}
        at = start + (11 * 60 + 30 + number) * MINUTE
        yield district.event("meal.served", at, meal="lunch", mode=mode, person=f"guest-{number:03d}", **price)


def _services(district: SeededDistrict, start: int) -> Iterator[dict[str, object]]:
    from tests.browser.seeded import _written

    for number in range(18):
        name, due = f"sv-{start}-{number}", start + (9 * 60 + number * 20) * MINUTE
        yield district.event(
            "service.planned", start + 7 * HOUR, service=name, type=("RH.TR", "BA.ST")[number % 2], due_at=_written(due)
        )
        if number == 3:
            yield district.event("service.cancelled", due - HOUR, service=name, by="elder")
        elif number != 7:
            late = 30 * MINUTE if number == 5 else 2 * MINUTE
            yield district.event("service.started", due + late, service=name)
            yield district.event("service.completed", due + late + 40 * MINUTE, service=name, price_fen=6000)


def _staff(district: SeededDistrict, start: int) -> Iterator[dict[str, object]]:
    for number in range(3):
        yield district.event("staff.on", start + 7 * HOUR, worker=f"worker-{number}", role="care")
        yield district.event("staff.off", start + 15 * HOUR, worker=f"worker-{number}", role="care")
