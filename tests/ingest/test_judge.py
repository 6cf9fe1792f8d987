"""Alarms by rules on a real database: exactly one for each cause, whatever comes in whatever order, and none for our own gaps."""

import random

import pytest

from ingest import judge as judging
from ingest.judge import LOOK_AGAIN, LOOK_EVERY_S, LOOK_SOON_S, Judge
from ingest.notify import message_of
from ingest.own import watch_worker
from models.base import HOUR, MINUTE, SECOND
from models.database import transaction
from models.site_life import close_for_good
from tests.databases import at_once
from tests.ingest.conftest import NOW
from tests.ingest.said import event, flow, payload

STREET = "440309002"
OPEN = "select count(*) from alarm where holds = 1 and type = ?"


class Day:
    """A judge and a moment that moves; the sites' messages go through the intake at that moment."""

    def __init__(self, district, *sites, hearing=True):
        self.district, self.now = district, NOW
        self.judge = Judge(district.cfg, district.engine)
        if len(sites) > 2:
            district.register(*sites[2:])
        self.sites = sites or ("s-001", "s-002")
        if hearing:
            self.judge.ears.since = NOW - HOUR

    def say(self, *events, site="s-001"):
        taken = self.district.take(payload(*events), site=site, received_at=self.now)
        assert set(taken.verdicts) == {"stored"}
        self.judge.note(taken.fresh, taken.said)

    def alive(self, *sites):
        for site in sites or self.sites:
            self.say(event("device.status", self.now, device="door-1", online=True, battery_pct=80), site=site)

    def look(self, after=0):
        self.now += after
        self.judge.look(self.now, 0.0)

    def types(self, where="holds = 1"):
        return [row[0] for row in self.district.rows(f"select type from alarm where {where} order by id")]

    def steps(self):
        return [row[0] for row in self.district.rows("select step from transition order by id")]


@pytest.fixture
def day(district):
    made = Day(district)
    made.alive()
    made.look()
    return made


def with_hall(day, persons=10):
    day.district.write("insert into capacity (site_id, area, valid_from, persons) values (1, 'hall', 0, ?)", (persons,))
    day.district.write("update change set n = n + 1 where name = 'registry'", ())


def test_full_sites_are_found_among_more_than_one_statement_takes_or_are_remembered(district, monkeypatch):
    monkeypatch.setattr("ingest.areas.SITES_AT_ONCE", 3)
    monkeypatch.setattr("ingest.areas.SITES_REMEMBERED", 8)
    sites = [f"s-{n:03}" for n in range(1, 13)]
    day = Day(district, *sites)
    district.write(
        "insert into capacity (site_id, area, valid_from, persons) values (?, 'hall', 0, 10)",
        *[(n,) for n in range(1, 13)],
    )
    day.alive()
    for _ in sites:
        day.look(after=SECOND)
    for site in sites:
        day.say(flow(day.now, 13 if site in ("s-002", "s-012") else 1, 0, area="hall"), site=site)
    day.look(after=SECOND)
    remembered = day.judge.areas._known.by_site
    assert len(remembered) == len(sites)
    day.say(flow(day.now, 1, 0, area="hall"), site="s-003")
    day.look(after=SECOND)
    assert len(day.judge.areas._known.by_site) == 1
    for _ in range(3):
        day.look(after=5 * MINUTE)
    crowded = "select s.code from alarm a join site s on s.id = a.site_id where a.type = 'OVERCAP' order by s.code"
    assert district.rows(crowded) == [("s-002",), ("s-012",)]


def test_a_site_that_falls_silent_is_one_alarm_and_its_next_word_ends_it(day):
    day.look(after=15 * MINUTE - SECOND)
    assert day.types() == []
    day.alive("s-002")
    day.look(after=SECOND)
    assert day.types() == ["OFFLINE"]
    for _ in range(5):
        day.look(after=MINUTE)
    assert day.types("1 = 1") == ["OFFLINE"]
    day.alive("s-001")
    day.look(after=SECOND)
    assert day.types() == []
    assert day.steps() == ["raised", "cleared"]
    assert day.district.rows("select state, open, raised_at from alarm") == [("closed", 0, NOW)]


def test_what_comes_back_soon_goes_on_as_the_same_alarm(day):
    for _ in range(3):
        day.look(after=16 * MINUTE)
        day.alive()
        day.look(after=SECOND)
    assert day.district.rows("select distinct times from alarm") == [(3,)]
    assert day.district.rows("select count(*) from transition where tell = 1") == [(2,)]


def with_hours(day, rule):
    day.district.write("insert into opening_hours (site_id, valid_from, rule) values (1, 0, ?)", (rule,))
    day.district.write("update change set n = n + 1 where name = 'registry'", ())


