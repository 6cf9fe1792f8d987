"""A day's blocks from real events through the intake: equal to a recount of the raw events, in any order, in every zone."""

import json
import random
from dataclasses import replace
from datetime import date

import pytest

from contract import format_instant
from contract.identity import ULID
from dashboard.access import Viewer
from dashboard.queries.day_lines import day_lines
from dashboard.queries.places import places
from dashboard.queries.regulars import regulars
from dashboard.report_rows import Regulars
from ingest.jobs.occasion import Occasion
from ingest.jobs.summarise_days import QUIET, summarise_days
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import clock_on, day_bounds
from models.database import read_only
from models.day_reading import facts_of
from models.event import sender_id
from models.incident import Account, written
from models.site_day import parsed, read_day
from tests.ingest.conftest import NOW
from tests.ingest.full_day import HOUSE, full_day, register
from tests.ingest.full_day import send as send_all
from tests.ingest.recount import recounted

ZONE = "Asia/Shanghai"
DAY = date(2026, 11, 22)
START, END = day_bounds(DAY, ZONE)
LATER = NOW + QUIET + MINUTE
OF_SITE = Viewer("li", "site", "site:s-001")


def event(number, at, kind, **fields):
    return {"id": f"b-{number}", "kind": kind, "at": format_instant(at), **fields}


