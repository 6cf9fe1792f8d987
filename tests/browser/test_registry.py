"""The registry in a browser: a site registered by one form, its password shown once, its line green by itself; a file."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from models.change import registry_changed
from models.database import transaction
from models.device import Device
from models.occupancy import SiteState
from models.place import Capacity, OpeningHours, Site, SiteTerm, Succession
from tests.browser.conftest import PHONE
from tests.browser.judging import SMALL_TARGETS
from tests.browser.seeded import CENTRE_SITE, STREETS
from tests.browser.test_judged import judge


@pytest.fixture(scope="module", autouse=True)
def alone(served):
    """The other pages of this session count the district's sites."""
    yield
    engine = served.district.engine
    with transaction(engine) as connection:
        mine = select(Site.id).where(Site.code.like("b-%"))
        for table in (Succession, OpeningHours, Capacity, Device, SiteState, SiteTerm):
            connection.execute(delete(table).where(table.site_id.in_(mine)))
        connection.execute(delete(Site).where(Site.code.like("b-%")))
        registry_changed(connection)


def test_a_site_is_registered_speaks_and_gets_another_password(desk, served):
    page = desk.open("/registry")
    page.fill("[data-part=registrysearch]", CENTRE_SITE)
    expect(page.locator("[data-part=registered] tr:visible")).to_have_count(1)
    assert page.url.endswith(f"/registry?q={CENTRE_SITE}")
    page.reload()
    expect(page.locator("[data-part=registered] tr:visible")).to_have_count(1)
    expect(page.locator("[data-part=registrysearch]")).to_have_value(CENTRE_SITE)
    page.click("a[href='/register']")
    filled_in_after_what_is_wrong_is_said(page, "b-777")
    password = shown_with_a_command_to_try(page)
    now = served.now()
    event = served.district.event("device.status", now, device="door-1", online=True)
    served.district.take("b-777", [event], now)
    expect(page.locator("[data-part=siteline]")).to_have_attribute("data-state", "live")
    expect(page.locator("[data-part=linesaid]")).to_contain_text("线路已通")
    page.reload()
    page.wait_for_selector("[data-painted]")
    assert password not in page.content()
    given_another(page, "b-777", password)
    merged_into(page, "b-777", CENTRE_SITE)
    page.goto(f"{served.url}/sites/{CENTRE_SITE}")
    expect(page.locator(".calmline", has_text="b-777")).to_be_visible()
    assert [one for one in desk.wrong if "422" not in one] == []  # what the form refused


def filled_in_after_what_is_wrong_is_said(page: Page, site: str) -> None:
    page.fill("#site-site", site)
    page.fill("#site-name_zh", "浏览器站")
    page.fill("#site-open_hours", "weekdays")
    expect(page.locator("[data-wrong=open_hours]")).to_contain_text("看不懂的开放时间")
    page.fill("#site-open_hours", "Mo-Fr 08:30-17:30")
    expect(page.locator("[data-part=hourswords]")).to_have_text("周一至周五 08:30–17:30；周六至周日 不开放")
    page.fill("#site-devices", "door-1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-wrong=kind]")).to_have_text("必填")
    assert page.evaluate("document.activeElement.id") == "site-kind"
    page.select_option("#site-kind", "CST")
    page.select_option("#site-street", index=1)
    page.click("[data-part=siteform] [type=submit]")


def shown_with_a_command_to_try(page: Page) -> str:
    """The password."""
    expect(page.locator("[data-part=linesaid]")).to_have_text("正在等待第一条消息…")
    expect(page.locator(".freshuser")).to_have_count(2)
    expect(page.locator(".freshuser").first).to_contain_text("mosquitto_pub")
    password = page.locator(".freshuser .secret code").nth(1).inner_text()
    assert len(password) > 40
    return password


def given_another(page: Page, user: str, password: str) -> None:
    """At the second press; and then it has to speak again."""
    again = page.locator(f"tr[data-user='{user}'] [data-user-give]")
    again.click()
    again.click()
    expect(page.locator(".freshuser")).to_have_count(1)
    assert page.locator(".freshuser .secret code").nth(1).inner_text() != password
    expect(page.locator("[data-part=linesaid]")).to_have_text("正在等待第一条消息…")


def merged_into(page: Page, site: str, other: str) -> None:
    page.fill("#end-successors", other)
    go = page.locator("[data-part=endform] [type=submit]")
    go.click()
    expect(go).to_have_text("再按一次确认")
    go.click()
    expect(go).to_have_text("重新开办")
    expect(page.locator(".kinlines")).to_contain_text(other)
    expect(page.locator(f"tr[data-user='{site}']")).to_contain_text("已停用")
    expect(page.locator("[data-part=fresh]")).to_be_hidden()


def test_a_file_is_checked_first_and_written_when_somebody_says_so(tidy, tmp_path):
    page = tidy("/registry", "en")
    street = STREETS[0][0]
    file = tmp_path / "sites.csv"
    file.write_text(
        f"site,name_zh,kind,street,capacity\nb-801,甲,CST,{street},40\nb-802,乙,XX,{street},0\n", encoding="utf-8"
    )
    page.set_input_files("#registry-file", file)
    expect(page.locator(".faults li")).to_have_count(2)
    expect(page.locator(".faults li").first).to_contain_text("line 3")
    file = tmp_path / "mended.csv"
    file.write_text(f"site,name_zh,kind,street,capacity\nb-801,甲,CST,{street},40\n", encoding="utf-8")
    page.set_input_files("#registry-file", file)
    expect(page.locator("[data-part=filesaid]")).to_contain_text("Nothing written yet. Sites to be made 1")
    page.click("[data-part=fileapply]")
    expect(page.locator("[data-part=filesaid]")).to_contain_text("Written. Sites made 1")
    with page.expect_download() as made:
        page.click("[data-part=filekeys]")
    assert "b-801," in made.value.path().read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/registry", "/register", f"/registry/{CENTRE_SITE}"])
def test_the_pages_are_accessible_and_whole_on_a_desk_and_on_a_phone(tidy, path, language):
    page = tidy(path, language)
    judge(page, language)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    judge(page, language, dark=False)
    assert page.evaluate(SMALL_TARGETS) == []
