"""A wall, its code and the page of walls, judged: accessible, whole, nothing small or cut; in both languages and themes."""

from itertools import pairwise

import pytest

from tests.browser.conftest import DESK, PHONE
from tests.browser.judging import CLIPPED, OUTSIDE, SMALL_TARGETS
from tests.browser.test_judged import COLOURS, LANGUAGES, serious
from tests.browser.test_wall import SMALL_LETTERS, WIDE, let_in, screens  # noqa: F401


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wall_is_accessible_and_nothing_on_it_is_small_or_cut(screens, language):  # noqa: F811
    page, _ = screens.hang(language)
    for size in (DESK, WIDE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.wait_for_timeout(600)
        for _view in range(3 if size == DESK else 1):
            assert serious(page) == []
            assert page.evaluate(CLIPPED) == [], size
            assert page.evaluate(OUTSIDE) == []
            assert page.evaluate(SMALL_LETTERS) == []
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(400)
    page.evaluate("document.documentElement.dataset.live = 'stale'")
    assert serious(page, COLOURS) == []


ROWS = "[...document.querySelectorAll('.al > li:not([hidden])')].map(row => row.getBoundingClientRect())"


def test_a_few_alarms_stand_together_at_the_top(screens):  # noqa: F811
    page, _ = screens.hang("en")
    page.set_viewport_size({"width": 1920, "height": 2000})
    page.wait_for_timeout(600)
    rows = page.evaluate(f"{ROWS}.map(row => [row.top, row.bottom])")
    assert len(rows) >= 2
    assert all(after[0] - before[1] < 20 for before, after in pairwise(rows))
    assert rows[0][1] - rows[0][0] <= 155


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_and_the_page_of_walls_are_accessible_on_desk_and_phone(screens, tidy, language):  # noqa: F811
    screen = screens.new(language)
    assert serious(screen) == []
    page = tidy("/walls", language)
    let_in(page, screen, "大厅 hall")
    page.wait_for_selector(".wallrows > li")
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for theme in ("light", "dark"):
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            assert serious(page) == []
        assert page.evaluate(CLIPPED) == [], size
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SMALL_TARGETS) == []
