"""What waits for a person: the alarms that are open, worst first, many of a kind in one row."""

from dataclasses import replace

import pytest

from dashboard.alarm_rows import AlarmRow, WideAlarm
from dashboard.needs import needs_of, tagged
from dashboard.rows import AreaRow, SiteRow
from models.base import SECOND
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
    ("one", "what", "numbers", "within_s"),
    [
        (alarm("OFFLINE"), "SILENT", (12,), 900),
        (alarm("OVERCAP", area="hall", numbers=(11, 10)), "OVERCAP", (12, 10), 600),
        (alarm("OVERCAP", area="gone", numbers=(11, 10)), "OVERCAP", (11, 10), 600),
        (alarm("NOTOPEN", 3), "NOTOPEN", (), 1800),
        (alarm("LATE", 3, numbers=(4,)), "LATE", (4,), 1800),
        (alarm("SOS", 1), "SOS", (), 60),
        (alarm("SOS", 1, state="on_site"), "SOS", (), 180),
        (alarm("SOS", 1, late=True), "SOS", (), None),
        (alarm("XYZ", 3), "XYZ", (), None),
    ],
)
def test_an_alarm_is_a_need(one, what, numbers, within_s):
    (need,) = needs_of(ROWS, {1: [one]}, (), (), DEADLINES)
    assert (need.what, need.numbers, need.site, need.since) == (what, numbers, "d-002", NOON)
    assert need.limit_at == (within_s and NOON + within_s * SECOND)


@pytest.mark.parametrize("one", [alarm("LOWBAT", 4), alarm("NEARCAP", 3)])
def test_what_nobody_need_do_now_is_not_one(one):
    assert needs_of(ROWS, {1: [one]}, (), (), DEADLINES) == []


def test_late_services_of_several_sites_are_one_row_since_the_oldest():
    late = {1: [alarm("LATE", 3, numbers=(4,))], 2: [alarm("LATE", 2, NOON - 5, numbers=(1,))]}
    (need,) = needs_of(ROWS, late, (), (), DEADLINES)
    assert (need.site, need.numbers, need.since, need.grade) == (None, (5,), NOON - 5, 2)
    assert (need.limit_at, need.unseen) == (NOON - 5 + 1800 * SECOND, True)


def test_the_worst_comes_first_then_the_oldest():
    waiting = {1: [alarm("OFFLINE", since=3), alarm("OFFLINE", since=2)], 2: [alarm("SOS", 1, since=9)]}
    assert [need.since for need in needs_of(ROWS, waiting, (), (), DEADLINES)] == [9, 2, 3]


def test_what_came_too_late_to_call_anybody_stands_behind_what_calls_but_within_its_grade():
    told_late, street_late = alarm("FALL", 1, since=1, late=True), WideAlarm(9, STREET, "OFFLINE", 2, 2, 8, late=True)
    waiting = {1: [told_late], 2: [alarm("SOS", 1, since=9, id=8), alarm("OFFLINE", since=5, id=6)]}
    found = needs_of(ROWS, waiting, [street_late], (), DEADLINES)
    assert [(need.grade, need.since) for need in found] == [(1, 9), (1, 1), (2, 5), (2, 2)]


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
    assert [(need.what, need.grade, need.unseen, need.limit_at) for need in waiting] == [
        ("SOS", 1, True, 9 + 60 * SECOND), ("GONE.SOS", 1, True, 1 + 60 * SECOND), ("SILENT", 2, True, NOON + 900 * SECOND),
    ]  # fmt: skip
    assert [need.what for need in tagged(waiting)] == ["SOS", "SILENT"]


def test_a_limit_counts_from_when_we_knew_at_one_site_and_at_a_whole_street():
    knew = NOON + 300 * SECOND
    street = WideAlarm(9, STREET, "OFFLINE", 2, NOON, 8, opened_at=knew)
    call, silent = needs_of(ROWS, {1: [alarm("SOS", 1, opened_at=knew)]}, [street], (), DEADLINES)
    assert (call.since, call.knew_at, call.limit_at) == (NOON, knew, knew + 60 * SECOND)
    assert (silent.since, silent.knew_at, silent.limit_at) == (NOON, knew, knew + 900 * SECOND)