def test_a_site_that_is_heard_for_the_last_time_just_before_its_doors_open_is_missed_after_they_did(day):
    with_hours(day, "Mo-Su 09:30-17:30")
    opens = NOW + 27 * MINUTE + 48 * SECOND + 750_000
    day.look(after=opens + 15 * MINUTE - SECOND - day.now)
    assert day.types() == ["OFFLINE"]
    assert day.district.rows("select site_id from alarm") == [(2,)]
    day.look(after=SECOND)
    assert day.district.rows("select site_id, raised_at from alarm where site_id = 1") == [(1, opens)]


def test_what_a_silent_site_does_not_say_is_no_second_alarm(day):
    said = {"service": "b-1", "type": "BA.ST"}
    day.say(event("service.planned", day.now, due_at="2026-11-23T09:20:00+08:00", **said))
    for _ in range(9):
        day.alive("s-002")
        day.look(after=5 * MINUTE)
    assert day.types() == ["OFFLINE"]
    day.say(event("service.started", day.now - 20 * MINUTE, **said))
    day.alive()
    day.look(after=SECOND)
    assert day.types("1 = 1") == ["OFFLINE"]


def test_a_crowd_rings_after_five_minutes_and_is_over_after_five_below(day):
    with_hall(day)
    day.say(flow(day.now, 11, area="hall"))
    day.look()
    day.alive()
    day.look(after=5 * MINUTE - SECOND)
    assert "OVERCAP" not in day.types()
    day.look(after=SECOND)
    assert day.district.rows("select grade, area, numbers from alarm where type = 'OVERCAP'") == [
        (2, "hall", "[11, 10]")
    ]
    day.say(flow(day.now, 0, 2, area="hall"))
    day.look(after=SECOND)
    day.look(after=4 * MINUTE)
    assert "OVERCAP" in day.types()
    day.look(after=MINUTE)
    assert "OVERCAP" not in day.types()


def test_a_counter_stands_still_only_where_people_passed_at_this_hour_a_week_ago(day):
    a_week = 7 * 24 * HOUR
    day.say(flow(day.now, 1, area="canteen"), flow(day.now, 1, area="hall"))
    day.now += 61 * MINUTE
    day.say(flow(day.now - MINUTE, 12, area="hall"), flow(day.now - a_week - 2 * HOUR, 9, area="canteen"))
    day.look(after=LOOK_AGAIN)
    assert "STUCK" not in day.types()
    day.say(flow(day.now - a_week - 10 * MINUTE, 3, area="canteen"))
    day.look(after=LOOK_AGAIN)
    assert day.district.rows("select area from alarm where type = 'STUCK'") == [("canteen",)]
    day.say(flow(day.now, 1, area="canteen"))
    day.look(after=SECOND)
    assert "STUCK" not in day.types()


def test_a_crowd_that_grows_calls_again(day):
    with_hall(day)
    day.say(flow(day.now, 11, area="hall"))
    day.look()
    day.look(after=5 * MINUTE)
    day.say(flow(day.now, 2, area="hall"))
    day.look(after=SECOND)
    assert day.district.rows("select grade from alarm where type = 'OVERCAP'") == [(1,)]
    assert day.steps() == ["raised", "worsened"]


def test_a_crowd_that_leaves_for_a_minute_starts_the_time_anew(day):
    with_hall(day)
    for came, went in ((11, 0), (0, 1), (1, 0)):
        day.say(flow(day.now, came, went, area="hall"))
        day.look()
        day.look(after=3 * MINUTE)
    assert "OVERCAP" not in day.types()


def test_a_late_service_is_raised_by_its_deadline_alone_and_ended_by_its_start(day):
    said = {"service": "b-1", "type": "BA.ST"}
    day.say(event("service.planned", day.now, due_at="2026-11-23T09:05:00+08:00", **said))
    day.look()
    due = day.district.rows("select due_at from watch where site_id = 1")[0][0]
    day.alive()
    day.look(after=due - day.now)
    day.alive()
    day.look(after=10 * MINUTE)
    assert day.types() == ["LATE"]
    day.say(event("service.started", day.now, **said))
    day.look(after=SECOND)
    assert day.types() == []


def test_gear_rings_once_for_each_device(day):
    for device in ("door-2", "door-3"):
        day.say(event("device.status", day.now, device=device, online=True, battery_pct=12, clock_offset_ms=90_000))
    day.look()
    assert sorted(day.types()) == ["CLOCK", "CLOCK", "LOWBAT", "LOWBAT"]
    assert day.district.rows("select distinct due_at from alarm") == [(None,)]


