"""Whatever comes late, and in whatever order: each ended day stands as a reading of everything that is known."""

import random
import re
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen

from ingest.jobs.forget_events import forget_events
from ingest.jobs.occasion import day_rules
from ingest.jobs.summarise_days import QUIET, summarise_days
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import day_bounds
from models.database import read_only, transaction
from models.day_figures import Move, fields_of, residents
from models.day_reading import facts_of
from models.day_sources import _MOVED, _STAYED, moves
from models.event_days import make_day, missing_days
from models.hours_read import hours_of_day, site_hours, sites_hours
from models.site_day import last_versions, read_day, read_days
from tests.ingest.conftest import NOW
from tests.ingest.test_jobs import DAY, TODAY, ZONE, event, occasion, opened, send

DAYS = [TODAY - timedelta(days=n) for n in (3, 2, 1)]
FRIDAY, SATURDAY, SUNDAY = (day_bounds(day, ZONE)[0] for day in DAYS)


def summed_up(district, at):
    summarise_days(occasion(district, at))
    rules = day_rules(district.cfg)
    with read_only(district.engine) as connection:
        stored = last_versions(connection, [1], {day.isoformat() for day in DAYS})[1]
        for day in DAYS:
            assert facts_of(stored[day.isoformat()]) == facts_of(read_day(connection, 1, day, ZONE, rules=rules))
    assert district.rows("select * from touched_day") == []


def plan(number, at, due_at, service="bath-1"):
    return event(number, at, "service.planned", service=service, type="BA.ST",
                 due_at=event(0, due_at)["at"], price_fen=3000)  # fmt: skip


LATE = [
    ("a resident is where she went until she moves again",
     event(10, FRIDAY + 12 * HOUR, "bed.moved", person="wang-001", move="leave"), [0, 1, 2]),
    ("a night's shift reaches into the morning",
     event(11, FRIDAY + 22 * HOUR, "staff.on", worker="li-0001", role="care"), [0, 1]),
    ("a plan of another day", plan(12, FRIDAY + 9 * HOUR, SATURDAY + 10 * HOUR), [0, 1]),
    ("a plan that is moved to another day", plan(13, FRIDAY + 11 * HOUR, SUNDAY + 10 * HOUR), [0, 1, 2]),
    ("a service given on a day before it was due",
     event(14, FRIDAY + 12 * HOUR, "service.completed", service="bath-1"), [0, 2]),
    ("a first counter, behind whose first flow staff have counted",
     event(15, FRIDAY + 10 * HOUR, "occupancy.flow", area="tea", **{"in": 2, "out": 0}), [0, 1, 2]),
    ("an alarm that was over the day after",
     event(16, SATURDAY + HOUR, "alarm.cleared", alarm="gas-1", type="NEARCAP"), [0, 1]),
    ("a plan with a wrong year", plan(17, SUNDAY + HOUR, NOW - 9000 * DAY, "bath-2"), [2]),
    ("a booking with a wrong year",
     event(18, SUNDAY + HOUR, "meal.booked", meal="lunch", mode="dine_in", **{"for": "1999-11-23"}), [2]),
]  # fmt: skip


def test_each_late_event_touches_the_days_that_say_something_else_since(district):
    opened(district, 3, 3)
    send(district, event(1, FRIDAY + 8 * HOUR, "bed.moved", person="wang-001", move="admit"),
         event(2, SATURDAY + 10 * HOUR, "occupancy.count", area="tea", count=4, method="staff"),
         event(3, SATURDAY + 11 * HOUR, "person.in", area="tea", person="guest-1"),
         event(4, FRIDAY + 23 * HOUR, "alarm.raised", alarm="gas-1", type="NEARCAP"))  # fmt: skip
    at = NOW + QUIET + SECOND
    summed_up(district, at)
    for why, late, days in LATE:
        assert send(district, late, received_at=at) == ["stored"]
        touched = district.rows("select day from touched_day where site_id = 1 order by 1")
        assert touched == [(DAYS[n].isoformat(),) for n in days], why
        at += QUIET + SECOND
        summed_up(district, at)


