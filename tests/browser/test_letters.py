"""Days by mail in a browser: accessible, ordered by the form, tested and ended by a button, refusals said in words."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.judging import SMALL_TARGETS
from tests.browser.mailed import ADDRESS, LEFT, mail
from tests.browser.test_judged import judge

OVERLAPS = """() => {
    const cells = [...document.querySelectorAll('.dense td')].filter((cell) => cell.textContent).map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return [cell.textContent, range.getBoundingClientRect()];
    });
    return cells.flatMap(([text, a], n) => cells.slice(n + 1).filter(([, b]) =>
        a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
    ).map(([other]) => [text, other]));
}"""
"""Texts of the log that lie on each other."""


def opened(desk, language="zh", **more):
    page = desk.open("/letters", language, painted=False, **more)
    page.wait_for_selector("#letter-form button")
    return page


def fill(page, address, clock="06:30"):
    page.fill("#letter-form [name=address]", address)
    page.fill("#letter-form [name=clock]", clock)
    page.select_option("#letter-form [name=sites]", ["d-003", "d-004"])
    page.click("#letter-form button[type=submit]")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_accessible_and_whole_on_a_desk_and_on_a_phone(desk, language):
    page = opened(desk, language)
    fill(page, f"duty-{language}@district.example")
    mine = page.locator(".lines li", has_text=f"duty-{language}@district.example")
    mine.locator("[data-letter$='/test']").click()
    page.wait_for_selector(f"tr:has-text('duty-{language}') .letterstate")
    judge(page, language)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    judge(page, language, dark=False)
    assert page.evaluate(SMALL_TARGETS) == []
    assert desk.wrong == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_became_of_every_letter_is_legible_on_a_desk_and_on_a_phone(desk, language):
    if language == "zh":
        mail(desk.served.district, "duty-desk", int(time.time() * 1e6))
    page = opened(desk, language)
    mine = page.locator("tr", has_text=ADDRESS)
    expect(mine).to_have_count(len(LEFT))
    late = mine.filter(has_text={"zh": "对方没有开放", "en": "nobody listens there"}[language])
    expect(late).to_contain_text({"zh": "再试", "en": "again at"}[language])
    judge(page, language)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    judge(page, language, dark=False)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert page.evaluate(OVERLAPS) == []
    assert desk.wrong == []


def test_a_wish_is_ordered_ended_and_a_wrong_one_is_said_in_words(desk):
    page = opened(desk)
    fill(page, "a,b@district.example")
    expect(page.locator(".problem")).to_have_count(1)
    page.evaluate("document.querySelector('#letter-form [name=address]').type = 'text'")
    fill(page, "a,b@district.example")
    expect(page.locator(".problem")).to_have_text("邮箱格式不对；对接系统不填邮箱")
    fill(page, "calm@district.example")
    mine = page.locator(".lines li", has_text="calm@district.example")
    expect(mine).to_contain_text("每天 06:30")
    mine.locator("[data-letter$='/end']").click()
    expect(mine).to_have_count(0)
