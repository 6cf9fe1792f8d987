"""The manager's page in a browser: read, judged, signed and printed on one sheet."""

import re
import time

import pytest
from playwright.sync_api import expect

from dashboard.access import add_account
from tests.browser import lived
from tests.browser.addresses import ADDRESSES
from tests.browser.conftest import PHONE
from tests.browser.judging import SMALL_TARGETS
from tests.browser.lived import LIVED, YESTERDAY
from tests.browser.test_judged import judge, judge_also

PATH = f"/days/{LIVED}/{YESTERDAY.isoformat()}"
LIST = f"/days?day={YESTERDAY.isoformat()}"


@pytest.fixture(scope="module", autouse=True)
def past(served):
    lived.live(served.district)


def opened(desk, path, language, **more):
    page = desk.open(path, language, painted=False, **more)
    page.wait_for_selector(".sheet .daycurve:visible svg" if path.startswith(PATH) else ".days-card form")
    return page


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", [PATH, LIST])
def test_the_pages_of_days_are_accessible_and_whole_on_a_desk_and_on_a_phone(desk, path, language):
    page = opened(desk, path, language)
    judge(page, language)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    judge(page, language, dark=False)
    assert page.evaluate(SMALL_TARGETS) == []
    assert desk.wrong == []


@pytest.mark.parametrize(
    ("path", "part", "language"),
    [
        (ADDRESSES["/reports/<site>/<period>"].path, ".sheet.report", "zh"),
        (ADDRESSES["/district/<period>"].path, ".sheet.report", "en"),
        (ADDRESSES["/history"].path, ".page form", "zh"),
        (ADDRESSES["/persons/<site>"].path, ".personspage", "zh"),
    ],
)
def test_reports_history_and_persons_are_accessible_and_whole_on_a_desk_and_on_a_phone(desk, path, part, language):
    page = desk.open(path, language, painted=False)
    page.wait_for_selector(part)
    judge(page, language)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    judge(page, language, dark=False)
    assert page.evaluate(SMALL_TARGETS) == []
    judge_also(page, {"zh": "en", "en": "zh"}[language], part)
    assert desk.wrong == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_day_is_printed_on_one_sheet_of_a4_and_nothing_is_cut(desk, language):
    page = opened(desk, PATH, language)
    pages = re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True, print_background=True))
    assert len(pages) == 1
    page.emulate_media(media="print")
    assert page.evaluate("(s => s.scrollHeight <= s.clientHeight + 1)(document.querySelector('.sheet'))")
    expect(page.locator(".rail")).to_be_hidden()


def test_the_three_sentences_and_the_figures_are_there(desk):
    page = opened(desk, PATH, "zh")
    expect(page.locator(".say")).to_contain_text("比平常")
    expect(page.locator("[data-line='residents.roll']")).to_have_text("24")
    expect(page.locator(".six")).to_contain_text("120")
    page.click("#language")
    expect(page.locator(".say")).to_contain_text("more than the usual")


def test_a_manager_signs_and_the_district_sees_it(desk, browser, served):
    add_account(served.district.engine, "manager-li", "site", f"site:{LIVED}", int(time.time() * 1e6))
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(served.link("manager-li"))
    page.click("button[type=submit]")
    page.wait_for_selector("[data-painted]")
    page.goto(served.url + PATH)
    page.click("#day-sign")
    expect(page.locator(".rail")).to_contain_text("manager-li 已于")
    page.click("summary.btn")
    page.fill("[data-correct=heads] [name=n]", "3")
    page.click("[data-correct=heads] button")
    expect(page.locator("[data-part=day-problem]")).to_contain_text("已记录")
    context.close()
    officer = opened(desk, f"{LIST}&state=signed", "zh")
    expect(officer.locator(".days-card tbody tr")).to_have_count(1)
    expect(officer.locator(".days-card .sig")).to_contain_text("manager-li")
