"""A day with something of everything, drawn by a seed: as sites send it, with delays, wrong clocks, silences and borders."""

import json
import random
from datetime import date

from contract import format_instant
from ingest.reading import Message
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import day_bounds
from tests.ingest.conftest import NOW, Nowhere
from tests.ingest.recount import House

DAY = date(2026, 11, 22)
START, END = day_bounds(DAY, "Asia/Shanghai")
BEDS = 12
HOUSE = House(
    DAY.isoformat(),
    START,
    END,
    START + 7 * HOUR,
    START + 21 * HOUR,
    90 + BEDS,
    BEDS,
    (("hall", False), ("residence", False), ("tea", True)),
)
_DELAYS = (0, 1, 1, 1, 3, 5, 20, 90, 900)
"""Seconds."""


def register(district):
    """The site of `HOUSE`, always registered."""
    district.write("update site set kind = 'STC' where code = ?", ("s-001",))
    district.write("insert into opening_hours (site_id, valid_from, rule) values (1, 0, ?)", ("Mo-Su 07:00-21:00",))
    rows = [("hall", 60), ("residence", BEDS), ("tea", 30)]
    district.write("insert into capacity (site_id, area, valid_from, persons) values (1, ?, 0, ?)", *rows)


def full_day(seed):
    """Events as the recount takes them: on the wire's fields, and what begins with `_`."""
    dice, told = random.Random(seed), []

    def says(kind, at, delay=None, **fields):
        delay = dice.choice(_DELAYS) if delay is None else delay
        made = {"id": f"full-{seed}-{len(told):04d}", "kind": kind, "_at": at, "_got": min(at + delay * SECOND, NOW)}
        told.append(made | fields)
        return told[-1]

    for part in (_doors, _hall, _cards, _meals, _services, _residents, _staff, _alarms, _voice):
        part(says, dice)
    return told


