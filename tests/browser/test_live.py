"""What happens at a site is on the open page within a second; what is old looks old; nothing jumps."""

import re
import signal

from playwright.sync_api import expect

from tests.browser.judging import SHIFTS, WATCH_SHIFTS
from tests.browser.seeded import LATE, LIVE, NEW, SILENT
from tests.running import until

SITE = f"a.site[href='/sites/{LIVE}']"


def happens(served, kind, site=LIVE, **rest):
    now = served.now()
    served.district.take(site, [served.district.event(kind, now, **rest)], now)


def count_of(page, site=LIVE):
    return page.locator(f"a.site[href='/sites/{site}'] .count b")


def test_a_count_at_a_site_is_on_the_open_list(tidy, served):
    page = tidy("/sites")
    happens(served, "occupancy.count", count=17, method="staff")
    expect(count_of(page)).to_have_text("17")
    happens(served, "occupancy.flow", **{"in": 2, "out": 0})
    expect(count_of(page)).to_have_text("19")


def test_the_page_of_a_site_moves_with_it_and_its_working_agrees(tidy, served):
    page = tidy(f"/sites/{LIVE}")
    happens(served, "occupancy.count", count=21, method="staff")
    expect(page.locator(".areas .val [data-f=people]")).to_have_text("21")
    expect(page.locator(".ledger .total [data-f=number]")).to_have_text("21")
    expect(page.locator("[data-part=agrees] [data-f=text]")).to_have_text("按事件重算一致")
    expect(page.locator("svg.curve .end").first).to_have_text("21")
    expect(page.locator(".events time").first).to_have_text(page.locator("[data-part=events] time").first.inner_text())


def test_a_silent_site_keeps_its_number_greyed_and_says_that_it_is_not_counted(tidy):
    page = tidy("/sites")
    row = page.locator(f"a.site[href='/sites/{SILENT}']")
    expect(row).to_have_attribute("data-state", "silent")
    expect(row.locator(".age")).to_contain_text("无声 3")
    assert row.locator(".count b").inner_text() not in ("0", "—")
    page = tidy(f"/sites/{SILENT}")
    expect(page.locator(".notcounted")).to_contain_text("不计入全区合计")


def test_what_was_never_heard_is_a_dash_and_not_a_zero(tidy):
    page = tidy("/sites")
    expect(count_of(page, NEW)).to_have_text("—")
    page = tidy(f"/sites/{NEW}")
    expect(page.locator("[data-part=first-message]")).to_be_visible()
    expect(page.locator("[data-part=first-message]")).to_contain_text(f"eldercare/v1/{NEW}/events")


def test_clock_and_ages_go_by_the_servers_time_and_not_by_the_browsers(desk, served):
    page = desk.alone()
    page.clock.install(time="2031-01-01T00:00:00Z")
    page.goto(served.url + "/sites")
    page.wait_for_selector("[data-painted]")
    expect(page.locator("#date")).to_contain_text("2026-11-23")
    expect(page.locator(f"a.site[href='/sites/{LATE}'] .age")).to_contain_text("分")


def test_ages_run_on_between_two_words_of_the_sites(tidy, served):
    page = tidy("/")
    happens(served, "occupancy.count", count=9, method="staff")
    age, clock = page.locator("[data-part=tile-people] [data-f=age]"), page.locator("#clock").inner_text()
    expect(age).to_have_text(re.compile("^[0-2] 秒前$"))
    expect(age).to_have_text(re.compile("^[3-9] 秒前$"))
    assert page.locator("#clock").inner_text() != clock


