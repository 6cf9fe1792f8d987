"""The ground of the map keeps the district's proportions; each border is drawn once; a place lies in its street."""

import re
from xml.etree import ElementTree

import pytest

from dashboard.figures.district import HIGH, district_of, ground, plane_of
from dashboard.parts.map_card import GEOJSON, district, map_svg
from tests.browser.seeded import MIDDLES, STREETS
from tests.test_architecture import ROOT


def square(code, west, south, level="street"):
    ring = [[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1], [west, south]]
    said = {"code": code, "level": level, "label_lon": west + 0.5, "label_lat": south + 0.5}
    return {"properties": said, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def two_streets():
    whole = square("d", 0, 0, "district")
    whole["geometry"]["coordinates"] = [[[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]]
    return district_of({"features": [whole, square("a", 0, 0), square("b", 1, 0)]})


def test_north_is_up_and_the_district_is_a_thousand_high():
    plane = plane_of(two_streets())
    assert plane(0, 1) == (0, 0)
    assert plane(0, 0)[1] == pytest.approx(HIGH)
    assert plane(2, 0)[0] == pytest.approx(plane.wide)


def test_a_degree_of_longitude_is_shorter_away_from_the_equator():
    plane = plane_of(district())
    assert plane.across / plane.down == pytest.approx(0.9227, abs=0.001)  # the cosine of 22.7 degrees


def test_a_border_between_two_streets_is_drawn_once_and_the_rim_is_no_border():
    land = two_streets()
    drawn = ElementTree.fromstring(f"<g>{ground(land, plane_of(land))}</g>")
    (border,) = [node.get("d") for node in drawn if node.get("class") == "border"]
    assert border.count("M") == 1
    assert {place.split(",")[0] for place in re.split("[ML]", border)[1:]} == {f"{plane_of(land)(1, 0)[0]:.1f}"}


def test_every_street_of_the_district_is_an_area_to_press_on():
    svg = ElementTree.fromstring(map_svg())
    found = [node.get("data-street") for node in svg.iter("path") if node.get("data-street")]
    assert found == [code for code, *_ in STREETS]


@pytest.mark.parametrize(("street", "middle"), [*zip([code for code, *_ in STREETS], MIDDLES, strict=True)])
def test_the_middle_of_a_street_is_where_its_name_stands(street, middle):
    svg = ElementTree.fromstring(map_svg())
    x, y = plane_of(district())(*middle)
    (area,) = [node for node in svg.iter("path") if node.get("data-street") == street]
    assert (float(area.get("data-x")), float(area.get("data-y"))) == pytest.approx((x, y), abs=1)


def test_the_map_and_the_simulator_know_the_same_district():
    assert GEOJSON.read_bytes() == (ROOT / "edge" / "simulator" / "district.geojson").read_bytes()
