"""GCJ-02 and back: against published pairs, and round trips all over the country."""

from math import cos, hypot, radians

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.datum import gcj02_of, wgs84_of

METRES_PER_DEGREE = 111_320


def metres(one, other):
    north = (one[0] - other[0]) * METRES_PER_DEGREE
    return hypot(north, (one[1] - other[1]) * METRES_PER_DEGREE * cos(radians(one[0])))


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ],
)
def test_published_pairs_agree_to_a_centimetre(wgs84, gcj02):
    assert metres(gcj02_of(*wgs84), gcj02) < 0.01
    assert metres(wgs84_of(*gcj02), wgs84) < 0.01


@settings(deadline=None, max_examples=300)
@given(st.floats(1.5, 55), st.floats(73, 137))
def test_a_round_trip_comes_back_to_well_under_half_a_metre(lat, lon):
    assert metres(wgs84_of(*gcj02_of(lat, lon)), (lat, lon)) < 0.001


def test_the_shift_in_longhua_is_half_a_kilometre_so_that_forgetting_it_would_show():
    assert 300 < metres(gcj02_of(22.6569, 114.0266), (22.6569, 114.0266)) < 900


def test_outside_the_country_nothing_is_shifted():
    assert wgs84_of(51.5, -0.12) == (51.5, -0.12)