def test_fifteen_seconds_without_a_word_are_said_in_plain_sight_and_forgotten_when_it_comes_back(desk, served):
    page = desk.alone()
    page.clock.install()
    page.goto(served.url + "/")
    page.wait_for_selector("[data-painted]")
    served.program._signal(signal.SIGSTOP)
    try:
        page.wait_for_timeout(500)
        page.clock.fast_forward(17_000)
        expect(page.locator(".banner")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("data-live", "stale")
        expect(page.locator("#stale-since")).to_contain_text("数据已过期")
        expect(page.locator("#line")).to_have_text("已断开")
        grey = page.evaluate("getComputedStyle(document.querySelector('.kpi .figure')).color")
        assert grey == page.evaluate("getComputedStyle(document.querySelector('.kpi .age')).color")
        assert page.locator("[data-part=tile-people] [data-f=value]").inner_text() not in ("0", "—")
    finally:
        served.program._signal(signal.SIGCONT)
    expect(page.locator(".banner")).to_be_hidden()
    expect(page.locator("html")).to_have_attribute("data-live", "on")


def test_the_page_comes_back_by_itself_after_the_server_was_gone(desk, served):
    page = desk.open("/sites")
    served.program.kill()
    expect(page.locator("#line")).to_have_text("重连中")
    served.program.start()
    expect(page.locator("#line")).to_have_text("实时")
    happens(served, "occupancy.count", count=23, method="staff")
    expect(count_of(page)).to_have_text("23")


def test_a_link_followed_while_the_server_is_gone_leaves_the_page_under_its_own_address(desk, served):
    page = desk.open("/")
    served.program.kill()
    page.click(".side a[href='/sites']")
    expect(page).to_have_url(f"{served.url}/sites")
    expect(page).to_have_url(f"{served.url}/")
    expect(page.locator("[data-part=tile-people]")).to_be_visible()
    served.program.start()
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    page.click(".side a[href='/sites']")
    expect(count_of(page)).to_be_visible()


def test_nothing_shifts_while_frames_arrive(tidy, served):
    page = tidy("/")
    page.wait_for_timeout(500)
    page.evaluate(WATCH_SHIFTS)
    for n in range(12):
        happens(served, "occupancy.count", count=9 + 37 * (n % 2), method="staff")
        page.wait_for_timeout(250)
    assert page.evaluate(SHIFTS) == []


def test_rows_do_not_change_places_under_a_pointer(tidy, served):
    page = tidy("/sites")
    rows = page.locator("[data-part=list] a.site")
    before = rows.evaluate_all("rows => rows.map(row => row.getAttribute('href'))")
    last = before[-1].removeprefix("/sites/")
    rows.nth(3).hover()
    happens(served, "alarm.raised", site=last, alarm=f"a-{last}", type="FALL")
    place = page.locator(f"a.site[href='/sites/{last}'] .alarms [data-f=alarms]")
    expect(place).to_have_text("1")
    assert rows.evaluate_all("rows => rows.map(row => row.getAttribute('href'))") == before
    page.mouse.move(5, 5)
    until(
        lambda: f"/sites/{last}" in rows.evaluate_all("rows => rows.slice(0, 3).map(row => row.getAttribute('href'))"),
        60,
    )
    happens(served, "alarm.cleared", site=last, alarm=f"a-{last}", type="FALL")


def test_a_new_call_for_help_is_spoken_once(tidy, served):
    page = tidy("/")
    happens(served, "alarm.raised", site="d-014", alarm="a-spoken", type="SOS")
    expect(page.locator("#spoken")).to_contain_text("一键呼叫")
    happens(served, "alarm.cleared", site="d-014", alarm="a-spoken", type="SOS")


REPAINTED = """() => { window.repainted = new Set(); new MutationObserver(seen => {
  for (const one of seen) { const row = one.target.closest?.('a.site') || one.target.parentElement?.closest('a.site');
    if (row && !one.target.closest?.('.age')) window.repainted.add(row.getAttribute('href')); }
}).observe(document.querySelector('[data-part=list]'),
  { subtree: true, childList: true, attributes: true, characterData: true }); }"""


def test_of_a_list_only_the_row_that_is_new_is_painted_again(tidy, served):
    page = tidy("/sites")
    page.wait_for_timeout(1500)
    page.evaluate(REPAINTED)
    happens(served, "occupancy.count", count=17, method="staff")
    expect(page.locator(f"{SITE} .count b")).to_have_text("17")
    assert page.evaluate("[...window.repainted]") == [f"/sites/{LIVE}"]
