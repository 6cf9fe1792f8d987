"""A screen on a wall: let in by an officer's page, sent away by it, honest when the line is cut, itself again afterwards."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete

from ingest.store.choice import store_for
from models.database import transaction
from models.wall import WallPairing
from tests.browser.conftest import DESK, PATIENCE_MS
from tests.browser.test_live import happens

WIDE = (3840, 1080)
SMALL_LETTERS = """() => [...document.querySelectorAll('.frame *')].filter(node => {
  const own = [...node.childNodes].some(part => part.nodeType === 3 && part.textContent.trim());
  return own && !node.closest('.unseen, svg') && node.getClientRects().length && parseFloat(getComputedStyle(node).fontSize) < 28;
}).map(node => node.textContent.slice(0, 30))"""


class Screens:
    """Browsers without a person, each with cookies of its own."""

    def __init__(self, browser, desk) -> None:
        self._browser, self._desk, self._made = browser, desk, []
        self.wrong: list[str] = []

    def new(self, language: str = "zh", size: tuple[int, int] = DESK, clock: bool = False):
        context = self._browser.new_context(viewport={"width": size[0], "height": size[1]})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        if clock:
            page.clock.install()
        with transaction(self._desk.served.district.engine) as connection:
            connection.execute(
                delete(WallPairing)
            )  # this address asks for more codes in ten minutes than a street has screens
        page.goto(f"{self._desk.served.url}/wall?lang={language}")
        page.wait_for_selector("[data-code]")
        self._made.append(context)
        return page

    def hang(self, language: str = "zh", size: tuple[int, int] = DESK, name: str = "大厅"):
        """A wall, let in by the officer at her desk."""
        page, officer = self.new(language, size), self._desk.open("/walls")
        let_in(officer, page, name)
        page.wait_for_selector("[data-painted]")
        return page, officer

    def close(self) -> None:
        for context in self._made:
            context.close()


@pytest.fixture
def screens(browser, desk):
    screens = Screens(browser, desk)
    yield screens
    screens.close()
    assert screens.wrong == []


def let_in(officer, screen, name: str) -> None:
    officer.fill(".wallform [name=code]", screen.evaluate("document.documentElement.dataset.code"))
    officer.fill(".wallform [name=name]", name)
    officer.click(".wallform button")
    expect(officer.locator("[data-part=walls-told]")).to_contain_text(name)


def figure(page, tile: str = "people"):
    return page.locator(f"[data-part=tile-{tile}] [data-f=value]")


def test_an_officer_lets_a_screen_in_and_sends_it_away(screens, served):
    page, officer = screens.hang(name="指挥中心")
    expect(page.locator(".head [data-f=reporting]")).to_have_text(re.compile(r"^2\d$"))
    expect(page.locator("[data-f=asof]")).to_have_text(re.compile(r"^数据截至 1[12]:\d\d:\d\d$"))
    before = figure(page).inner_text()
    happens(served, "occupancy.count", count=37, method="staff")
    expect(figure(page)).not_to_have_text(before)
    row = officer.locator(".wallrows > li", has_text="指挥中心")
    expect(row.locator("[data-f=seen]")).to_have_text("在线")
    row.locator("button").click()
    row.locator("button").click()
    expect(page.locator("html")).to_have_attribute("data-code", re.compile(r"^\d{8}$"))
    expect(row).to_be_hidden()


def test_a_code_that_no_screen_shows_is_refused_in_words(desk):
    officer = desk.open("/walls")
    officer.fill(".wallform [name=code]", "00000000")
    officer.fill(".wallform [name=name]", "x")
    officer.click(".wallform button")
    expect(officer.locator("[data-part=walls-wrong]")).to_contain_text("没有屏幕在显示这个码")


def nothing_urgent(served):
    """Other tests of this district may have left something open."""
    with transaction(served.district.engine) as connection:
        closed = "update alarm set open = 0, holds = 0, state = 'closed', settled_at = opened_at where grade = 1"
        store_for(connection).write(closed, [()])
    happens(served, "device.status", site="d-010", device="door-1", online=True)


def test_views_take_turns_and_keys_hold_them(screens, served):
    nothing_urgent(served)
    page, _ = screens.hang()
    root = page.locator("html")
    expect(page.locator("[data-part=sum-1]")).not_to_have_class("some")
    page.keyboard.press("ArrowRight")
    expect(root).to_have_attribute("data-view", "1")
    expect(root).to_have_attribute("data-held", "")
    expect(page.locator(".thestreets")).to_be_visible()
    expect(page.locator(".themap")).to_be_hidden()
    page.keyboard.press("Space")
    expect(root).not_to_have_attribute("data-held", "")
    expect(root).to_have_attribute("data-view", "2")
    expect(root).to_have_attribute("data-view", "0")
    assert page.evaluate("getComputedStyle(document.querySelector('.frame')).cursor") == "none"


def test_a_call_for_help_stops_the_turns_on_the_map(screens, served):
    nothing_urgent(served)
    page, _ = screens.hang()
    page.keyboard.press("ArrowRight")
    happens(served, "alarm.raised", site="d-016", alarm="a-wall", type="SOS")
    try:
        expect(page.locator("html")).to_have_attribute("data-view", "0")
        expect(page.locator("[data-f=held]")).to_have_text("紧急告警，停在地图")
        expect(page.locator(".al li[data-grade='1'] [data-f=what]").first).to_have_text("一键呼叫")
    finally:
        happens(served, "alarm.cleared", site="d-016", alarm="a-wall", type="SOS")


def test_a_wall_says_that_the_line_is_cut_and_is_live_again_when_the_server_is(screens, served):
    page, _ = screens.hang()
    shown = figure(page).inner_text()
    served.program.kill()
    expect(page.locator(".stale")).to_be_visible()
    expect(page.locator("[data-part=since]")).to_contain_text("数据已过期")
    assert page.evaluate("document.querySelector('.stale').getBoundingClientRect().width === innerWidth")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('[data-part=since]')).fontSize)") >= 48
    assert figure(page).inner_text() == shown
    served.program.start()
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    expect(page.locator(".stale")).to_be_hidden()
    happens(served, "occupancy.count", count=61, method="staff")
    expect(figure(page)).not_to_have_text(shown)


def test_a_wall_that_is_older_than_the_server_loads_itself_anew(screens):
    page, _ = screens.hang()
    page.evaluate("document.documentElement.dataset.old = 1; document.documentElement.dataset.build = 'before'")
    expect(page.locator("html")).not_to_have_attribute("data-old", "1")
    page.wait_for_selector("[data-painted]")


def test_a_picture_that_is_no_longer_painted_says_so_and_is_loaded_anew(screens):
    page, _ = screens.hang()
    assert page.evaluate("getComputedStyle(document.querySelector('.frozen')).opacity") == "0"
    page.evaluate("document.documentElement.dataset.old = 1; window.requestAnimationFrame = () => 0")
    expect(page.locator("html")).not_to_have_attribute("data-old", "1")
    page.wait_for_selector("[data-painted]")
    page.evaluate("for (let id = setInterval(() => 0, 1e9); id > 0; id -= 1) clearInterval(id)")
    expect(page.locator(".frozen")).to_have_css("opacity", "1")
