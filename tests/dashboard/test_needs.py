"""What waits for a person: the alarms that are open, worst first, many of a kind in one row."""

from dataclasses import replace

import pytest

from dashboard.alarm_rows import AlarmRow, WideAlarm
from dashboard.needs import needs_of, tagged
from dashboard.rows import AreaRow, SiteRow
from tests.browser.seeded import NOON
from tests.dashboard.moves import DEADLINES
from tests.dashboard.town import OTHER_STREET, STREET

HALL = AreaRow("hall", 12, 12, 10, "counter", None, (), NOON)
SITE = SiteRow("d-002", "云杉", "Yunshan", "CST", STREET, None, 12, 10, "live", NOON, (HALL,), 5, 1, 2)
ROWS = {1: SITE, 2: replace(SITE, site="d-003", street=OTHER_STREET)}


def alarm(code, grade=2, since=NOON, **more):
    return AlarmRow(**({"id": 7, "site": "d-002", "type": code, "grade": grade, "area": None, "open": True, "late": False,
                        "raised_at": since, "cleared_at": None, "numbers": (), "parent": None} | more))  # fmt: skip


@pytest.mark.parametrize(
    ("one", "what", "numbers", "limit_s"),
    [
        (alarm("OFFLINE"), "SILENT", (12,), 900),
        (alarm("OVERCAP", area="hall", numbers=(11, 10)), "OVERCAP", (12, 10), 600),
        (alarm("OVERCAP", area="gone", numbers=(11, 10)), "OVERCAP", (11, 10), 600),
        (alarm("NOTOPEN", 3), "NOTOPEN", (), 1800),
        (alarm("LATE", 3, numbers=(4,)), "LATE", (4,), 1800),
        (alarm("SOS", 1), "SOS", (), 60),
        (alarm("XYZ", 3), "XYZ", (), None),
    ],
)
def test_an_alarm_is_a_need(one, what, numbers, limit_s):
    (need,) = needs_of(ROWS, {1: [one]}, (), (), DEADLINES)
    assert (need.what, need.numbers, need.limit_s, need.site, need.since) == (what, numbers, limit_s, "d-002", NOON)


@pytest.mark.parametrize("one", [alarm("LOWBAT", 4), alarm("NEARCAP", 3)])
def test_what_nobody_need_do_now_is_not_one(one):
    assert needs_of(ROWS, {1: [one]}, (), (), DEADLINES) == []


def test_late_services_of_several_sites_are_one_row_since_the_oldest():
    late = {1: [alarm("LATE", 3, numbers=(4,))], 2: [alarm("LATE", 2, NOON - 5, numbers=(1,))]}
    (need,) = needs_of(ROWS, late, (), (), DEADLINES)
    assert (need.site, need.numbers, need.since, need.grade) == (None, (5,), NOON - 5, 2)


def test_the_worst_comes_first_then_the_oldest():
    waiting = {1: [alarm("OFFLINE", since=3), alarm("OFFLINE", since=2)], 2: [alarm("SOS", 1, since=9)]}
    assert [need.since for need in needs_of(ROWS, waiting, (), (), DEADLINES)] == [9, 2, 3]


def test_sites_stand_behind_their_streets_alarm_where_that_is_seen():
    street = WideAlarm(9, STREET, "OFFLINE", 2, NOON, 8)
    waiting = {1: [alarm("OFFLINE", parent=9)]}
    assert [(need.what, need.site, need.numbers) for need in needs_of(ROWS, waiting, [street], (), DEADLINES)] == [
        ("SILENT", None, (8,))
    ]
    assert [need.site for need in needs_of(ROWS, waiting, (), (), DEADLINES)] == ["d-002"]


def test_an_alarm_of_another_place_is_nobodys_need_here():
    assert needs_of({1: SITE}, {2: [alarm("SOS", 1)]}, (), (), DEADLINES) == []


def test_a_call_taken_back_before_anybody_looked_waits_behind_those_that_hold():
    held, taken_back = {2: [alarm("SOS", 1, since=9)], 1: [alarm("OFFLINE", 2)]}, {1: [alarm("SOS", 1, since=1, id=8)]}
    waiting = needs_of(ROWS, held, (), (), DEADLINES, gone=taken_back | {3: [alarm("SOS", 1)]})
    assert [(need.what, need.grade, need.unseen, need.limit_s) for need in waiting] == [
        ("SOS", 1, True, 60), ("GONE.SOS", 1, True, 60), ("SILENT", 2, True, 900),
    ]  # fmt: skip
    assert [need.what for need in tagged(waiting)] == ["SOS", "SILENT"]


def test_the_limit_of_what_came_late_counts_from_when_we_knew():
    (need,) = needs_of(ROWS, {1: [alarm("SOS", 1, opened_at=NOON + 300_000_000)]}, (), (), DEADLINES)
    assert (need.since, need.limit_s) == (NOON, 360)
