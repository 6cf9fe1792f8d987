"""A district at four in the afternoon: what the tables of the screens hold by then, written past the intake."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from bench.databases import Database
from bench.events import site_code
from bench.platform import KINDS, STREETS
from bench.present import fill, put
from models.base import HOUR, MINUTE, SECOND, Instant
from models.civil_day import day_bounds, day_of
from models.day import AreaDay, Beside, summarise
from models.event import SLOT_US
from models.occupancy import SlotFold, Step
from models.service import CATALOGUE
from models.usual import STEPS, Figure, Point, written

ZONE = "Asia/Shanghai"
DAY: Instant = 24 * HOUR
OPENS_H, SHUTS_H, LOOKED_AT_H = 7, 19, 16
EVENTS_A_DAY = 4_000
"""Of one site: a district of 120 keeps some fifteen million a month."""
SERVICES_A_DAY, SERVICE_DAYS = 6, 8
SUMMED_DAYS, AVAILABLE_DAYS = 30, 365
SETTLED_EACH, OPEN_OF = 4, 16
"""Alarms of a site that are settled, and of how many sites one has an open one."""
RESIDENTS = {"INST": 60, "STC": 10}
TALLIES = ("meal.booked.lunch.dine_in", "meal.served.lunch.dine_in", "meal.served.lunch.delivery", "visit")
SLOT_COLUMNS = (
    "track, slot, opening, net, low, high, weight, fixed_at, fixed, fixed_low, fixed_high, fixed_weight, came, went,"
    " events, last_at"
)

Rows = Iterator[tuple[object, ...]]


@dataclass(frozen=True)
class District:
    """Sites are numbered from 1. A site's first area has its number, the second that and the number of sites.

    `days` is how far back its events go: so far back go its slots, services and sums as well.
    """

    sites: int
    now: Instant
    days: int = 1
    in_slot: int = 0
    """How many events an area has in five minutes, at least."""

    @property
    def day(self) -> date:
        return day_of(self.now, ZONE)

    @property
    def numbers(self) -> range:
        return range(1, self.sites + 1)

    def before(self, days: int) -> str:
        return (self.day - timedelta(days=days)).isoformat()

    def start(self, days_before: int = 0) -> Instant:
        return day_bounds(self.day - timedelta(days=days_before), ZONE)[0]


def live_through(database: Database, sites: int, events: int, clock: Instant) -> District:
    """Fill a database whose registry holds so many sites and nothing else, on the day of `clock`."""
    start, _ = day_bounds(day_of(clock, ZONE), ZONE)
    over = max((LOOKED_AT_H - OPENS_H) * HOUR, DAY * events // (sites * EVENTS_A_DAY))
    in_slot = events * SLOT_US // over // (2 * sites)
    made = District(sites, start + LOOKED_AT_H * HOUR, -(-over // DAY), in_slot)
    for table, columns, rows in TABLES:
        put(database, table, columns, rows(made))
    fill(database, events, sites, made.now, over)
    return made


def _areas(district: District) -> Rows:
    """The registry has named the first one's."""
    for site in district.numbers:
        yield district.sites + site, site, "dining"


def _states(district: District) -> Rows:
    for site in district.numbers:
        yield site, site, district.now - site % 150 * SECOND, 1


def _tracks(district: District) -> Iterator[int]:
    """Of each area the counter's, and in the first area that of cards."""
    for area in range(1, 2 * district.sites + 1):
        yield area * 2
        if area <= district.sites:
            yield area * 2 + 1


def _heads(district: District) -> Rows:
    for track in _tracks(district):
        yield track, 20, district.now, 1, district.now


def _slots(district: District) -> Rows:
    """Today since it opened, and the days before."""
    before = [slot for back in range(district.days, 0, -1) for slot in _opened(district.start(back), SHUTS_H)]
    opened = [*before, *_opened(district.start(), LOOKED_AT_H)]
    for track in _tracks(district):
        # Those that are there stand on the counter's track; a page that lacked some would seek them everywhere.
        events = 0 if track % 2 else district.in_slot
        for slot in opened:
            yield track, slot, 5, 1, 0, 2, 0, None, 0, 0, 0, 0, 2, 1, events, slot * SLOT_US


