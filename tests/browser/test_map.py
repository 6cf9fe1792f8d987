"""The map says of every site what the list says; it moves with what happens, and by mouse, finger and key."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.seeded import CENTRE_SITE, CLOSED, LATE, NEW, NOWHERE, SILENT, SOS, STREETS
from tests.browser.test_live import happens
from tests.running import until

MOVED = "d-013"
STREET = STREETS[1][0]
FAINT = re.compile("faint")
PIN = "[data-part=mapbox] .pin[data-site='{}']"


def pin(page, site):
    return page.locator(PIN.format(site))


def counted(page, what):
    return int(page.locator("[data-part=mapbox]").get_attribute(f"data-{what}"))


def scale(page):
    return float(page.locator("[data-part=map-ground]").get_attribute("transform").split("scale(")[1].rstrip(")"))


@pytest.mark.parametrize(
    ("site", "mark"),
    [(CENTRE_SITE, "STC-5"), (SILENT, "HCO-silent"), (NEW, "STC-new"), (CLOSED, "INST-closed"), (SOS, "CST-2")],
)
def test_a_mark_tells_kind_load_and_freshness(tidy, site, mark):
    page = tidy("/map")
    expect(pin(page, site).locator("use")).to_have_attribute("href", f"#pin-{mark}")


def test_what_is_late_is_dashed_and_what_is_urgent_has_a_ring_and_a_tag(tidy, served):
    page = tidy("/map")
    happens(served, "occupancy.count", MOVED, count=20, method="staff")
    expect(pin(page, LATE).locator("use")).not_to_have_css("stroke-dasharray", "none")
    expect(pin(page, MOVED).locator("use")).to_have_css("stroke-dasharray", "none")
    for site, grade in ((SOS, "1"), (SILENT, "2")):
        expect(pin(page, site)).to_have_attribute("data-grade", grade)
        expect(page.locator(f".tag[data-site='{site}']")).to_have_attribute("data-grade", grade)
    expect(page.locator(f".tag[data-site='{SOS}'] text").first).to_contain_text("一键呼叫")


def test_no_tag_lies_on_another_or_on_a_mark(tidy):
    page = tidy("/map")
    boxes = [box.bounding_box() for box in page.locator(".tag rect").all()]
    marks = [box.bounding_box() for box in page.locator(".pin use").all()]
    assert len(boxes) >= 3
    for n, one in enumerate(boxes):
        for other in boxes[n + 1 :] + marks:
            apart = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert apart or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]


def test_no_tag_lies_under_the_buttons(tidy):
    page = tidy("/map", size=(1920, 1080))
    tag = page.locator(f".tag[data-site='{CENTRE_SITE}'] rect")
    page.focus("[data-part=mapbox]")
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    page.wait_for_timeout(300)
    named, buttons = tag.bounding_box(), page.locator(".turns").bounding_box()
    assert named["y"] + named["height"] > buttons["y"]
    assert named["x"] + named["width"] <= buttons["x"]


def test_what_is_over_capacity_lies_under_no_other_mark(tidy):
    page = tidy("/map")
    expect(page.locator(f"[data-part=map-raised] .pin[data-site='{CENTRE_SITE}']")).to_have_count(1)


def test_a_mark_moves_with_what_happens_at_the_site(tidy, served):
    page = tidy("/map")
    happens(served, "occupancy.count", MOVED, count=1, method="staff")
    expect(pin(page, MOVED).locator("use")).to_have_attribute("href", "#pin-DCC-1")
    happens(served, "occupancy.count", MOVED, count=49, method="staff")
    expect(pin(page, MOVED).locator("use")).to_have_attribute("href", "#pin-DCC-4")


def test_every_site_of_the_map_stands_in_the_list_and_so_does_one_without_a_place(tidy):
    page = tidy("/map")
    expect(page.locator("a.site:visible")).to_have_count(24)
    expect(pin(page, NOWHERE)).to_have_count(0)
    expect(page.locator(f"a.site[href='/sites/{NOWHERE}']")).to_have_count(1)
    expect(page.locator("[data-part=unplaced]")).to_contain_text("（1）")


def test_a_street_then_a_site_and_back_again(tidy):
    page = tidy("/map")
    whole = scale(page)
    page.locator(f"path[data-street='{STREET}']").click(position={"x": 188, "y": 104})
    expect(page).to_have_url(f"{page.url.split('?')[0]}?street={STREET}")
    expect(page.locator("[data-part=mapcard] h2")).to_have_text("民治街道")
    expect(page.locator("a.site:visible")).to_have_count(4)
    until(lambda: scale(page) > whole, 90)
    page.go_back()
    expect(page.locator("a.site:visible")).to_have_count(24)
    pin(page, "d-002").click()
    expect(page.locator("#title")).to_contain_text("云杉")


def test_an_address_opens_its_street(tidy):
    page = tidy(f"/map?street={STREET}")
    expect(page.locator("select[name=street]")).to_have_value(STREET)
    expect(page.locator(f"path[data-street='{STREET}']")).to_have_class("street-land chosen")
    page.click("[data-part=map-whole]")
    expect(page).to_have_url(page.url.split("?")[0])
    expect(page.locator("select[name=street]")).to_have_value("")


def test_keys_move_and_scale_the_map(tidy):
    page = tidy("/map")
    whole = scale(page)
    page.focus("[data-part=mapbox]")
    page.keyboard.press("+")
    until(lambda: scale(page) > whole, 90)
    before = page.locator("[data-part=map-ground]").get_attribute("transform")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-part=map-ground]")).not_to_have_attribute("transform", before)
    page.keyboard.press("0")
    until(lambda: scale(page) == whole, 90)


def test_a_wheel_scales_about_the_pointer_and_a_drag_opens_nothing(tidy):
    page = tidy("/map")
    box = pin(page, "d-002").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(300)
    after = pin(page, "d-002").bounding_box()
    assert (after["x"] + after["width"] / 2, after["y"] + after["height"] / 2) == pytest.approx((x, y), abs=3)
    page.mouse.down()
    page.mouse.move(x + 80, y + 40, steps=5)
    page.mouse.up()
    dragged = pin(page, "d-002").bounding_box()
    assert dragged["x"] - after["x"] == pytest.approx(80, abs=3)
    assert page.url.endswith("/map")


def test_under_the_pointer_a_mark_says_its_name(tidy):
    page = tidy("/map")
    pin(page, "d-002").hover()
    expect(page.locator("[data-part=map-pop]")).to_contain_text("云杉社区长者服务站")


def test_on_a_phone_a_finger_asks_first_and_then_opens(desk, browser):
    context = browser.new_context(storage_state=desk.room.storage_state(), has_touch=True, locale="zh-CN")
    page = desk._page(context, "zh", "light", PHONE)
    page.goto(desk.served.url + "/map")
    page.wait_for_selector("[data-painted]")
    pin(page, "d-002").tap()
    expect(page.locator("[data-part=map-pop]")).to_be_visible()
    page.locator("[data-part=map-pop]").tap()
    expect(page.locator("#title")).to_contain_text("云杉")
    assert desk.wrong == []


def test_a_crowd_stands_together_and_parts_when_looked_at_closely(tidy):
    """Five thousand marks would hide each other: neighbours become one disc with their number."""
    page = tidy("/map")
    page.evaluate(
        """() => {
      const app = window.eldercare, paint = app.painters.map.paint;
      app.painters.map.paint = (root, frame, sites) => {
        const many = new Map(sites), one = sites.get('d-002');
        const at = n => ({ site: `x-${n}`, lon: 114 + (n % 71) / 900, lat: 22.62 + (n % 70) / 600 });
        for (let n = 0; n < 5000; n += 1) many.set(`x-${n}`, { ...one, ...at(n) });
        paint(root, frame, many);
      };
    }"""
    )
    until(lambda: counted(page, "discs") > 20, 90)
    assert page.locator("[data-part=mapbox] g").count() < 700
    said = page.locator(".disc text").evaluate_all(
        "all => all.reduce((sum, node) => sum + Number(node.textContent.replace(',', '')), 0)"
    )
    assert said + counted(page, "marks") == 5023
    called = page.locator(".tag").evaluate_all("tags => tags.map(tag => tag.dataset.site)")
    assert SOS in called
    for site in called:  # a tag leads to a mark, never to a crowd
        expect(pin(page, site)).to_have_count(1)
    page.locator("[data-part=mapbox]").focus()
    for _ in range(5):
        page.keyboard.press("+")
    until(lambda: counted(page, "discs") == 0, 90)


def test_the_list_filters_the_map_as_well(tidy):
    page = tidy("/map")
    page.select_option("select[name=state]", "silent")
    expect(pin(page, SILENT)).not_to_have_class(FAINT)
    expect(pin(page, "d-002")).to_have_class(FAINT)


def test_a_drawing_that_was_asked_for_before_its_page_was_left_is_let_go(tidy):
    """What it would say on the console fails the fixture."""
    page = tidy("/map")
    expect(pin(page, SOS)).to_be_visible()
    page.evaluate("""() => {
      document.querySelector('.turns button').click();
      window.eldercare.map.mount(document.createElement('div'));
      return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    }""")


def test_the_overview_of_a_wide_screen_carries_the_map_and_its_tags(tidy):
    page = tidy("/", size=(1920, 1080))
    expect(page.locator(PIN.format(SOS))).to_have_attribute("data-grade", "1")
    expect(page.locator(f".tag[data-site='{SOS}'] text").last).to_contain_text("呼叫")
    expect(page.locator(".over .sites-card")).to_be_hidden()
    page.click(".mapcard .mapend a")
    page.wait_for_selector(".sitespage[data-painted]")
