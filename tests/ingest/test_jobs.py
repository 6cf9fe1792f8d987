"""What happens because time passed: once a period, whoever wakes it, and the same after every interruption."""

import json
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from contract import format_instant
from ingest.jobs import JOBS
from ingest.jobs.forget_quarantine import forget_quarantine
from ingest.jobs.forget_seen import forget_seen
from ingest.jobs.forget_sign_ins import forget_sign_ins
from ingest.jobs.occasion import Occasion
from ingest.jobs.optimise import optimise
from ingest.jobs.summarise_days import PATIENCE, QUIET, keep, summarise_days, work_out
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import day_bounds
from models.database import read_only, transaction
from models.site_day import read_day
from tests.databases import at_once
from tests.ingest import reference
from tests.ingest.conftest import NOW

ZONE = "Asia/Shanghai"
DAY = 24 * HOUR
TODAY = date(2026, 11, 23)
YESTERDAY = date(2026, 11, 22)
START, END = day_bounds(YESTERDAY, ZONE)
LATER = NOW + QUIET + SECOND
"""When a day that was touched at NOW has been left alone for long enough."""


def occasion(district, now=NOW, **more):
    return Occasion(district.engine, district.cfg, now, now, **more)


def opened(district, *days_ago):
    """Sites as they were registered so many days ago."""
    dated = [(NOW - ago * DAY, code) for ago, code in zip(days_ago, ("s-001", "s-002"), strict=False)]
    district.write("update site set created_at = ? where code = ?", *dated)


def event(number, at, kind="occupancy.flow", **fields):
    return {"id": f"e{number}", "kind": kind, "at": format_instant(at), **fields}


def send(district, *events, site="s-001", received_at=NOW):
    return district.take(json.dumps(list(events)).encode(), site=site, received_at=received_at).verdicts


def versions(district, site="s-001", day=YESTERDAY):
    rows = district.rows(
        "select version, summary from site_day d join site s on s.id = d.site_id where s.code = ? and day = ? order by 1",
        site,
        day.isoformat(),
    )
    return [(version, json.loads(summary)) for version, summary in rows]


# -- summaries --------------------------------------------------------------------------------------------------------------


def test_every_site_has_a_summary_of_every_day_since_it_was_registered(district):
    opened(district, 3, 1)
    assert summarise_days(occasion(district)) == {"site_days": 4, "versions": 4, "days": 3}
    days = district.rows("select period from job_run where job = 'summarise_days' order by 1")
    assert days == [("2026-11-20",), ("2026-11-21",), ("2026-11-22",)]


def test_a_second_run_finds_nothing_to_do(district):
    opened(district, 2, 2)
    summarise_days(occasion(district))
    assert summarise_days(occasion(district)) == {"site_days": 0, "versions": 0, "days": 0}


def test_three_missed_days_are_made_up_for_one_after_the_other(district):
    """Told to stop after each: what is done by then are the first."""
    opened(district, 1, 1)
    summarise_days(occasion(district))
    for n in range(1, 4):
        looks = iter([False])
        run = occasion(district, NOW + 3 * DAY, is_stopping=lambda looks=looks: next(looks, True))
        assert summarise_days(run)["days"] == 1
        days = district.rows("select period from job_run where job = 'summarise_days' order by 1")
        assert days == [(str(YESTERDAY + timedelta(days=m)),) for m in range(n + 1)]
    assert summarise_days(occasion(district, NOW + 3 * DAY))["days"] == 0


def test_today_is_not_summed_up_nor_yesterday_in_the_first_minutes_after_midnight(district):
    opened(district, 1, 1)
    assert summarise_days(occasion(district, END + 9 * MINUTE))["days"] == 0
    assert summarise_days(occasion(district, END + 10 * MINUTE))["days"] == 1


