"""The curve of a day: what is heard is a line, what is missing is dotted, never zero."""

import re
from datetime import datetime
from xml.etree import ElementTree

import pytest

from dashboard.figures.axis import ceiling, hours, ticks
from dashboard.figures.curve import HOUR, Words, curve, hourly
from dashboard.rows import CurvePoint, UsualPoint

START = 1_763_827_200_000_000  # 2025-11-23 00:00 in Shenzhen, on a slot border
MINUTE = HOUR // 60
ZONE = "Asia/Shanghai"
WORDS = Words("People inside", "Capacity 40 <max>", ZONE)


def points(start, *numbers, first_hour=8):
    return [
        CurvePoint(start + first_hour * HOUR + n * 5 * MINUTE, people, people, people)
        for n, people in enumerate(numbers)
    ]


def drawn(today=(), yesterday=(), now_hour=9.0, capacity=40, usual=()):
    svg = curve(today, yesterday, usual, START, START + 24 * HOUR, START + int(now_hour * HOUR), capacity, WORDS)
    return ElementTree.fromstring(svg)


def paths(svg, kind):
    return [node.get("d") for node in svg.iter("path") if node.get("class") == kind and node.get("d")]


def test_a_day_without_a_gap_is_one_line():
    svg = drawn(points(START, 1, 2, 3))
    assert len(paths(svg, "today")) == 1
    assert paths(svg, "gap") == []


def test_what_is_missing_is_a_dotted_line_between_the_neighbours_and_not_zero():
    svg = drawn(points(START, 10, 12, None, None, 20, 21))
    before, after = paths(svg, "today")
    (gap,) = paths(svg, "gap")
    assert gap == f"M{before.split('L')[-1]}L{after.removeprefix('M').split('L')[0]}"


def test_missing_at_the_end_draws_nothing_after_the_last_number():
    svg = drawn(points(START, 10, 12, None))
    assert paths(svg, "gap") == []
    assert svg.find(".//g[@class='now']/path[@class='today']").get("data-from") == ""


def test_zero_people_lie_on_the_foot_of_the_drawing():
    svg = drawn(points(START, 0, 0))
    assert {place.split(",")[1] for place in paths(svg, "today")[0].removeprefix("M").split("L")} == {
        svg.get("data-foot") + ".0"
    }


def test_yesterday_lies_under_the_same_hours():
    svg = drawn(points(START, 5, 5), points(START - 24 * HOUR, 5, 5))
    assert paths(svg, "today") == paths(svg, "yesterday")


def test_the_usual_band_reaches_into_the_hours_to_come_and_makes_room_for_itself():
    usual = [UsualPoint(START + hour * HOUR, 40, 50, 180) for hour in (8, 12, 16)]
    svg = drawn(points(START, 1), usual=usual, now_hour=9)
    (band,), (middle,) = paths(svg, "band"), paths(svg, "median")
    assert band.count("L") == 5
    assert band.endswith("Z")
    assert middle.count("L") == 2
    assert float(svg.get("data-top")) == 200


def test_without_known_weekdays_there_is_no_band():
    assert paths(drawn(points(START, 1)), "band") == paths(drawn(points(START, 1)), "median") == []


def test_nothing_of_the_future_is_drawn():
    svg = drawn(points(START, 1, 2, 3, 4), now_hour=8.1)
    assert paths(svg, "today")[0].count("L") == 1


def test_the_capacity_is_a_rule_with_its_word_escaped():
    svg = drawn(points(START, 1))
    assert len(paths(svg, "caprule")) == 1
    assert svg.find(".//text[@class='capword']").text == "Capacity 40 <max>"
    assert paths(drawn(points(START, 1), capacity=None), "caprule") == []


def test_the_number_at_the_end_is_the_last_one_heard():
    assert drawn(points(START, 1, 1234), capacity=None).find(".//text[@class='end']").text == "1,234"


def test_a_day_with_no_number_has_axes_and_no_end():
    svg = drawn([], [], capacity=None)
    assert svg.find(".//g") is None
    assert [node.text for node in svg.iter("text")][:2] == ["0", "1"]


def test_no_colour_stands_in_the_drawing():
    svg = curve(points(START, 1, 2), [], [], START, START + 24 * HOUR, START + 9 * HOUR, 40, WORDS)
    assert not re.search(r"#[0-9a-f]{3}|fill=|stroke=|rgb", svg)


def test_the_same_as_a_table_says_nothing_for_hours_to_come_and_hours_unheard():
    table = hourly(
        points(START, 3, 4, None),
        points(START - 24 * HOUR, 7, first_hour=20),
        [UsualPoint(START + 9 * HOUR, 1, 5, 6)],
        START,
        START + 24 * HOUR,
        START + 9 * HOUR,
        ZONE,
    )
    assert table[8] == ("08:00", 4, None, 5)
    assert table[9] == ("09:00", None, None, None)
    assert table[20] == ("20:00", None, 7, None)


@pytest.mark.parametrize(
    ("highest", "top"), [(4, 5), (18, 20), (40, 50), (90, 100), (250, 300), (280, 300), (4474, 5000)]
)
def test_an_axis_ends_a_little_above_the_highest_number(highest, top):
    assert ceiling(highest) == top
    marks = ticks(top)
    assert marks[0] == 0
    assert marks[-1] == top
    assert 3 <= len(marks) <= 6


@pytest.mark.parametrize(("hour", "span"), [(11, (6, 22)), (6, (6, 22)), (3, (0, 24)), (23, (0, 24))])
def test_the_curve_shows_the_waking_day_or_else_all_of_it(hour, span):
    assert hours(hour * HOUR, 24 * HOUR) == span


@pytest.mark.parametrize("capacity", [40, 900, 4_000, 12_000, 120_000])
def test_the_numbers_of_the_scale_have_room_beside_it(capacity):
    svg = drawn(points(START, 3), capacity=capacity)
    left = float(svg.get("data-left"))
    scale = [node for node in svg.iter("text") if node.get("text-anchor") == "end" and float(node.get("x")) < left]
    assert len(scale) > 2
    assert all(float(node.get("x")) >= 6.4 * len(node.text) for node in scale)
    assert left + float(svg.get("data-wide")) < 744


@pytest.mark.parametrize(
    ("day", "whole", "clocks"),
    [
        ("2026-03-28T23:00+00:00", 23, ["00:00", "01:00", "03:00", "04:00"]),
        ("2026-10-24T22:00+00:00", 25, ["00:00", "01:00", "02:00", "02:00"]),
        ("2026-06-30T22:00+00:00", 24, ["00:00", "01:00", "02:00", "03:00"]),
    ],
)
def test_hours_are_named_as_a_clock_on_the_wall_shows_them_over_a_change(day, whole, clocks):
    start, zone = int(datetime.fromisoformat(day).timestamp() * 1e6), "Europe/Berlin"
    end = start + whole * HOUR
    table = hourly([], [], [], start, end, start, zone)
    assert (len(table), [clock for clock, *_ in table][:4], table[-1][0]) == (whole, clocks, "23:00")
    svg = ElementTree.fromstring(curve([], [], [], start, end, start, 40, Words("", "", zone), step_h=1))
    drawn = [node.text for node in svg.iter("text") if node.get("class") == "ax" and ":" in node.text]
    assert (drawn[:4], drawn[-1], len(drawn)) == (clocks, "24:00", whole + 1)