def test_our_own_gap_is_one_alarm_about_us_and_none_about_the_sites(day):
    lost = day.now
    day.judge.ears.since, day.judge.ears.lost_at = None, lost
    day.look(after=20 * MINUTE)
    assert day.types() == ["OWN"]
    day.judge.ears.since = day.now
    day.look(after=4 * MINUTE)
    assert day.types() == []
    day.alive("s-002")
    day.look(after=2 * MINUTE)
    assert day.types() == ["OFFLINE"]
    assert day.district.rows("select distinct site_id from alarm where type = 'OFFLINE'") == [(1,)]


def test_a_clock_that_jumps_opens_nothing_and_stands_in_the_history_as_a_gap_of_ours(day):
    day.judge.ears.note(True, day.now, 100.0)
    day.now += 6 * HOUR
    day.judge.ears.note(True, day.now, 101.0)
    day.look()
    assert day.types() == []
    for _ in range(6):
        day.alive()
        day.look(after=MINUTE)
    assert day.types("1 = 1") == ["OWN"]
    assert day.district.rows("select count(*) from transition where tell = 1") == [(0,)]


def test_what_began_just_before_a_jump_has_not_lasted(day):
    with_hall(day)
    day.judge.ears.note(True, day.now, 100.0)
    day.say(flow(day.now, 11, area="hall"))
    day.look()
    day.now += HOUR
    day.judge.ears.note(True, day.now, 101.0)
    for seconds, types in ((0, []), (298, []), (2, ["OVERCAP"])):
        day.now += seconds * SECOND
        day.alive()
        day.look()
        assert day.types() == types


def test_a_worker_that_is_dead_is_seen_by_the_clock_and_speaks_of_it_when_it_is_back(day):
    day.district.write(
        "insert into worker (id, pid, started_at, seen_at, subscribed, connected, waiting) values (1, 1, ?, ?, 1, 1, 0)",
        (NOW, NOW),
    )
    for seconds, types in ((59, []), (60, ["OWN"]), (61, ["OWN"])):
        watch_worker(day.district.engine, NOW + seconds * SECOND, 60, {})
        assert day.types() == types
    day.judge.ears.lost_at = NOW
    day.look(after=10 * MINUTE)
    assert (day.types(), day.types("1 = 1")) == ([], ["OWN"])


def test_many_sites_of_a_street_that_fall_silent_together_are_one_alarm(district):
    sites = tuple(f"s-{n:03d}" for n in range(1, 9))
    day = Day(district, *sites)
    day.alive()
    day.look()
    day.look(after=16 * MINUTE)
    assert district.rows("select street, state from alarm where parent_id is null") == [(STREET, "raised")]
    assert district.rows("select count(*), min(due_at) from alarm where parent_id is not null") == [(8, None)]
    assert district.rows("select count(*) from transition where tell = 1") == [(1,)]
    with transaction(district.engine) as connection:
        said = message_of(connection, 1, "Asia/Shanghai", day.now)
    assert (said.title, said.members, "站点数 sites: 8" in said.lines) == ("[P2] 站点无声 民治街道", 8, True)
    day.alive(*sites[:7])
    day.look(after=SECOND)
    assert district.rows("select count(*) from alarm where holds = 1") == [(2,)]
    day.alive(sites[7])
    day.look(after=SECOND)
    assert day.types() == []


@pytest.mark.parametrize(("repaired", "behind"), [(2, 6), (3, 0)])
def test_sites_that_are_being_repaired_make_no_storm(district, repaired, behind):
    sites = tuple(f"s-{n:03d}" for n in range(1, 9))
    day = Day(district, *sites)
    day.alive()
    day.look()
    district.write(
        "insert into maintenance (site_id, street, kind, since, until, reason, author, made_at)"
        " values (?, null, 'maintenance', ?, ?, 'repair', 'li', 0)",
        *[(n, NOW, NOW + HOUR) for n in range(1, repaired + 1)],
    )
    day.look(after=16 * MINUTE)
    assert district.rows("select count(*) from alarm where parent_id is not null") == [(behind,)]
    assert district.rows("select count(*) from alarm where site_id is not null and holds = 1") == [(8,)]
    assert len(district.rows("select id from alarm where street is not null")) == (1 if behind else 0)


def test_a_storm_that_comes_by_and_by_takes_in_those_that_were_first(district):
    sites = tuple(f"s-{n:03d}" for n in range(1, 9))
    day = Day(district, *sites)
    for site in sites:
        day.alive(site)
        day.now += MINUTE
    day.look()
    while day.now < NOW + 23 * MINUTE:
        day.look(after=MINUTE)
    assert district.rows("select count(*) from alarm where parent_id is null and holds = 1") == [(1,)]
    assert day.steps().count("merged") == 5