def test_a_late_event_makes_the_next_version_and_the_old_one_stays(district):
    opened(district, 2, 2)
    send(district, event(1, START + 10 * HOUR, **{"in": 5, "out": 0}))
    summarise_days(occasion(district))
    send(district, event(2, START + 9 * HOUR, **{"in": 2, "out": 0}))
    assert summarise_days(occasion(district, LATER)) == {"site_days": 1, "versions": 1, "days": 0}
    (one, first), (two, second) = versions(district)
    assert (one, first["people_at_end"], two, second["people_at_end"]) == (1, 5, 2, 7)
    assert district.rows("select * from touched_day") == []


def test_a_late_event_that_changes_no_number_makes_no_version(district):
    opened(district, 2, 2)
    send(district, event(1, START + 10 * HOUR, **{"in": 5, "out": 0}))
    summarise_days(occasion(district))
    send(district, event(2, START + 10 * HOUR + SECOND, "door.opened"))
    assert summarise_days(occasion(district, LATER)) == {"site_days": 1, "versions": 0, "days": 0}


def flow(number, came):
    return event(number, START + number * MINUTE, **{"in": came, "out": 0})


def test_a_day_is_left_alone_while_a_backlog_comes_in_but_not_for_ever(district):
    opened(district, 2, 2)
    summarise_days(occasion(district))
    looked_at = {}
    for number in range(1, PATIENCE // MINUTE + 2):
        now = NOW + number * MINUTE
        send(district, flow(number, 1), received_at=now)
        looked_at[number] = summarise_days(occasion(district, now))["versions"]
    assert [number for number, versions_ in looked_at.items() if versions_] == [PATIENCE // MINUTE + 1]
    last = NOW + (PATIENCE // MINUTE + 2) * MINUTE
    send(district, flow(99, 1), received_at=last)
    assert summarise_days(occasion(district, last + QUIET - 1))["versions"] == 0
    assert summarise_days(occasion(district, last + QUIET))["versions"] == 1


def test_what_came_in_while_a_day_was_worked_out_is_not_lost_and_nobody_waited_for_the_arithmetic(district):
    opened(district, 2, 2)
    summarise_days(occasion(district))
    send(district, flow(1, 1))
    later = occasion(district, LATER)
    with read_only(district.engine) as connection:
        worked = work_out(connection, later, [(1, YESTERDAY)])
        send(district, flow(2, 1))
    with transaction(district.engine) as connection:
        assert keep(connection, later, worked)["versions"] == 0
    assert len(versions(district)) == 1
    summarise_days(later)
    assert [summary["people_at_end"] for _, summary in versions(district)] == [None, 2]


def test_a_run_that_was_overtaken_writes_nothing_on_top_of_the_faster_one(district):
    opened(district, 2, 2)
    summarise_days(occasion(district))
    send(district, flow(1, 1))
    later = occasion(district, LATER)
    with read_only(district.engine) as connection:
        slow = work_out(connection, later, [(1, YESTERDAY)])
    assert summarise_days(later)["versions"] == 1
    with transaction(district.engine) as connection:
        keep(connection, later, slow)
    assert [version for version, _ in versions(district)] == [1, 2]


def test_a_run_that_is_killed_between_two_bites_is_taken_up_where_it_was(district):
    district.write(
        "insert into site (code, name_zh, name_en, kind, street, count_by, created_at)"
        " values (?, '站', 'S', 'CST', '440309002', 'counter', ?)",
        *((f"m-{number}", START) for number in range(3, 61)),
    )
    opened(district, 1, 1)
    looks = iter([False, False, True, True])
    summarise_days(occasion(district, is_stopping=lambda: next(looks, True)))
    half = district.rows("select count(*) from site_day")[0][0]
    assert 0 < half < 60
    assert district.rows("select * from job_run") == []
    assert summarise_days(occasion(district))["versions"] == 60 - half
    assert district.rows("select count(*), max(version) from site_day") == [(60, 1)]


def test_two_schedulers_at_once_write_each_version_once(district, database):
    opened(district, 20, 20)
    at_once(database, 2, lambda engine: summarise_days(Occasion(engine, district.cfg, NOW, NOW)))
    assert district.rows("select count(*), max(version) from site_day") == [(40, 1)]
    assert district.rows("select count(*) from job_run") == [(20,)]


def random_events(seed):
    """Yesterday and the evening before, two areas, all four counting kinds."""
    dice = random.Random(seed)
    kinds = ["occupancy.flow"] * 5 + ["occupancy.count", "person.in", "person.in", "person.out"]
    made = []
    for number in range(60):
        at = START - 3 * HOUR + dice.randrange(27 * 3600) * SECOND
        kind = dice.choice(kinds)
        area = "hall" if kind == "occupancy.flow" else dice.choice(["hall", "tea"])
        fields = {"area": area}
        if kind == "occupancy.flow":
            fields |= {"in": dice.randrange(4), "out": dice.randrange(3)}
        elif kind == "occupancy.count":
            fields |= {"count": dice.randrange(20), "method": dice.choice(["staff", "reset"])}
        else:
            fields |= {"person": f"guest-{dice.randrange(9)}"}
        made.append(event(f"{seed}-{number}", at, kind, **fields) | {"at_us": at})
    return made


@pytest.mark.parametrize("seed", range(8))
def test_a_summary_equals_the_day_worked_out_from_its_raw_events(district, seed):
    opened(district, 2, 2)
    events = random_events(seed)
    shuffled = random.Random(seed + 1).sample(events, len(events))
    for first in range(0, 60, 7):
        send(district, *({k: v for k, v in e.items() if k != "at_us"} for e in shuffled[first : first + 7]))
        if first == 28:
            summarise_days(occasion(district))
    summarise_days(occasion(district, LATER))
    summary = versions(district)[-1][1]
    in_time = [e for e in events if e["at_us"] < END]
    expected_us, at_end = 0, 0
    for area in {e["area"] for e in in_time}:
        by_persons = reference.is_by_persons(in_time, area)
        for slot in range(START, END, 5 * MINUTE):
            # Below nobody there is nobody: a counter that drifted takes nothing from the others.
            expected_us += max(0, reference.person_us(in_time, area, by_persons, slot, slot + 5 * MINUTE))
        at_end += max(reference.number(in_time, area) or 0, 0)
    assert summary["person_hours"] == expected_us / HOUR
    assert summary["people_at_end"] == at_end


def test_the_screens_today_so_far_is_what_the_night_will_say_of_a_day_that_has_just_ended(district):
    opened(district, 2, 2)
    send(district, *({k: v for k, v in e.items() if k != "at_us"} for e in random_events(5)))
    with read_only(district.engine) as connection:
        assert read_day(connection, 1, YESTERDAY, ZONE, now=END) == read_day(connection, 1, YESTERDAY, ZONE)


def test_today_so_far_ends_with_the_head_count_that_the_screen_shows(district):
    send(district, event(1, NOW - HOUR, **{"in": 6, "out": 0}), event(2, NOW + MINUTE, **{"in": 0, "out": 2}))
    with read_only(district.engine) as connection:
        today = read_day(connection, 1, TODAY, ZONE, now=NOW)
    assert (today.people_at_end, today.came, today.went, today.peak) == (4, 6, 2, 6)
    assert today.person_hours == pytest.approx((6 * 61 * MINUTE) / HOUR)


def test_a_counter_that_came_later_leaves_the_days_before_as_they_were(district):
    opened(district, 2, 2)
    send(district, event(1, START + HOUR, "occupancy.count", count=4, method="staff"))
    send(district, event(2, START + 2 * HOUR, "person.in", person="guest-1"))
    summarise_days(occasion(district))
    send(district, event(3, NOW, **{"in": 9, "out": 0}))
    send(district, event(4, START + 3 * HOUR, "person.in", person="guest-2"))
    summarise_days(occasion(district, LATER))
    assert [summary["people_at_end"] for _, summary in versions(district)] == [5, 6]


def test_capacity_and_tallies_stand_beside_the_day(district):
    opened(district, 2, 2)
    given = (("hall", 0, 40), ("tea", 0, 20), ("tea", START, 0), ("hall", END, 99))
    district.write("insert into capacity values (1, ?, ?, ?)", *given)
    send(district, event(1, START + HOUR, "meal.served", meal="lunch", mode="dine_in"))
    summarise_days(occasion(district))
    ((_, summary),) = versions(district)
    assert (summary["capacity"], summary["tallies"]) == (40, {"meal.served.lunch.dine_in": 1})
    assert (summary["minutes_heard"], summary["minutes"], summary["people_at_end"]) == (1, 1440, None)


def test_a_day_asked_for_by_hand_is_looked_at_again(district):
    opened(district, 2, 2)
    summarise_days(occasion(district))
    district.write("insert into tally values ('2026-11-22', 1, 'visit', ?)", (3,))
    counts = summarise_days(occasion(district, day=YESTERDAY, forced=True))
    assert counts == {"site_days": 2, "versions": 1, "days": 1}


# -- forgetting -------------------------------------------------------------------------------------------------------------


def test_quarantine_is_forgotten_after_its_days_and_nothing_else_is(district):
    for number, (site, ago) in enumerate([("nobody", 8), ("nobody", 6), ("s-001", 8)]):
        district.take(b"[%d]" % number if site == "s-001" else json.dumps(event(number, NOW, "door.opened")).encode(), site=site,
                      received_at=NOW - ago * DAY)  # fmt: skip
    counts = forget_quarantine(occasion(district))
    assert (counts["rows"], counts["bytes"] > 10) == (1, True)
    assert district.rows("select reason from rejected order by id") == [("unknown_site",), ("bad_value",)]
    assert json.loads(district.rows("select result from job_run")[0][0]) == counts


def test_more_than_a_bite_of_quarantine_is_forgotten_in_bites(district):
    old = NOW - 9 * DAY
    district.write(
        'insert into rejected (site, topic, received_at, last_at, times, reason, detail, bytes, length, sha256, "index",'
        " replayable) values ('x', 't', ?, ?, 1, ?, '', ?, 1, ?, 0, 1)",
        *((old, old, "unknown_device" if n % 5 else "not_json", b"\0", n.to_bytes(32, "big")) for n in range(1, 2501)),
    )
    assert forget_quarantine(occasion(district))["rows"] == 2000
    assert district.rows("select count(*) from rejected") == [(500,)]


def test_a_row_whose_replay_still_waits_is_not_forgotten(district):
    district.take(json.dumps(event(1, NOW, "door.opened")).encode(), site="nobody", received_at=NOW - 9 * DAY)
    district.write(
        "insert into inbox (put_at, source, site, topic, payload, rejected_id)"
        " select ?, 'register', site, topic, bytes, id from rejected",
        (NOW,),
    )
    assert forget_quarantine(occasion(district))["rows"] == 0


def test_copies_in_the_inbox_go_with_the_quarantine_and_staffs_own_stay(district):
    given = (("register", 8), ("replay", 8), ("register", 1), ("staff", 8))
    district.write(
        "insert into inbox (put_at, source, site, topic, payload, done_at) values (0, ?, 's', 't', ?, ?)",
        *((source, b"\0", NOW - ago * DAY) for source, ago in given),
    )
    assert forget_quarantine(occasion(district))["copies"] == 2
    assert district.rows("select source from inbox order by id") == [("register",), ("staff",)]


def test_vendors_messages_seen_long_ago_are_forgotten(district):
    old = NOW - (district.cfg.ingest.keep_raw_days + 1) * 24 * HOUR
    district.write(
        "insert into device_seen (device_id, token, at) values (?, ?, ?)",
        *[(1, bytes([n // 256, n % 256]), old if n < 700 else NOW) for n in range(703)],
    )
    assert forget_seen(occasion(district)) == {"messages": 700}
    assert forget_seen(occasion(district)) == {}
    assert district.rows("select count(*) from device_seen") == [(3,)]


def test_what_was_refused_long_ago_and_bodies_by_http_go_with_the_raw_events(district):
    for number, ago in enumerate((92, 80)):
        district.take(b"[%d]" % number, received_at=NOW - ago * DAY)
    district.write(
        "insert into inbox (put_at, source, site, topic, payload, done_at) values (0, 'http', 's', 't', ?, ?)",
        *((b"\0", NOW - ago * DAY) for ago in (92, 80)),
    )
    counts = forget_quarantine(occasion(district))
    assert (counts["rows"], counts["refused"], counts["refused_bytes"], counts["copies"]) == (0, 1, 1, 1)
    assert district.rows("select count(*) from rejected") == [(1,)]
    assert district.rows("select count(*) from inbox") == [(1,)]


def test_links_and_sessions_that_are_over_go_a_day_later(district):
    recent = NOW - HOUR
    district.write(
        "insert into account (id, name, role, scope, disabled, created_at) values (?, 'chen', 'admin', '', 0, 0)", (1,)
    )
    links = {b"old": (NOW - 2 * DAY, None), b"used": (NOW + HOUR, NOW - 2 * DAY), b"fresh": (recent, None)}
    district.write(
        "insert into sign_in_link values (?, 1, 0, ?, ?)", *((name, *times) for name, times in links.items())
    )
    sessions = {b"ended": (recent, recent, NOW - 2 * DAY), b"idle": (recent, NOW - 3 * DAY, None),
                b"alive": (recent, recent, None)}  # fmt: skip
    district.write(
        "insert into session (token_hash, account_id, csrf_token, made_at, seen_at, ended_at) values (?, 1, 'c', ?, ?, ?)",
        *((name, *times) for name, times in sessions.items()),
    )
    # The product's time may be a year off; sign-ins live by the real one.
    shifted = replace(occasion(district), now=NOW + 365 * DAY)
    tallies = {b"old": (NOW - 2 * DAY, None), b"fresh": (recent, None), b"known": (NOW - 2 * DAY, NOW - 89 * DAY),
               b"strange": (NOW - 2 * DAY, NOW - 91 * DAY)}  # fmt: skip
    district.write(
        "insert into sign_in_tally (name_hash, client, wrong, wrong_at, good_at) values (?, 'x', 1, ?, ?)",
        *((name, *times) for name, times in tallies.items()),
    )
    steps = {b"late": NOW - 2 * DAY, b"soon": NOW}
    district.write(
        "insert into sign_in_step (token_hash, account_id, way, expires_at, tries) values (?, 1, 'password', ?, 0)",
        *steps.items(),
    )
    assert forget_sign_ins(shifted) == {"links": 2, "sessions": 2, "steps": 1, "visits": 0, "tallies": 2}
    assert district.rows("select name_hash from sign_in_tally order by name_hash") == [(b"fresh",), (b"known",)]
    assert district.rows("select token_hash from sign_in_link") == [(b"fresh",)]
    assert district.rows("select token_hash from session") == [(b"alive",)]


@pytest.mark.engines("sqlite")
def test_the_database_is_looked_after_once_a_night_after_three(district):
    midnight = day_bounds(TODAY, ZONE)[0]
    assert optimise(occasion(district, midnight + HOUR)) == {}
    assert "pages_written" in optimise(occasion(district, midnight + 3 * HOUR))
    assert optimise(occasion(district, midnight + 4 * HOUR)) == {}


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_does_a_period_once(district, job):
    job.run(occasion(district))
    before = district.rows("select * from job_run order by 1, 2")
    job.run(occasion(district, NOW + MINUTE))
    assert district.rows("select * from job_run order by 1, 2") == before
