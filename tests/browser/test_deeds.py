"""Staff correct a count and close a site from its page: seen by everybody at once, by keyboard, and refusals are said."""

import threading
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.judging import CLIPPED, SMALL_TARGETS
from tests.browser.seeded import CENTRE_SITE
from tests.browser.test_judged import COLOURS, serious

SITE, DOOR_SITE = "d-016", "d-019"
ANSWER = "**/sites/*/count"


@pytest.fixture
def worker(served):
    """Drains the inbox beside the test."""
    stop = threading.Event()

    def run():
        while not stop.is_set():
            served.district.drain_inbox(served.now())
            time.sleep(0.02)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop.set()
    thread.join()


def now_at(page, site):
    return page.locator(f"a.site[href='/sites/{site}'] .count b")


def test_a_corrected_count_is_on_two_open_pages_and_in_the_ledger_at_once(tidy, worker):
    listed, page = tidy("/sites"), tidy(f"/sites/{SITE}")
    page.click("[data-deed=count]")
    expect(page.locator("[name=count]")).to_be_focused()
    page.fill("[name=count]", "27")
    expect(page.locator("dialog[open] .believed")).to_contain_text("相差")
    page.select_option("dialog[open] [name=reason]", "round")
    page.keyboard.press("Enter")
    expect(page.locator(".areas .val [data-f=people]")).to_have_text("27")
    expect(now_at(listed, SITE)).to_have_text("27")
    expect(page.locator("[data-part=deed-said]")).to_contain_text("27 人")
    line = page.locator(".ledger > div", has_text="例行盘点")
    expect(line).to_contain_text("区值班")
    expect(page.locator(".ledger .total [data-f=number]")).to_have_text("27")
    expect(page.locator("[data-deed=count]")).to_be_focused()


def test_a_site_that_is_closed_by_hand_leaves_n_and_comes_back_when_it_is_opened(tidy, worker):
    overview, page = tidy("/"), tidy(f"/sites/{DOOR_SITE}")
    total = int(overview.locator(".strip .of").inner_text().strip("/ "))

    def chosen(button, form, reason):
        expect(page.locator("[data-deed=door]")).to_have_text(button)
        page.click("[data-deed=door]")
        page.select_option("dialog[open] [name=reason]", reason)
        page.click("dialog[open] [data-f=go]")
        expect(page.locator("dialog[open]")).to_have_count(0)

    chosen("关门", "close", "weather")
    expect(page.locator(".sitehead [data-f=state]")).to_have_text("休息")
    expect(overview.locator(".strip .of")).to_have_text(f"/ {total - 1}")
    chosen("开门", "open", "back")
    expect(overview.locator(".strip .of")).to_have_text(f"/ {total}")


def test_what_is_wrong_is_said_beside_the_field_that_it_is_about(desk):
    page = desk.open(f"/sites/{SITE}")
    page.click("[data-deed=count]")
    page.fill("[name=count]", "many")
    page.click("dialog[open] [data-f=go]")
    expect(page.locator("dialog[open] .wrong")).to_contain_text("整数")
    expect(page.locator("[name=count]")).to_be_focused()
    expect(page.locator("[name=count]")).to_have_attribute("aria-invalid", "true")
    page.fill("[name=count]", "12")
    page.click("dialog[open] [data-f=go]")
    expect(page.locator("dialog[open] .wrong")).to_contain_text("选择一个原因")
    expect(page.locator("dialog[open] [name=reason]")).to_be_focused()
    for status, word in ((403, "不能在此站点"), (504, "已收下"), (503, "再试一次")):
        page.route(ANSWER, lambda route, _asked, status=status: route.fulfill(status=status, body="{}"))
        page.select_option("dialog[open] [name=reason]", "drift")
        page.click("dialog[open] [data-f=go]")
        expect(page.locator("dialog[open] .wrong")).to_contain_text(word)
        page.unroute(ANSWER)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert page.url.endswith(SITE)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_the_form_is_accessible_and_whole(tidy, language, size):
    page = tidy(f"/sites/{CENTRE_SITE}", language, size=size)
    page.emulate_media(reduced_motion="reduce")
    page.click("[data-deed=count]")
    page.wait_for_selector("dialog[open]")
    assert serious(page) == []
    assert page.evaluate(CLIPPED) == []
    assert size != PHONE or page.evaluate(SMALL_TARGETS) == []
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert serious(page, COLOURS) == []
