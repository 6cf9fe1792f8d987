"""The invented district: any number of sites, real streets, everything else made up and said to be."""

import io
from collections import Counter

import pytest

from edge.simulator.names import COMMUNITIES, STREETS
from edge.simulator.places import MIX, _polygons, is_inside, place, places, write_csv
from models.place_file import read_places

SEED = 53


@pytest.mark.parametrize("count", [1, 6, 121, 5000])
def test_any_number_of_sites_makes_a_registry_that_loads_without_a_complaint(count):
    out = io.StringIO()
    write_csv(out, count, SEED)
    read = read_places(out.getvalue().encode())
    assert len(read.places) == count
    assert len({one.site for one in read.places}) == count


def test_a_site_is_the_same_in_a_district_of_any_size():
    assert list(places(6, SEED)) == list(places(5000, SEED))[:6]
    assert place(3, SEED) != place(3, SEED + 1)


def test_the_nine_kinds_stand_in_their_shares_on_six_streets():
    district = list(places(121, SEED))
    assert Counter(one.kind for one in district) == dict(MIX)
    assert {one.street for one in district} == set(STREETS)
    assert {one.street for one in district if one.kind == "STC"} == set(STREETS)
    assert len({one.name_zh for one in district}) == 121


def test_every_site_lies_in_its_street_and_in_one_of_its_communities():
    for one in places(400, SEED):
        assert any(is_inside(one.lon, one.lat, ring) for ring in _polygons()[one.street]), one.site
        assert any(f"={zh}社区/" in one.community for zh, _ in COMMUNITIES[one.street])


def test_the_registry_says_that_it_is_invented_and_holds_no_telephone():
    out = io.StringIO()
    write_csv(out, 50, SEED)
    read = read_places(out.getvalue().encode())
    assert {one.address for one in read.places} == {"演示地址(虚构) / invented for demonstration"}
    assert {one.phone for one in read.places} == {None}