def ulid(made_at, number):
    """As a sender makes it whose clock says `made_at`."""
    return sender_id(ULID, (made_at // 1000).to_bytes(6, "big") + number.to_bytes(10, "big"), None)


def send(district, events, received_at=NOW):
    return district.take(json.dumps(events).encode(), site="s-001", received_at=received_at).verdicts


def summed_up(district, now=NOW):
    summarise_days(Occasion(district.engine, district.cfg, now, now, day=DAY, forced=True))
    rows = district.rows(
        "select version, summary, why, changes from site_day where site_id = 1 and day = ? order by 1", DAY.isoformat()
    )
    return [(version, parsed(text), reason, json.loads(changed)) for version, text, reason, changed in rows]


def lived(seed):
    """A day of everything, as (kind, at, fields)."""
    dice = random.Random(seed)
    told = []
    for number in range(14):
        person = f"guest-{number % 9:02d}"
        comes = START + dice.randrange(7 * 60, 15 * 60) * MINUTE
        told.append(("person.in", comes, {"person": person, "area": "tea", "method": "card"}))
        told.append(("person.out", comes + dice.randrange(3, 300) * MINUTE, {"person": person, "area": "tea"}))
    for _ in range(20):
        meal = {"meal": dice.choice(["lunch", "dinner"]), "mode": dice.choice(["dine_in", "pick_up"])}
        told.append(("meal.booked", START + 8 * HOUR, meal | {"for": DAY.isoformat()}))
        if dice.random() < 0.8:
            money = {"price_fen": 1800, "subsidy_fen": dice.choice([0, 500, 1500])}
            told.append(("meal.served", START + 12 * HOUR, meal | money))
    for number in range(8):
        moved = START - 30 * HOUR + number * HOUR
        told.append(("bed.moved", moved, {"person": f"resident-{number}", "move": "admit"}))
        if dice.random() < 0.5:
            away = dice.choice(["leave", "hospital", "discharge", "death"])
            told.append(
                ("bed.moved", START + dice.randrange(1440) * MINUTE, {"person": f"resident-{number}", "move": away})
            )
    for number in range(5):
        who = {"worker": f"worker-{number}", "role": "care"}
        begins = START + dice.randrange(-8, 14) * HOUR
        told += [("staff.on", begins, who), ("staff.off", begins + 8 * HOUR, who)]
    told += [("rating.given", START + 10 * HOUR + n * MINUTE, {"score": dice.randrange(1, 6)}) for n in range(11)]
    return [
        event(f"{seed}-{number}", at, kind, **fields) | {"_at": at} for number, (kind, at, fields) in enumerate(told)
    ]


def bare(events):
    return [{name: value for name, value in one.items() if name != "_at"} for one in events]


@pytest.mark.parametrize("seed", range(3))
def test_every_figure_of_the_sheet_equals_a_recount_of_the_raw_events_in_any_order(district, seed):
    register(district)
    events = full_day(seed)
    send_all(district, events, seed)
    ((_, day, _, _),) = summed_up(district)
    expected = recounted(events, HOUSE)
    found = {(line.block, line.name): (line.value, line.of) for line in day_lines(day)}
    assert found.keys() == expected.keys()
    assert {name: pair for name, pair in found.items() if pair != expected[name]} == {}


def test_a_block_without_a_source_is_not_reported_and_never_zero(district):
    send(district, [event(1, START + HOUR, "door.opened")])
    ((_, day, _, _),) = summed_up(district)
    assert [day.visits, day.residents, day.meals, day.services, day.staff, day.voice] == [None] * 6
    assert (day.people_at_end, day.safety.raised, day.gear.events) == (None, 0, 1)


@pytest.mark.parametrize(("answers", "satisfied"), [(9, None), (10, 10)])
def test_no_share_of_the_satisfied_is_told_below_ten_answers(district, answers, satisfied):
    send(district, [event(n, START + HOUR + n, "rating.given", score=5) for n in range(answers)])
    ((_, day, _, _),) = summed_up(district)
    found = {line.name: line.value for line in day_lines(day) if line.block == "voice"}
    assert found == {"ratings": answers, "satisfied": satisfied}


def test_the_counter_is_compared_with_what_staff_counted_at_that_moment(district):
    flow = {"area": "hall", "in": 10, "out": 0}
    send(district, [event(1, START + HOUR, "occupancy.flow", **flow),
                    event(2, START + HOUR + MINUTE, "occupancy.count", area="hall", count=8, method="staff"),
                    event(3, START + HOUR + 2 * MINUTE, "occupancy.flow", **flow),
                    event(4, START + 5 * HOUR, "occupancy.count", area="hall", count=18, method="staff")])  # fmt: skip
    ((_, day, _, _),) = summed_up(district)
    assert [(check.counter, check.staff) for check in day.gear.checks] == [(10, 8), (18, 18)]
    assert (day.reading.grade, day.gear.typed) == ("C", 2)


@pytest.mark.parametrize("seed", range(3))
def test_ids_made_by_a_wrong_clock_change_nothing_of_a_day(district, seed):
    """The same said by two sites: the ids of one are of their time, of the other's many lie where the keys of that time do
    not reach, so that a day and a slot are looked for in all keys."""
    dice = random.Random(seed)
    counted = [one for one in full_day(seed) if one["kind"].partition(".")[0] in ("occupancy", "person")]
    dice.shuffle(counted)
    off = [0, 0, MINUTE, -2 * HOUR, 3 * HOUR, -26 * HOUR, 30 * HOUR, -400 * 24 * HOUR, 40 * 24 * HOUR]
    for site, offsets in (("s-001", [0]), ("s-002", off)):
        said = [
            {name: value for name, value in one.items() if name[0] != "_"}
            | {"id": ulid(one["_at"] + dice.choice(offsets), number), "at": format_instant(one["_at"])}
            for number, one in enumerate(counted)
        ]
        taken = district.take(json.dumps(said).encode(), site=site)
        assert set(taken.verdicts) == {"stored"}
    with read_only(district.engine) as connection:
        right, wrong = (read_day(connection, site, DAY, ZONE) for site in (1, 2))
    assert (right.visits.named > 10, len(right.gear.checks)) == (True, 3)
    assert facts_of(wrong) == facts_of(right)


def test_a_late_event_restates_the_day_and_says_what_changed_and_why(district):
    send(district, [event(1, START + HOUR, "meal.served", meal="lunch", mode="dine_in")], START + HOUR)
    summed_up(district)
    send(district, [event(2, START + 2 * HOUR, "meal.served", meal="lunch", mode="dine_in")])
    (_, _, first, nothing), (_, _, reason, changed) = summed_up(district, LATER)
    assert (first, nothing, reason) == ("first", [], "late")
    assert ["meals.served", 1, 2] in changed


def test_how_much_came_late_alone_makes_no_version(district):
    """Neither does a repetition of what is known."""
    send(district, [event(n, START + HOUR, "door.opened") for n in (1, 2)], START + HOUR)
    summed_up(district)
    send(district, [event(3, START + HOUR + SECOND, "door.closed")])
    assert len(summed_up(district, LATER)) == 1


def test_what_is_usual_comes_from_the_stored_days_of_the_same_weekday(district):
    for week in range(4, -1, -1):
        day = date.fromordinal(DAY.toordinal() - 7 * week)
        start, _ = day_bounds(day, ZONE)
        flow = {"area": "hall", "in": 10 + week if week else 30, "out": 0}
        back = {"area": "hall", "in": 0, "out": flow["in"]}
        send(district, [event(f"{week}a", start + 9 * HOUR, "occupancy.flow", **flow),
                        event(f"{week}b", start + 17 * HOUR, "occupancy.flow", **back)])  # fmt: skip
        summarise_days(Occasion(district.engine, district.cfg, NOW, NOW, day=day, forced=True))
    ((_, found, _, _),) = summed_up(district)
    usual = found.reading.usual["visits"]
    assert (usual.days, usual.low, usual.middle, usual.high) == (4, 11, 12, 14)
    assert {line.numbers.get("figure") for line in found.reading.differs} >= {"visits", "peak"}


def test_of_a_day_s_incidents_it_is_told_how_many_families_were_reached(district):
    for number, means in enumerate(("phone", "not_reached", None)):
        said = event(f"i{number}", START + 9 * HOUR, "alarm.raised", alarm=f"in-{number}", type="INCID")
        send(district, [said], START + 9 * HOUR)
        if means:
            account = Account("observed", means, START + 10 * HOUR, "site_manager", "training")
            district.write(
                "insert into transition (alarm_id, at, step, state, author, level, tell, account)"
                " select id, ?, 'closed', 'closed', 'li', 0, 0, ? from alarm where ref = ?",
                (START + 11 * HOUR, written(account), f"in-{number}"),
            )
    ((_, day, _, _),) = summed_up(district)
    assert (day.safety.incidents, day.safety.family_told) == (3, 1)
    assert [(line.value, line.of) for line in day_lines(day) if line.name == "family_told"] == [(1, 3)]


def test_new_faces_and_regulars_who_stay_away_are_told_once_cards_are_known_for_weeks(district):
    """Two come on four Sundays, one of them again today with somebody new; who came twice is no regular."""
    visits_ = {
        35: "first",
        28: "true away",
        21: "true away twice",
        14: "true away twice",
        7: "true away",
        0: "true new",
    }
    for ago, who in visits_.items():
        day = date.fromordinal(DAY.toordinal() - ago)
        start, _ = day_bounds(day, ZONE)
        told = [("person.in", start + n * HOUR, name) for n, name in enumerate(who.split(), 9)]
        send(district, [event(f"{ago}{name}", at, kind, person=f"guest-{name}", area="tea") for kind, at, name in told])
        summarise_days(Occasion(district.engine, district.cfg, NOW, NOW, day=day, forced=True))
    days = district.rows("select day, summary from site_day where site_id = 1 and version = 1 order by day")
    found = [parsed(text).reading.guests for _, text in days]
    assert [(one.new, one.regulars, one.missing) if one else None for one in found] == [
        None, None, None, None, (0, 0, 0), (1, 2, 1),
    ]  # fmt: skip
    told = {}
    with read_only(district.engine) as connection:
        for viewer in (OF_SITE, Viewer("chen", "district", "")):
            (place,) = places(connection, viewer, NOW, "s-001")
            told[viewer.name] = regulars(connection, viewer, place, DAY, ZONE)
    assert told == {"li": Regulars(2, 1, ("guest-away",)), "chen": Regulars(2, 1, None)}


def test_a_regular_who_stays_away_is_named_also_where_a_wrong_clock_made_the_id_of_her_last_visit(district):
    for ago in (28, 21, 14, 7):
        day = date.fromordinal(DAY.toordinal() - ago)
        at = day_bounds(day, ZONE)[0] + 9 * HOUR
        visit = event(ago, at, "person.in", person="guest-away", area="tea")
        send(district, [visit | {"id": ulid(at - 30 * HOUR, ago)}])
        summarise_days(Occasion(district.engine, district.cfg, NOW, NOW, day=day, forced=True))
    with read_only(district.engine) as connection:
        (place,) = places(connection, OF_SITE, NOW, "s-001")
        assert regulars(connection, OF_SITE, place, DAY, ZONE) == Regulars(1, 1, ("guest-away",))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Shanghai", date(2026, 11, 20), 24),
        ("Australia/Sydney", date(2026, 10, 4), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 24),
        ("Asia/Kathmandu", date(2026, 11, 20), 24),
    ],
)
def test_a_day_has_the_hours_of_its_zone_and_only_its_own_events(district, zone, day, hours):
    cfg = replace(district.cfg, time=replace(district.cfg.time, zone=zone))
    object.__setattr__(district, "cfg", cfg)
    start, end = day_bounds(day, zone)
    told = [(start - SECOND, 1), (start, 2), (end - SECOND, 4), (end, 8)]
    flows = [event(n, at, "occupancy.flow", area="hall", **{"in": n, "out": 0}) for at, n in told]
    send(district, flows)
    with read_only(district.engine) as connection:
        summary = read_day(connection, 1, day, zone)
    assert (summary.visits.entries, summary.people_at_end, len(summary.hours)) == (6, 7, hours)
    assert summary.minutes == (end - start) // MINUTE


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Australia/Sydney", date(2026, 10, 4)),
        ("America/New_York", date(2026, 11, 1)),
        ("Asia/Shanghai", date(2026, 11, 20)),
    ],
)
def test_who_is_on_duty_is_looked_at_by_the_clock_on_the_wall_whatever_the_hour_does(district, zone, day):
    looks = [(name, clock_on(day, clock, zone)) for name, clock in (("day", "10:00"), ("evening", "16:00"))]
    said = [
        event(n, at + step * MINUTE, f"staff.{what}", worker=f"w-{name}-1", role="care")
        for n, (name, at) in enumerate(looks)
        for step, what in ((-10, "on"), (10, "off"))
    ]
    send(district, [one | {"id": f"s-{n}"} for n, one in enumerate(said)])
    with read_only(district.engine) as connection:
        summary = read_day(connection, 1, day, zone)
    assert [(one.shift, one.at, one.care) for one in summary.staff.shifts[1:]] == [(name, at, 1) for name, at in looks]


def test_today_so_far_is_the_same_function_and_reads_nothing_into_it(district):
    send(district, bare(lived(1)))
    with read_only(district.engine) as connection:
        so_far = read_day(connection, 1, DAY, ZONE, now=END - SECOND)
        whole = read_day(connection, 1, DAY, ZONE)
    assert so_far.reading is None
    assert whole.reading is not None
    same = ("residents", "meals", "voice", "visits")
    assert [getattr(facts_of(so_far), name) for name in same] == [getattr(facts_of(whole), name) for name in same]