def _opened(start: Instant, until_h: int) -> range:
    return range((start + OPENS_H * HOUR) // SLOT_US, (start + until_h * HOUR) // SLOT_US)


def _minutes(district: District) -> Rows:
    for site in district.numbers:
        for slot in range((district.now - district.days * DAY) // SLOT_US, district.now // SLOT_US + 1):
            yield site, slot, 31, 14, 1, 14, site % 3, 0, 0, 0


def _services(district: District) -> Rows:
    """Today's in every state, those of the days before given."""
    codes, chance = list(CATALOGUE), random.Random(1)
    for back in range(max(SERVICE_DAYS, district.days)):
        start = district.start(back)
        for n in range(district.sites * SERVICES_A_DAY):
            due = start + chance.randrange(OPENS_H * 60, 20 * 60) * MINUTE
            yield _service(district, f"s{back}-{n}", n, due, chance.random(), chance.choice(codes))


def _service(district: District, ref: str, n: int, due: Instant, chance: float, code: str) -> tuple[object, ...]:
    age = district.now - due
    state = "done" if age > HOUR else "running" if age > 20 * MINUTE else "planned"
    state = "cancelled" if chance < 0.05 else "planned" if chance < 0.06 and age < DAY else state
    begun = due + 2 * MINUTE if state in ("done", "running") else None
    said = {"type": code, "person": f"tok-{n:06}", "worker": f"w-{n % (district.sites * 2):05}", "due_at": due}
    plan, start = (json.dumps([[at, n, "x"], said], separators=(",", ":")) for at in (due - DAY, begun))
    ended = due + 50 * MINUTE if state == "done" else None
    columns = (n % district.sites + 1, ref, plan, start if begun else None, code, state, due, 45, begun, ended)
    return *columns, 0 if state == "cancelled" else 1, "", due


def _tallies(district: District) -> Rows:
    for back in range(max(SUMMED_DAYS, district.days)):
        for site in district.numbers:
            for n, what in enumerate(TALLIES):
                yield district.before(back), site, what, 20 + n


def _cards(district: District) -> Rows:
    for back in range(max(SUMMED_DAYS, district.days)):
        for site in district.numbers:
            yield district.before(back), site, site, 30, 25


def _residents(district: District) -> Rows:
    for site in district.numbers:
        for n in range(RESIDENTS.get(KINDS[(site - 1) % len(KINDS)], 0)):
            where = "in_hospital" if n % 20 == 7 else "in_house"
            yield site, f"tok-r{site:05}{n:03}", "{}", where, 1, district.start(20), ""


def _alarms(district: District) -> Rows:
    for site in district.numbers:
        for n in range(SETTLED_EACH + (site % OPEN_OF == 0)):
            there = int(n == SETTLED_EACH)
            at = district.now - (site * 7 + n * 5 * 1440) % 43_000 * MINUTE - (0 if there else DAY)
            done = None if there else at + 30 * MINUTE
            state = "notified" if there else "closed"
            number = site * (SETTLED_EACH + 1) + n
            yield (
                number, site, f"site:{site}/OVERCAP/{n}", "OVERCAP", "hall", 1 + site % 4, "hall", "[70,60]", there, there,
                0, 1, at, done, at, at, state, 0, at + 5 * MINUTE, done,
            )  # fmt: skip


def _steps(district: District) -> Rows:
    for alarm in _alarms(district):
        for n, step in enumerate(("raised", "notified", str(alarm[16]))):
            yield int(str(alarm[0])) * 3 + n, alarm[0], int(str(alarm[15])) + n * MINUTE, step, step, "duty-1", 0, 0


def _outboxes(district: District) -> Rows:
    for site in district.numbers:
        beyond = "[[40005,40010]]" if site % 20 == 0 else "[]"
        yield site_code(site - 1), "r000", 40_000, 40_010 if site % 20 == 0 else 40_000, beyond, "[]", 40_000, 3, 0, 0


def _devices(district: District) -> Rows:
    for site in district.numbers:
        for code in ("door-1", "door-2"):
            yield site, code, 0, district.start(30), district.now, 1, 81, site % 900


def _rejected(district: District) -> Rows:
    for site in district.numbers:
        for n in range(2):
            code = site_code(site - 1)
            topic, at = f"eldercare/v1/{code}/events", district.now - (site % 40) * HOUR
            yield (
                code, topic, at, at, 1, "unknown_field", "flow", b"x" * 200, 200,
                f"{site}-{n}".encode().rjust(32), 0, 1,
            )  # fmt: skip


def _usual(district: District) -> Rows:
    points = written([Point(20, 10, 30, 8)] * STEPS)
    streets = [f"street:{street.partition('=')[0]}" for street in STREETS]
    for scope in ("", *streets, *(f"site:{site_code(site - 1)}" for site in district.numbers)):
        for figure in Figure:
            yield scope, str(figure), district.day.isoformat(), points


def _days(district: District) -> Rows:
    """The same day for every site, in full."""
    start, end = district.start(1), district.start()
    slots = [SlotFold(2, slot, opening=5) for slot in _opened(start, SHUTS_H)]
    for slot in slots:
        slot.append(Step(slot.start, 0, b"", None, 2, 1))
    beside = Beside(60, 720, dict.fromkeys(TALLIES, 20), frozenset(slot.slot for slot in slots))
    day = msgspec.json.encode(
        summarise(district.before(1), start, end, [AreaDay(5, slots).spans(start, end)], beside)
    ).decode()
    for back in range(1, max(SUMMED_DAYS, district.days)):
        for site in district.numbers:
            yield site, district.before(back), 1, district.start(back - 1), day, "[]", "first"


def _up(district: District) -> Rows:
    for back in range(1, AVAILABLE_DAYS + 1):
        for site in district.numbers:
            yield site, district.before(back), 720, 700


def _heard_of_itself(district: District) -> Rows:
    yield 1, 1, district.start(), district.now, district.now, 1, 1, 0, 40


TABLES: tuple[tuple[str, str, Callable[[District], Rows]], ...] = (
    ("area", "id, site_id, code", _areas),
    ("site_state", "site_id, changed, heard_at, online", _states),
    ("head_count", "track, signed, last_at, own, received_at", _heads),
    ("slot", SLOT_COLUMNS, _slots),
    (
        "site_slot",
        "site_id, slot, minutes, events, by_hand, timed, over_2s, over_10s, over_60s, over_600s",
        _minutes,
    ),
    (
        "service",
        "site_id, ref, plan, start, type, state, due_at, minutes, started_at, completed_at, planned, flags, named_at",
        _services,
    ),
    ("tally", "day, site_id, what, n", _tallies),
    ("card_day", "day, site_id, area_id, visits, persons", _cards),
    ("resident", "site_id, person, moves, whereabouts, on_roll, since, flags", _residents),
    (
        "alarm",
        "id, site_id, cause, type, subject, grade, area, numbers, holds, open, late, times, raised_at, cleared_at,"
        " received_at, opened_at, state, level, acknowledged_at, settled_at",
        _alarms,
    ),
    ("transition", "id, alarm_id, at, step, state, author, level, tell", _steps),
    (
        "stream",
        "site, boot, upto, highest, beyond, lost, received, duplicates, rejected, heard_at",
        _outboxes,
    ),
    ("device", "site_id, code, new, since, heard_at, online, battery_pct, clock_offset_ms", _devices),
    (
        "rejected",
        'site, topic, received_at, last_at, times, reason, detail, bytes, length, sha256, "index", replayable',
        _rejected,
    ),
    ("usual", "scope, figure, day, points", _usual),
    ("site_day", "site_id, day, version, made_at, summary, changes, why", _days),
    ("availability_day", "site_id, day, expected_min, up_min", _up),
    ("worker", "id, pid, started_at, seen_at, commit_at, subscribed, connected, waiting, lag_p95_ms", _heard_of_itself),
)