def _doors(says, dice):
    """A heartbeat each three minutes, but for an hour and a quarter of silence and one that is too short to be any."""
    says("site.opened", HOUSE.opens + 90 * SECOND)
    says("site.closed", HOUSE.closes + 4 * MINUTE)
    says("site.closed", START + 14 * HOUR)
    says("site.opened", START + 14 * HOUR + 10 * MINUTE)
    for minute in range(0, 1440, 3):
        if not 16 * 60 < minute < 17 * 60 + 15 and not 18 * 60 < minute < 18 * 60 + 12:
            says("device.status", START + minute * MINUTE + dice.randrange(60) * SECOND, device="gate", online=True)
    says("device.status", START + 8 * HOUR, 7200, device="gate", online=True, backfill=True)
    says("door.opened", START + 30 * HOUR, -22 * 3600)
    says("door.closed", 1000 * SECOND, (START + 9 * HOUR) // SECOND - 1000)


def _quiet(at):
    """Nothing happens in the silences."""
    minute = (at - START) // MINUTE
    return 15 * 60 + 50 <= minute <= 17 * 60 + 20 or 17 * 60 + 55 <= minute <= 18 * 60 + 15


def _hall(says, dice):
    """A counter that begins at what the evening before left, loses some, and is set right by hand; never below nobody."""
    says("occupancy.count", START - 5 * HOUR, area="hall", count=7)
    says("occupancy.count", START + 6 * HOUR, area="hall", count=0, method="reset")
    inside = 0
    for minute in range(7 * 60, 20 * 60, 4):
        at = START + minute * MINUTE + dice.randrange(200) * SECOND
        if not _quiet(at):
            came, went = dice.randrange(5), dice.randrange(min(inside, 4) + 1)
            says("occupancy.flow", at, area="hall", **{"in": came, "out": went})
            inside += came - went
    for hour in (10, 15):
        says(
            "occupancy.count",
            START + hour * HOUR + 239 * SECOND,
            area="hall",
            count=dice.randrange(40, 60),
            method="staff",
        )
    says("occupancy.count", START + 20 * HOUR + MINUTE, area="hall", count=3, method="sensor")
    says("occupancy.flow", END, area="hall", **{"in": 50, "out": 0})
    says("occupancy.count", START + HOUR, area="residence", count=9, method="staff")
    says("occupancy.flow", START + 9 * HOUR, area="residence", **{"in": 2, "out": 1})


def _cards(says, dice):
    """Guests of the tea room are its number; those of the hall only stand beside its counter."""
    for number in range(40):
        area, person = ("tea", "hall")[number % 3 == 0], f"guest-{number % 26:03d}-{number % 3 == 0:d}"
        comes = START + dice.randrange(7 * 60, 15 * 60) * MINUTE + dice.randrange(60) * SECOND
        goes = comes + dice.choice([0.5, 2, 4, 30, 60, 200, 800]) * MINUTE
        if _quiet(comes) or _quiet(int(goes)) or goes >= END:
            continue
        says("person.in", comes, person=person, area=area, method="card")
        if dice.random() < 0.9:
            says("person.out", int(goes), person=person, area=area, method=dice.choice(["card", "card", "auto"]))
    says("person.in", END, person="guest-late", area="tea", method="card")


def _meals(says, dice):
    for number in range(60):
        way = {
            "meal": dice.choice(["breakfast", "lunch", "lunch", "dinner"]),
            "mode": dice.choice(["dine_in", "pick_up", "delivery"]),
        }
        booked = dice.random() < 0.7
        if booked:
            says("meal.booked", START - 10 * HOUR + number * MINUTE, **way, **{"for": DAY.isoformat()})
        if booked and dice.random() < 0.15:
            says("meal.cancelled", START + 6 * HOUR, **way, **{"for": DAY.isoformat()})
        elif dice.random() < 0.85:
            money = dice.choice(
                [{}, {"price_fen": 1800}, {"price_fen": 1800, "subsidy_fen": 500}, {"price_fen": 600, "subsidy_fen": 0}]
            )
            says("meal.served", START + 11 * HOUR + number * MINUTE, **way, **money)
    says("meal.booked", START + 8 * HOUR, meal="lunch", mode="dine_in", **{"for": "2026-11-23"})
    says("meal.served", START - HOUR, meal="dinner", mode="dine_in", price_fen=9900)


def _services(says, dice):
    for number in range(30):
        due = START + dice.choice([0, 9, 10, 11, 14, 23, 24]) * HOUR + (number % 50) * MINUTE
        of = {"service": f"sv-{number}"}
        kind = {"type": dice.choice(["BA.ST", "RH.TR", "HL.MN"])}
        planned = dice.random() < 0.9
        if planned:
            price = {"price_fen": 5000} if dice.random() < 0.5 else {}
            says("service.planned", START - 20 * HOUR, **of, **kind, _due=due, due_at=format_instant(due), **price)
        fate = dice.random()
        if planned and fate < 0.25:
            says("service.cancelled", due - HOUR, **of, by=dice.choice(["elder", "provider", "system"]), reason="r")
        if fate < 0.15 or (planned and fate > 0.9):
            continue
        begins = due + dice.choice([-20, -3, 0, 14, 16, 50]) * MINUTE
        if _quiet(begins) or _quiet(begins + 40 * MINUTE):
            continue
        says("service.started", begins, **of, **kind, method=dice.choice(["qr", "desk"]))
        if dice.random() < 0.85:
            price = {"price_fen": 4500} if dice.random() < 0.3 else {}
            says("service.completed", begins + 40 * MINUTE, **of, method="phone", **price)


def _residents(says, dice):
    for number in range(10):
        person = f"resident-{number}"
        says("bed.moved", START - 30 * HOUR + number * HOUR, person=person, move="admit")
        if number < 7:
            move = ("leave", "hospital", "discharge", "death", "transfer", "leave", "hospital")[number]
            away = START + dice.randrange(8 * 60, 11 * 60) * MINUTE
            says("bed.moved", away, person=person, move=move)
            if number > 4:
                says("bed.moved", away + HOUR, person=person, move="return")
    says("bed.moved", START + 13 * HOUR, person="resident-new", move="admit")
    says("bed.moved", END + HOUR, person="resident-9", move="death")


def _staff(says, dice):
    for number in range(7):
        who = {"worker": f"worker-{number}", "role": ("care", "care", "nurse", "care", "cook", "desk", "care")[number]}
        begins = START + (-6, 7, 7, 14, 8, 9, 20)[number] * HOUR + dice.randrange(30) * MINUTE
        says("staff.on", begins, **who)
        if number != 6:
            says("staff.off", begins + 8 * HOUR, **who)


def _alarms(says, dice):
    """Nobody comes in the silences; what people do about it is written beside it."""
    for number, kind in enumerate(("SOS", "FALL", "FALL", "LOWBAT", "VITAL", "SOS", "FALL")):
        raised = START + (8 * 60 + 50 * number) * MINUTE
        one = says("alarm.raised", raised, 1200 if number == 6 else 2, alarm=f"al-{number}", type=kind)
        if number in (0, 1, 4):
            seen = one["_got"] + dice.choice([20, 50, 200]) * SECOND
            one |= {"_seen": seen, "_there": seen + 90 * SECOND}
        if number in (0, 1):
            one["_closed"] = one["_there"] + dice.choice([20, 300]) * SECOND


def _voice(says, dice):
    for number in range(11):
        says("rating.given", START + 10 * HOUR + number * MINUTE, score=dice.randrange(1, 6))


# -- into the product -------------------------------------------------------------------------------------------------------


def send(district, events, seed):
    """In a drawn order, some of them twice; alarms by themselves, because when we knew of one is when its batch came."""
    ordinary = [one for one in events if one["kind"] != "alarm.raised"]
    random.Random(seed).shuffle(ordinary)
    for first in range(0, len(ordinary), 150):
        some = ordinary[first : first + 150]
        district.take_messages([_message(one) for one in [*some, *some[:10]]], NOW)
    for one in events:
        if one["kind"] == "alarm.raised":
            district.take_messages([_message(one)], one["_got"])
            _answer(district, one)


def _message(one):
    event = {name: value for name, value in one.items() if not name.startswith("_")} | {
        "at": format_instant(one["_at"])
    }
    return Message("eldercare/v1/s-001/events", json.dumps(event).encode(), False, one["_got"], Nowhere())


def _answer(district, one):
    """What people did about it, as their steps leave it."""
    district.write(
        "update alarm set acknowledged_at = ?, settled_at = ?, state = ? where ref = ?",
        (one.get("_seen"), one.get("_closed"), _state(one), one["alarm"]),
    )
    steps = [
        (one[name], step, one["alarm"]) for name, step in (("_there", "on_site"), ("_closed", "closed")) if name in one
    ]
    add = (
        "insert into transition (alarm_id, at, step, state, author, level, tell)"
        " select id, ?, ?, ?, 'a', 0, 0 from alarm where ref = ?"
    )
    if steps:
        district.write(add, *((at, step, step, ref) for at, step, ref in steps))


def _state(one):
    return "closed" if "_closed" in one else "on_site" if "_there" in one else "raised"
