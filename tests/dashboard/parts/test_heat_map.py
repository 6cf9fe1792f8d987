"""The shades of weekdays and hours: from nought where places are empty at times, else from the least, and the key says which."""

import pytest

from dashboard.parts.heat_map import Scale, heat_map, scale_of
from dashboard.parts.markup import markup
from dashboard.report_rows import HeatCell
from dashboard.words import Speech


@pytest.mark.parametrize(
    ("people", "scale", "steps"),
    [
        ([], Scale(0, 0), []),
        ([0, 0], Scale(0, 0), []),
        ([0, 3], Scale(0, 3), [(2, 1, 1), (4, 2, 2), (5, 3, 3)]),
        ([0, 12, 45], Scale(0, 45), [(1, 1, 8), (2, 9, 17), (3, 18, 26), (4, 27, 35), (5, 36, 45)]),
        ([20, 45], Scale(0, 45), [(1, 1, 8), (2, 9, 17), (3, 18, 26), (4, 27, 35), (5, 36, 45)]),
        ([190, 204, 218], Scale(190, 218), [(1, 190, 195), (2, 196, 201), (3, 202, 206), (4, 207, 212), (5, 213, 218)]),
        ([118, 120], Scale(118, 123), [(1, 118, 118), (2, 119, 119), (3, 120, 120), (4, 121, 121), (5, 122, 123)]),
    ],
)
def test_every_number_of_people_has_one_shade_and_the_key_names_them_all(people, scale, steps):
    assert scale_of(people) == scale
    assert scale.steps() == steps
    assert all(first <= n <= last for n in people if n for step, first, last in steps if step == scale.step(n))
    assert [scale.step(n) for n in people if n == 0 and scale.begins_at_nought] == [0] * people.count(0)


def told(*people):
    cells = [[HeatCell(n, 4) for n in people] + [HeatCell(None, 0)] * (24 - len(people))] * 7
    return markup(heat_map(Speech("zh"), cells))


def test_a_home_in_which_people_always_live_is_no_dark_block_and_says_where_its_shades_begin():
    home = told(197.2, 216.4, 190.0)
    assert [home.count(f'<td class="h{step}"') for step in range(6)] == [0, 7, 7, 0, 0, 7]
    assert "颜色从最少的 190 人起" in home


def test_a_place_that_is_empty_at_night_begins_at_nought():
    hall = told(0.0, 12.0, 60.0)
    assert [hall.count(f'<td class="h{step}"') for step in range(6)] == [7, 0, 7, 0, 0, 7]
    assert "不从 0 起" not in hall
    assert hall.count('class="none"') == 7 * 21
