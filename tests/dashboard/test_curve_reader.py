"""What is remembered of today's slots gives the same curves and ledgers as reading all of it, whatever comes."""

import random

from sqlalchemy import Connection

from dashboard.access import Viewer
from dashboard.curve_reader import CurveReader
from dashboard.picture_known import caught_up
from dashboard.queries.ledgers import Memory, ledgers
from dashboard.queries.places import places
from dashboard.queries.scope_curve import plainly_moved, scope_curve
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import day_bounds, day_of
from models.database import read_only
from models.event import SLOT_US
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, STREET, Town

SCOPES = ("", f"street:{STREET}")


def same_ledgers(town: Town, memory: Memory) -> int:
    """How many lines they have."""
    lines = 0
    with read_only(town.engine) as connection:
        for place in places(connection, Viewer("v", "district", ""), town.clock.now()):
            if place.site in (SITE, SAME_STREET, ELSEWHERE):
                start, _ = day_bounds(day_of(town.clock.now(), "Asia/Shanghai"), "Asia/Shanghai")
                plain = ledgers(connection, place.id, place.count_by, start)
                assert ledgers(connection, place.id, place.count_by, start, memory) == plain
                lines += sum(len(one.lines) for one in plain)
    return lines


def same_everywhere(town: Town, reader: CurveReader) -> int:
    """How many slots have people, so that nobody compares nothing."""
    now, rules, people = town.clock.now(), town.shell.state.house.rules, 0
    with read_only(town.engine) as connection:
        for scope in SCOPES:
            viewer = Viewer("v", "district", scope)
            plain = scope_curve(connection, viewer, now, rules)
            known = caught_up(connection, town.feed.picture, viewer, now, rules) if scope else None
            assert scope_curve(connection, viewer, now, rules, known, reader.moved) == plain
            people += sum(bool(point.people) for point in plain.today)
    return people


def passes(town: Town, chance: random.Random, ago: int) -> None:
    site, n = chance.choice((SITE, SAME_STREET, ELSEWHERE)), chance.randint(0, 3)
    kind = chance.choice(("flow", "flow", "count", "person.in", "status"))
    at = town.clock.at - ago
    if kind == "flow":
        town.happens(site, "occupancy.flow", at, **{"in": n, "out": 3 - n})
    elif kind == "count":
        town.happens(site, "occupancy.count", at, count=n * 10, method="staff")
    elif kind == "person.in":
        town.happens(site, "person.in", at, person=f"tok-p{n}", area="main")
    else:
        town.happens(site, "device.status", at, device="door-1", online=True)


def test_whatever_comes_at_whatever_time_the_curve_is_the_one_of_all_slots_and_the_ledger_that_of_all_events(own_town):
    town, reader, memory, chance = own_town(), CurveReader(), Memory(5), random.Random(7)
    town.look()
    assert same_everywhere(town, reader) > 50
    for ago in (0, 7 * MINUTE, 3 * HOUR, 20 * HOUR, 11 * HOUR + 30 * MINUTE):
        for _ in range(3):
            passes(town, chance, ago + chance.randint(0, 200) * SECOND)
        town.clock.at += chance.choice((0, 100, 400)) * SECOND
        same_everywhere(town, reader)
        assert same_ledgers(town, memory) > 6
    town.happens(SITE, "occupancy.flow", area="annex", **{"in": 4, "out": 0})
    town.write(
        "update area set count_by = 'persons' where site_id = (select id from site where code = ?)", (ELSEWHERE,)
    )
    town.write("update change set n = n + 1 where name = 'registry'")
    town.look()
    same_everywhere(town, reader)
    town.clock.at += 14 * HOUR
    town.happens(SITE, "occupancy.flow", **{"in": 2, "out": 0})
    assert same_everywhere(town, reader) > 0


def slots_today(town: Town) -> range:
    return range(town.clock.at // SLOT_US - 138, town.clock.at // SLOT_US + 1)


def test_an_older_picture_than_the_remembered_one_reads_for_itself(own_town):
    town, reader = own_town(), CurveReader()
    tracks = {site: (2 * area,) for site, area in town.rows("select site_id, min(id) from area group by site_id")}
    with read_only(town.engine) as older:
        before = plainly_moved(older, tracks, slots_today(town))
        town.happens(SITE, "occupancy.flow", **{"in": 9, "out": 0})
        with read_only(town.engine) as newer:
            after = reader.moved(newer, tracks, slots_today(town))
        assert reader.moved(older, tracks, slots_today(town)) == before
    assert after.changes[-1] == before.changes[-1] + 9


class Broken:
    """Answers until it is asked for slots."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement, *said):
        if "FROM slot" in str(statement):
            raise ConnectionError("gone")
        return self._connection.execute(statement, *said)


def test_what_was_half_read_is_read_anew(own_town):
    town, reader = own_town(), CurveReader()
    tracks = {site: (2 * area,) for site, area in town.rows("select site_id, min(id) from area group by site_id")}
    with read_only(town.engine) as connection:
        try:
            reader.moved(Broken(connection), tracks, slots_today(town))
        except ConnectionError:
            plain = plainly_moved(connection, tracks, slots_today(town))
            assert reader.moved(connection, tracks, slots_today(town)) == plain
            assert any(plain.changes)
            return
    raise AssertionError("it should have failed")
