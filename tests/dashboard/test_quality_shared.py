"""Rows of data quality that all viewers share are those that each would read for herself, and no others."""

import json
from collections import defaultdict
from dataclasses import astuple

import pytest

from dashboard.access import Viewer
from dashboard.picture_known import caught_up
from dashboard.quality_shared import EVERYBODY, FRESH_S, QualityShared, beside
from dashboard.queries.availability import available
from dashboard.queries.live import live_parts, site_row
from dashboard.queries.places import places
from dashboard.queries.quality import quality
from dashboard.queries.streams import integrity, outbox_sums
from models.availability import HeardSlot, availability, opening_spans, up_spans
from models.availability_read import opening_rules
from models.base import HOUR, MINUTE, SECOND
from models.database import read_only
from models.event import SLOT_US
from models.stream import size
from tests.dashboard.town import COMMUNITY, ELSEWHERE, OTHER_STREET, SITE, STREET, Town

SCOPES = ("", f"street:{STREET}", f"street:{OTHER_STREET}", f"community:{COMMUNITY}", f"site:{SITE}", "street:nowhere")
OFFICER = Viewer("v", "street", f"street:{STREET}")


def troubled(town: Town) -> None:
    """Something of everything that a row tells."""
    for seq in (1, 5, 5):
        event = town.event("occupancy.flow", boot="k3f9", seq=seq, **{"in": 1, "out": 0}) | {"id": f"m-{seq}"}
        town.say(SITE, json.dumps(event).encode())
    lost = [{"boot": "k3f9", "from": 2, "to": 2}]
    town.happens(SITE, "device.status", device="door-1", online=True, lost=lost)
    town.say(ELSEWHERE, b"{")
    town.happens(ELSEWHERE, "occupancy.flow", town.clock.at - 20 * MINUTE, **{"in": 1, "out": 0})


def plainly(town: Town, connection, scope: str) -> list:
    here = town.shell.state.house
    return quality(connection, Viewer("v", "district", scope), town.clock.now(), here.rules, here.limits)


@pytest.mark.parametrize("picture", [False, True])
def test_each_scope_gets_the_rows_that_it_would_read_itself(own_town, picture):
    town = own_town()
    if picture:
        town.look()
    troubled(town)
    here, shared = town.shell.state.house, QualityShared()
    with read_only(town.engine) as connection:
        for scope in SCOPES:
            viewer, known = Viewer("v", "district", scope), town.feed.picture if picture else None
            rows = shared.rows(connection, viewer, town.clock.now(), here.rules, here.limits, known)
            assert rows == plainly(town, connection, scope)
        mine = shared.rows(connection, OFFICER, town.clock.now(), here.rules, here.limits, None)
    assert {row.street for row in mine} == {STREET}
    assert any(row.missing and row.lost and row.duplicates for row in mine)


def test_rows_are_read_again_when_they_are_ten_seconds_old_or_the_registry_has_moved(own_town):
    town, clock = own_town(), [0.0]
    here, shared = town.shell.state.house, QualityShared(lambda: clock[0])

    def street() -> dict:
        with read_only(town.engine) as connection:
            rows = shared.rows(connection, OFFICER, town.clock.now(), here.rules, here.limits, None)
        return {row.site: row.rejected for row in rows}

    assert street()[SITE] == ()
    town.say(SITE, b"{")
    clock[0] = FRESH_S - 0.1
    assert street()[SITE] == ()
    clock[0] = FRESH_S
    assert street()[SITE] == (("not_json", 1),)
    # Whose a site is does not wait for ten seconds.
    town.write("update site set street = ? where code = ?", (OTHER_STREET, SITE))
    assert SITE not in street()
    town.write("update site set street = ? where code = ?", (STREET, ELSEWHERE))
    town.write("update change set n = n + 1 where name = 'registry'")
    assert ELSEWHERE in street()


def test_what_stands_beside_is_read_once_and_is_what_plain_counting_says(own_town):
    town = own_town()
    troubled(town)
    now, rules = town.clock.now(), town.shell.state.house.rules
    with read_only(town.engine) as connection:
        numbers = {place.id: place.site for place in places(connection, EVERYBODY, now)}
        made, alone = beside(connection, list(numbers), now, rules), available(connection, list(numbers), now, rules)
        rules_of = opening_rules(connection, list(numbers), now)
        registered = {place.id: place.created_at for place in places(connection, EVERYBODY, now)}
    heard = defaultdict(list)
    for site, *said in town.rows("select site_id, slot, minutes, events, timed, over_600s from site_slot"):
        heard[site].append(HeardSlot(*said))
    first, until, silent = (now - 24 * HOUR) // SLOT_US + 1, now // MINUTE * MINUTE, rules.silent_after_s * SECOND
    for id_ in numbers:
        hours = [0] * 24
        for one in heard[id_]:
            if first <= one.slot <= now // SLOT_US:
                hours[(one.slot - first) // 12] += 1
        assert made[id_].hours == tuple(hours)
        span = max(until - 24 * HOUR, registered[id_]), until
        opened = opening_spans(rules_of.get(id_, []), span, rules.zone, rules.exceptions)
        reaching = [
            one for one in heard[id_] if (until - 24 * HOUR - silent) // SLOT_US <= one.slot <= (until - 1) // SLOT_US
        ]
        plain = availability(opened, up_spans(reaching, silent))
        assert (made[id_].available.day if made[id_].available else None) == (plain if plain.expected_min else None)
    assert {id_: one.available for id_, one in made.items()} == alone
    assert any(sum(one.hours) > 20 for one in made.values())


def test_outboxes_add_up_to_what_each_of_them_says(own_town):
    town = own_town()
    troubled(town)
    with read_only(town.engine) as connection:
        for scope in SCOPES:
            plain: dict = defaultdict(lambda: (0, 0, 0))
            viewer = Viewer("v", "district", scope)
            for one in integrity(connection, viewer, None):
                before = plain[one.site]
                plain[one.site] = before[0] + size(one.missing), before[1] + one.lost, before[2] + one.duplicates
            assert outbox_sums(connection, viewer) == plain


def test_what_a_page_takes_from_the_picture_is_what_its_own_snapshot_says(own_town):
    town = own_town()
    town.look()
    rules, picture = town.shell.state.house.rules, town.feed.picture
    troubled(town)
    town.happens(SITE, "occupancy.flow", area="annex", **{"in": 4, "out": 0})
    for later in (0, 40 * MINUTE):
        town.clock.at += later
        now = town.clock.now()
        with read_only(town.engine) as connection:
            for scope in SCOPES:
                viewer = Viewer("v", "district", scope)
                known = caught_up(connection, picture, viewer, now, rules)
                mine = places(connection, viewer, now)
                live = live_parts(connection, mine)
                assert known.places == mine
                assert [known.live[one.id] for one in mine] == [live[one.id] for one in mine]
                rows = [site_row(one, live[one.id], (), now, rules) for one in mine]
                assert [told(known.rows[one.id]) for one in mine] == [told(row) for row in rows]
    town.write("update change set n = n + 1 where name = 'registry'")
    with read_only(town.engine) as connection:
        assert caught_up(connection, picture, EVERYBODY, town.clock.now(), rules) is None


def told(row) -> tuple:
    """Without the alarms, which a picture's rows have and a page's own do not."""
    return tuple(
        value
        for name, value in zip(row.__slots__, astuple(row), strict=True)
        if "alarm" not in name and name != "worst_grade"
    )