def told(dice):
    """Things of every kind that a day counts, about few people and areas, so that they get into each other's way."""
    made = []
    for number in range(70):
        at = FRIDAY + dice.randrange(3 * 24 * 60) * MINUTE
        kind, fields = dice.choice([
            ("bed.moved", {"person": f"wang-00{dice.randrange(4)}",
                           "move": dice.choice(["admit", "leave", "return", "death"])}),
            (dice.choice(["staff.on", "staff.off"]), {"worker": f"li-000{dice.randrange(3)}", "role": "care"}),
            (dice.choice(["service.started", "service.completed"]), {"service": f"bath-{dice.randrange(4)}"}),
            ("service.cancelled", {"service": f"bath-{dice.randrange(4)}", "by": "elder"}),
            ("occupancy.flow", {"area": "tea", "in": dice.randrange(3), "out": dice.randrange(3)}),
            ("occupancy.count", {"area": "tea", "count": 5, "method": dice.choice(["staff", "sensor"])}),
            ("person.in", {"area": "tea", "person": f"guest-{dice.randrange(5)}"}),
            ("meal.booked", {"meal": "lunch", "mode": "dine_in", "for": dice.choice(DAYS).isoformat()}),
            (dice.choice(["alarm.raised", "alarm.cleared"]), {"alarm": f"gas-{dice.randrange(2)}", "type": "NEARCAP"}),
        ])  # fmt: skip
        made.append(event(number, at, kind, **fields))
        if kind.startswith("service"):
            due = FRIDAY + dice.randrange(3 * 24) * HOUR
            made.append(plan(100 + number, at - HOUR, due, fields["service"]))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_in_any_late_order_the_newest_versions_are_readings_of_all_that_is_known(district, seed):
    dice = random.Random(seed)
    opened(district, 3, 3)
    events = told(dice)
    dice.shuffle(events)
    at = NOW
    while events:
        size = dice.randrange(1, 30)
        batch, events = events[:size], events[size:]
        assert set(send(district, *batch, received_at=at)) == {"stored"}
        at += QUIET + SECOND
        summed_up(district, at)


WAYS = ("admit", "leave", "return", "hospital", "discharge", "transfer", "death")


def moved(dice, number):
    """Of few people at two homes, some of whom go from one to the other, at moments that they share; told again with a new
    way, or with a number of its own, it is a correction."""
    at = FRIDAY - dice.choice([0, 0, 1, 5, 60]) * DAY + dice.randrange(3 * 24) * HOUR
    person = f"wang-00{dice.randrange(6)}"
    numbered = dice.choice([{}, {"boot": "b1", "seq": number + 1}])
    return event(f"{dice.randrange(1000)}-{number}", at, "bed.moved", person=person, move=dice.choice(WAYS), **numbered)


def everything(connection, site, end):
    """All moves until then, in the contract's order."""
    rows = connection.execute(text("select at, seq, id, rest from diary where site_id = :site and kind = 13 and at < :end"),
                              {"site": site, "end": end})  # fmt: skip
    told = sorted(rows, key=lambda r: (r.at, r.seq, r.id.encode()))
    return [Move(row.at, (said := fields_of(row.rest))["person"], said["move"]) for row in told] or None


@pytest.mark.parametrize("seed", range(2))
def test_the_last_moves_before_a_day_and_its_own_say_what_all_moves_say(district, seed):
    """Whenever they come, whatever is corrected, whoever goes from one home to another, also while the day runs."""
    dice = random.Random(seed)
    opened(district, 99, 99)
    events = [moved(dice, number) for number in range(40)]
    told = set()
    while events:
        size = dice.randrange(1, 16)
        batch, events = events[:size], events[size:]
        for one in batch:
            assert send(district, one, site=dice.choice(["s-001", "s-002"])) == ["stored"]
        for start in (FRIDAY - 40 * DAY, FRIDAY, SATURDAY, SUNDAY):
            for end in (start + DAY, start + 7 * HOUR):
                with read_only(district.engine) as connection:
                    read = moves(connection, [1, 2], start, end)
                    for site in (1, 2):
                        expected = residents(everything(connection, site, end), start, None)
                        assert residents(read.get(site), start, None) == expected
                        told.add(expected)
    assert len(told) > 20


