"""What is usual: the same weekdays, neither a feast day nor a day that nobody heard."""

import pytest

from dashboard.access import Viewer
from dashboard.queries.places import places
from dashboard.queries.usual import spread, usual_curve
from dashboard.rows import UsualPoint
from models.base import HOUR
from models.civil_day import day_bounds, day_of
from models.database import read_only
from tests.browser.seeded import LIVE, NOON, SeededDistrict

ZONE = "Asia/Shanghai"
WEEK = 7 * 24 * HOUR
START = day_bounds(day_of(NOON, ZONE), ZONE)[0]


@pytest.fixture
def district(tmp_path):
    district = SeededDistrict(tmp_path / "eldercare.db")
    district.register(3)
    yield district
    district.engine.dispose()


def usual_of(district):
    with read_only(district.engine) as connection:
        (place,) = places(connection, Viewer("officer", "district", ""), NOON, LIVE)
        return {point.at: point for point in usual_curve(connection, place, day_of(NOON, ZONE), ZONE)}


def lived(district, week, people, hour=10):
    """So many people from this hour on, told in the hour after it, so many weeks ago."""
    at = START - week * WEEK + hour * HOUR
    district.take(LIVE, [district.event("occupancy.count", at, count=people)], at)
    events = [district.event("device.status", at + n * HOUR // 12, device="door-1", online=True) for n in range(12)]
    district.take(LIVE, events, at + HOUR)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([5, 3, 9, 4], (3, 4, 9)),
        ([10, 11, 12, 13, 14, 15, 16, 900], (11, 13, 16)),
        ([7, 7, 7, 7, 7, 0], (7, 7, 7)),
    ],
)
def test_the_spread_leaves_one_extreme_day_out_where_there_are_enough(values, told):
    assert spread(values) == told


def test_the_band_is_made_of_the_same_weekdays_only(district):
    for week, people in enumerate((10, 12, 14, 16, 18, 20, 22, 90), start=1):
        lived(district, week, people)
    other_day = START - WEEK + 24 * HOUR + 10 * HOUR
    district.take(LIVE, [district.event("occupancy.count", other_day, count=5000)], other_day)
    usual = usual_of(district)
    at = START + 10 * HOUR + HOUR // 2
    assert usual[at] == UsualPoint(at, 12, 16, 22)


def test_hours_that_too_few_weeks_were_heard_in_have_no_point(district):
    for week in (1, 2, 3):
        lived(district, week, 10)
    assert usual_of(district) == {}
    lived(district, 4, 10)
    assert set(usual_of(district)) == {START + 10 * HOUR + n * HOUR // 4 for n in range(1, 5)}


def test_a_site_that_was_never_heard_has_nothing_usual(district):
    assert usual_of(district) == {}