def test_a_storm_that_comes_back_is_the_same_storm_and_one_of_its_sites_alone_stands_for_itself(district):
    sites = tuple(f"s-{n:03d}" for n in range(1, 9))
    day = Day(district, *sites)
    day.alive()
    day.look()
    for _ in range(2):
        day.look(after=16 * MINUTE)
        assert district.rows("select count(*), min(due_at) from alarm where holds = 1 and parent_id = 1") == [(8, None)]
        assert district.rows("select id, holds from alarm where parent_id is null") == [(1, 1)]
        day.alive()
        day.look(after=SECOND)
    assert district.rows("select distinct times from alarm") == [(2,)]
    assert district.rows("select count(*) from transition where tell = 1") == [(1,)]
    day.now += 16 * MINUTE
    day.alive(*sites[1:])
    day.look()
    assert district.rows("select site_id, times, due_at > 0, parent_id from alarm where holds = 1") == [(1, 3, 1, None)]
    assert district.rows("select count(*) from transition where tell = 1") == [(2,)]


def test_a_site_that_closed_for_good_rings_no_more_and_its_alarms_are_over(day):
    day.say(
        event("device.status", day.now, device="door-1", online=True, battery_pct=12),
        event("observation", day.now, device="gateway", metric="cert_days_left", value=20),
        flow(day.now, 0, 9, area="hall"),
    )
    day.look(after=SECOND)
    assert sorted(day.types("holds = 1 and site_id = 1")) == ["LOWBAT", "STUCK"]
    with transaction(day.district.engine) as connection:
        close_for_good(connection, 1, "s-001", day.now, [], day.now)
    day.look(after=SECOND)
    day.look(after=7 * 24 * HOUR)
    assert day.types("holds = 1 and site_id = 1") == []


@pytest.mark.parametrize("again", [False, True])
def test_two_judges_at_once_open_one(day, database, again):
    if again:
        day.look(after=20 * MINUTE)
        day.alive()
        day.look(after=SECOND)
    day.now += 20 * MINUTE

    def judge(engine):
        other = Judge(day.district.cfg, engine)
        other.ears.since = NOW - HOUR
        for _ in range(5):
            other.look(day.now, 0.0)

    at_once(database, 3, judge)
    assert day.types() == day.types("1 = 1") == ["OFFLINE", "OFFLINE"]
    assert day.steps() == ["raised", "raised"] + (["cleared"] * 2 + ["reopened"] * 2 if again else [])


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_no_cause_has_two_and_all_end_when_all_is_well(district, seed):
    dice = random.Random(seed)
    day = Day(district)
    with_hall(day)
    day.alive()
    for _ in range(60):
        what = dice.randrange(5)
        if what == 0:
            day.alive(dice.choice(day.sites))
        elif what == 1:
            back = dice.choice([0, 0, 20 * MINUTE])
            day.say(flow(day.now - back, dice.randrange(9), dice.randrange(9), area="hall"))
        elif what == 2:
            day.say(event("device.status", day.now, device="d-1", online=True, battery_pct=dice.choice([5, 22, 90])))
        elif what == 3:
            day.judge = Judge(district.cfg, district.engine)  # killed and started again
            day.judge.ears.since = day.now - dice.choice([0, HOUR])
        day.look(after=dice.randrange(1, 400) * SECOND)
        twice = district.rows("select cause from alarm where holds = 1 group by cause having count(*) > 1")
        assert twice == []
    day.say(event("occupancy.count", day.now, area="hall", count=0, method="reset"))
    day.say(event("device.status", day.now, device="d-1", online=True, battery_pct=90))
    for _ in range(12):
        day.alive()
        day.look(after=MINUTE)
    assert day.types() == []
    raised = district.rows("select count(*) from transition where step in ('raised', 'reopened')")
    assert raised == district.rows("select sum(times) from alarm")


def test_who_waits_longest_is_looked_at_first_and_the_rest_soon(day, monkeypatch):
    day.look(after=SECOND)  # both, as their deadlines are new
    monkeypatch.setattr(judging, "SITES_A_LOOK", 1)
    day.say(event("site.opened", day.now), site="s-002")
    day.say(event("site.opened", day.now), site="s-001")
    day.look(after=SECOND)
    assert list(day.judge.eager) == [1]
    assert (day.judge.is_time(LOOK_SOON_S), day.judge.is_time(LOOK_SOON_S / 2)) == (True, False)
    day.say(event("site.closed", day.now), site="s-002")
    day.look(after=SECOND)
    assert list(day.judge.eager) == [2]
    day.look(after=SECOND)
    assert (list(day.judge.eager), day.judge.is_time(LOOK_EVERY_S - 0.01)) == ([], False)