def test_what_is_read_of_moves_does_not_grow_with_the_years(district):
    """Found by who is on the roll, and of her by her last move; nobody's whole past is passed through."""
    opened(district, 99, 99)
    past = [
        event(n, FRIDAY - (n + 1) * 6 * HOUR, "bed.moved", person=f"wang-00{n % 2}", move=WAYS[n % 4])
        for n in range(90)
    ]
    gone = [
        event(100 + n, SATURDAY - n * HOUR - DAY, "bed.moved", person=f"gone-00{n}", move="death") for n in range(30)
    ]
    today = event(200, SATURDAY + HOUR, "bed.moved", person="wang-001", move="return")
    assert set(send(district, *past, *gone, today)) == {"stored"}
    with transaction(district.engine) as connection:
        assert sorted(Counter(one.person for one in moves(connection, [1], SATURDAY, SUNDAY)[1]).items()) == [
            ("wang-000", 1), ("wang-001", 2),
        ]  # fmt: skip
        if connection.dialect.name == "postgresql":
            connection.execute(text("set local enable_seqscan = off"))
        for statement, index in ((_STAYED, "ix_resident_site_id_on_roll_since"), (_MOVED, "ix_diary_moved")):
            plan = explained(connection, statement, {"sites": [1], "start": SATURDAY, "end": SUNDAY})
            assert index in plan
            assert not re.search("SCAN|Seq Scan", plan), plan


def explained(connection, statement, said):
    """How the database goes about it."""
    asked = []
    listen(connection, "before_cursor_execute", lambda _c, _cursor, sql, values, *_: asked.append((sql, values)))
    connection.execute(statement, said)
    (sql, values), word = asked[0], {"sqlite": "explain query plan ", "postgresql": "explain "}
    return "\n".join(map(str, connection.exec_driver_sql(word[connection.dialect.name] + sql, values)))


def test_sites_of_one_bite_are_summed_up_as_each_alone(district):
    """One statement for all of them; the days of the last begin at six in the morning."""
    district.register("s-003")
    district.write("update site set created_at = ?", (NOW - 3 * DAY,))
    district.write("insert into day_begin (site_id, from_day, minutes) values (3, '0001-01-01', 360)", ())
    for site in (1, 2, 3):
        assert set(send(district, *told(random.Random(site)), site=f"s-00{site}")) == {"stored"}
    summarise_days(occasion(district))
    rules = day_rules(district.cfg)
    with read_only(district.engine) as connection:
        stored = last_versions(connection, [1, 2, 3], {day.isoformat() for day in DAYS})
        for day in DAYS:
            together = read_days(connection, [1, 2, 3], day, ZONE, rules)
            for site, read in together.items():
                assert read == read_days(connection, [site], day, ZONE, rules)[site]
                assert read.summary == read_day(connection, site, day, ZONE, rules=rules)
                assert read.summary == stored[site][day.isoformat()], "with its to-dos and what became of yesterday's"
                assert hours_of_day(read) == site_hours(connection, site, read.bounds)
            assert together[1].bounds == together[2].bounds != together[3].bounds
            of_two = sites_hours(connection, [1, 2], together[1].bounds)
            assert of_two == {site: hours_of_day(together[site]) for site in (1, 2)}
            assert len({one.summary.person_hours for one in together.values()}) == 3


def test_a_day_whose_raw_events_are_gone_stays_as_it_was_signed(district):
    """Asked for by hand, or touched by what an earlier release took in."""
    opened(district, 99, 99)
    old = TODAY - timedelta(days=95)
    then, _ = day_bounds(old, ZONE)
    with transaction(district.engine) as connection:
        for day in missing_days(connection, then, 2):
            make_day(connection, day)
    send(district, event(1, then + HOUR, "person.in", person="guest-1"), received_at=then + HOUR)
    summarise_days(occasion(district, then + 30 * HOUR))
    before = district.rows("select * from site_day where day = ? order by 1", str(old))
    district.write("insert into job_run (job, period, done_at) values ('summarise_days', ?, 0)",
                   *((str(old + timedelta(days=n)),) for n in range(1, 95)))  # fmt: skip
    assert '"persons":1' in before[0][4]
    assert forget_events(occasion(district))["before_s"] > then // SECOND
    assert district.rows("select count(*) from event") == [(0,)]
    district.write("insert into touched_day (site_id, day, since, touched_at) values (1, ?, 0, 0)", (str(old),))
    assert summarise_days(occasion(district))["too_old"] == 1
    assert summarise_days(occasion(district, day=old, forced=True)) == {"site_days": 0, "versions": 0, "days": 0,
                                                                        "too_old": 1}  # fmt: skip
    assert district.rows("select * from site_day where day = ? order by 1", str(old)) == before
    assert district.rows("select * from touched_day") == []
