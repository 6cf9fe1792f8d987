"""At the alarms desk: a call for help from the bell to the review, by two officers, and addresses that are nobody's."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from models.alarm import Alarm
from models.database import read_only
from tests.browser.conftest import PHONE
from tests.browser.judging import CLIPPED, SMALL_TARGETS
from tests.browser.test_judged import COLOURS, serious

SITE = "d-018"


@pytest.fixture(scope="module")
def call(served):
    """Somebody presses the bell; the number of her alarm."""
    now = served.now()
    served.district.take(SITE, [served.district.event("alarm.raised", now, alarm="bell-9", type="SOS")], now)
    with read_only(served.district.engine) as connection:
        return connection.execute(select(Alarm.id).where(Alarm.ref == "bell-9")).scalar_one()


def row(page, number):
    return page.locator(f".alarmlist li:visible a[href^='/alarms/{number}']")


def choose(page, move, value):
    page.click(f"[data-move={move}]")
    page.select_option("dialog[open] select", value)
    page.click("dialog[open] [type=submit]")
    expect(page.locator("dialog[open]")).to_have_count(0)


def main_move(page):
    return page.locator(".moves .btn.main:visible")


def test_a_call_for_help_goes_from_the_bell_to_the_review_on_two_open_pages(tidy, served):
    other = tidy("/alarms?grade=1")
    now = served.now()
    served.district.take(SITE, [served.district.event("alarm.raised", now, alarm="bell-1", type="SOS")], now)
    with read_only(served.district.engine) as connection:
        number = connection.execute(select(Alarm.id).where(Alarm.ref == "bell-1")).scalar_one()
    expect(row(other, number)).to_contain_text("一键呼叫")
    expect(other.locator("#spoken")).to_contain_text("一键呼叫")
    page = tidy(f"/alarms/{number}")
    expect(page.locator(".timer p")).to_contain_text("超时自动通知站点负责人")
    expect(main_move(page)).to_have_text("确认收到")
    expect(page.locator("[data-state=mine] .figure")).to_have_text("0")
    main_move(page).click()
    expect(row(other, number)).to_contain_text("已确认")
    page.locator("[data-state=mine]").press("Enter")
    assert page.url.endswith("?state=mine")
    expect(page.locator("[data-state=mine] .figure")).to_have_text("1")
    expect(row(page, number)).to_have_count(1)
    expect(main_move(page)).to_have_text("指派")
    choose(page, "assign", "street_duty")
    expect(row(other, number)).to_contain_text("街道值班")
    expect(row(page, number)).to_have_count(0)
    expect(page.locator(".listcard .blank h2")).to_have_text("没有等您处理的告警")
    expect(main_move(page)).to_have_text("记录已到场")
    main_move(page).click()
    expect(main_move(page)).to_have_text("记录处置")
    choose(page, "resolve", "helped")
    expect(row(other, number)).to_contain_text("处置")
    choose(page, "close", "reviewed")
    expect(row(other, number)).to_have_count(0)
    expect(page.locator(".alarmlog li:visible").first).to_contain_text("已复核")
    expect(page.locator(".steps [data-step=done]")).to_have_count(6)
    expect(page.locator(".alarmlog li:visible", has_text="指派")).to_contain_text("duty-desk")
    other.click("[data-state=settled]")
    assert other.url.endswith("?grade=1&state=settled")
    expect(row(other, number)).to_contain_text("办结")


def test_whoever_comes_second_hears_who_was_first(tidy, call):
    page, other = tidy(f"/alarms/{call}"), tidy(f"/alarms/{call}")
    page.click("[data-move=false]")
    page.select_option("dialog[open] select", "test")
    other.click("[data-move=assign]")
    other.select_option("dialog[open] select", "rescue")
    page.click("dialog[open] [type=submit]")
    expect(main_move(page)).to_have_count(0)
    other.click("dialog[open] [type=submit]")
    expect(other.locator("dialog[open] .wrong")).to_contain_text("duty-desk 已先一步：误报")


@pytest.mark.parametrize("address", ["/alarms/999999", "/alarms/0", "/alarms/1;drop", "/alarms/99999999999999999999"])
def test_a_forged_number_is_a_page_that_is_not_there(tidy, address):
    page = tidy(address, painted=False)
    expect(page.locator(".blank h2")).to_be_visible()
    expect(page.locator(".alarmcard")).to_have_count(0)


def test_each_row_that_waits_on_the_overview_is_one_alarm_with_the_limit_of_its_page(tidy, served):
    """Two of a kind at the same place are two."""
    pair = ("twin-1", "twin-2")

    def tells(kind):
        now = served.now()
        served.district.take(SITE, [served.district.event(kind, now, alarm=ref, type="VITAL") for ref in pair], now)

    tells("alarm.raised")
    with read_only(served.district.engine) as connection:
        numbers = list(connection.execute(select(Alarm.id).where(Alarm.ref.in_(pair))).scalars())
    page = tidy("/")
    for number in numbers:
        expect(page.locator(f".todo li:visible a[href='/alarms/{number}']")).to_have_count(1)
    waiting = page.locator(f".todo a[href='/alarms/{numbers[0]}']")
    said = waiting.locator("[data-f=limit]").inner_text()
    waiting.click()
    page.wait_for_selector(".alarmdesk[data-painted]")
    expect(page.locator(".alarmcard h2")).not_to_be_empty()
    expect(row(page, numbers[0]).locator("[data-f=limit]")).to_have_text(said)
    assert said.startswith("确认限 ")
    tells("alarm.cleared")
    for number in numbers:
        expect(row(page, number)).to_have_count(0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_alarm_is_accessible_and_whole_on_a_desk_and_on_a_phone(tidy, call, language):
    page = tidy(f"/alarms/{call}", language)
    for size in ((1440, 900), PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert serious(page) == []
        assert page.evaluate(CLIPPED) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SMALL_TARGETS) == []
    page.click("#theme")
    assert serious(page, COLOURS) == []
    page.click("#theme")
