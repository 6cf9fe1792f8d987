"""Getting about: addresses, keys, language, theme, and what a stranger or a mistyped address sees."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.seeded import CENTRE_SITE, SILENT


def test_a_row_opens_its_site_without_a_reload_and_back_returns(tidy):
    page = tidy("/sites")
    page.evaluate("window.sameDocument = true")
    page.click(f"a.site[href='/sites/{CENTRE_SITE}']")
    expect(page.locator("#title")).to_have_text("青禾街道长者服务中心")
    page.wait_for_selector(f"[data-view='site:{CENTRE_SITE}'][data-painted]")
    page.go_back()
    page.wait_for_selector("[data-view=overview][data-painted]")
    expect(page.locator(f"a.site[href='/sites/{CENTRE_SITE}'] .count b")).not_to_have_text("—")
    assert page.evaluate("window.sameDocument")


def test_one_stream_for_each_tab_whatever_page_it_shows(desk):
    page = desk.blank()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/live?" in request.url else None)
    page.goto(desk.served.url + "/")
    page.wait_for_selector("[data-painted]")
    page.click(".side a[href='/sites']")
    page.wait_for_selector(".sitespage[data-painted]")
    assert len(asked) == 1


def test_filters_stand_in_the_address_and_are_read_from_it(tidy, served):
    served.silence(SILENT)
    page = tidy("/sites?state=silent")
    expect(page.locator("[data-part=list] a.site:visible")).to_have_count(1)
    expect(page.locator("select[name=state]")).to_have_value("silent")
    page.select_option("select[name=state]", "")
    page.fill("input[name=q]", "饭堂")
    page.wait_for_url("**/sites?q=*")
    assert page.locator("[data-part=list] a.site:visible").count() == 3
    page.fill("input[name=q]", "没有这样的站")
    expect(page.locator("[data-part=no-sites]")).to_be_visible()


def test_a_count_on_the_strip_leads_to_the_list_that_it_counts(tidy, served):
    served.silence(SILENT)
    page = tidy("/")
    page.click("[data-part=strip] [data-f=silent]")
    page.wait_for_selector(".sitespage[data-painted]")
    expect(page.locator("[data-part=list] a.site:visible")).to_have_count(1)
    expect(page.locator(f"a.site[href='/sites/{SILENT}']")).to_be_visible()


def test_it_can_be_used_without_a_mouse(tidy):
    page = tidy("/")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_selector(".sitespage[data-painted]")
    page.keyboard.press("/")
    expect(page.locator("input[name=q]")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("[data-part=list] a.site").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_selector(".onesite[data-painted]")
    page.keyboard.press("Escape")
    page.wait_for_selector(".sitespage[data-painted]")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_selector(".over[data-painted]")


def test_the_first_tab_stop_skips_to_the_content(tidy):
    page = tidy("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_formula_opens_by_hover_by_focus_and_by_tap(tidy):
    page = tidy("/")
    tip = page.locator("[data-part=tile-lunch] [role=tooltip]")
    expect(tip).to_be_hidden()
    page.hover("[data-part=tile-lunch] .tip")
    expect(tip).to_contain_text("已供份数 / 已订份数")
    expect(tip).to_be_visible()
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    page.focus("[data-part=tile-lunch] .tip button")
    expect(tip).to_be_visible()


def test_the_language_is_switched_and_stays(tidy):
    page = tidy("/")
    page.click("#language")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#title")).to_have_text("District overview")
    page.goto(page.url + "sites")
    expect(page.locator("#title")).to_have_text("Sites")


def test_a_language_in_the_address_holds_for_frame_and_pages(tidy):
    page = tidy(f"/sites/{CENTRE_SITE}?lang=en")
    expect(page.locator("#title")).to_have_text("Qinghe street elder centre")
    expect(page.locator(".side [data-menu='/']")).to_have_text("Overview")


def test_the_theme_is_switched_and_stays(tidy):
    page = tidy("/")
    page.click("#theme")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_dark_comes_by_itself_where_the_browser_prefers_it(desk):
    page = desk.blank(theme="none")
    page.emulate_media(color_scheme="dark")
    page.goto(desk.served.url + "/login")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 32, 38)"


def test_the_menu_shows_only_what_leads_somewhere(tidy):
    page = tidy("/")
    addresses = page.locator(".side a.item").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    for address in addresses:
        page.click(f".side a.item[href='{address}']")
        page.wait_for_selector("main[data-view]")
        expect(page.locator(f".side a.item[href='{address}']")).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("path", ["/sites/d-999", "/sites/%27%3E%3Cb%3E"])
def test_a_site_that_is_not_there_is_said_to_be_not_there(desk, path):
    page = desk.open(path, painted=False)
    expect(page.locator("main h2")).to_have_text("没有这一页")
    assert desk.wrong == []


def test_on_a_phone_the_menu_is_at_the_thumb(tidy):
    page = tidy("/", size=PHONE)
    expect(page.locator(".side")).to_be_hidden()
    page.click(".tabs a[href='/sites']")
    page.wait_for_selector(".sitespage[data-painted]")


def test_whoever_signs_out_is_out(browser, served):
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(served.link())
    page.click("button[type=submit]")
    page.wait_for_selector("[data-painted]")
    page.click("#sign-out")
    page.wait_for_url("**/login?why=signed_out")
    expect(page.locator(".problem")).to_contain_text("您已退出")
    page.goto(served.url + "/")
    page.wait_for_url("**/login")
    context.close()


def test_a_curve_has_its_twin_as_a_table_for_readers(tidy):
    page = tidy(f"/sites/{CENTRE_SITE}")
    rows = page.locator("table:has(caption) tbody tr")
    expect(rows).to_have_count(24)
    assert rows.nth(11).locator("td").first.inner_text() != "—"
    assert rows.nth(20).locator("td").first.inner_text() == "—"


def test_a_question_mark_tells_the_keys_and_each_of_them_works(tidy):
    page = tidy("/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    told = page.locator("#keys dt").all_text_contents()
    assert {"go", "ga", "gq", "gd", "gv", "jk"} <= set(told)
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    for key, address in (("a", "/alarms"), ("v", "/services"), ("q", "/quality"), ("d", "/days"), ("u", "/quarantine")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(f"**{address}")
        page.wait_for_selector(f".side a[href='{address}'][aria-current=page]")


def test_at_the_alarms_desk_keys_go_from_row_to_row(tidy):
    page = tidy("/alarms")
    page.wait_for_selector(".alarmlist li a")
    page.keyboard.press("j")
    page.keyboard.press("j")
    address = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")
    page.wait_for_selector(".alarmdesk.asone[data-painted]")
    page.keyboard.press("Escape")
    page.wait_for_selector(".alarmdesk.aslist[data-painted]")


def test_on_a_phone_the_rest_stands_under_more(tidy):
    page = tidy("/", size=PHONE)
    page.click(".tabs a[href='/alarms']")
    page.wait_for_selector(".alarmdesk[data-painted]")
    page.click(".tabs [data-opens=account]")
    expect(page.locator("#account")).to_contain_text("duty-desk")
    page.click("#account a[href='/quality']")
    page.wait_for_selector(".qualitypage")
    expect(page.locator("#account")).to_be_hidden()


def test_sound_says_whether_it_is_on_on_every_page(tidy):
    page = tidy("/")
    sound = page.locator(".top [data-sound]")
    expect(sound).to_have_text("声音提醒 关")
    sound.click()
    expect(sound).to_have_text("声音提醒 开")
    page.click(".side a[href='/map']")
    page.wait_for_selector(".mappage[data-painted]")
    expect(sound).to_have_text("声音提醒 开")
    page.reload()
    page.wait_for_selector(".mappage[data-painted]")
    expect(sound).to_have_text("声音提醒 待点击")
    sound.click()
    expect(sound).to_have_text("声音提醒 开")
    sound.click()
    expect(sound).to_have_text("声音提醒 关")
