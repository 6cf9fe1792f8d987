"""Accounts in a browser: somebody is invited, comes in by the link, afterwards by password and second factor; and names."""

import json
import re

import pyotp
from playwright.sync_api import Page, expect
from sqlalchemy import select

import config
from clock import real_now
from dashboard.access import Viewer, add_account, make_link
from dashboard.persons import Entry, enter
from dashboard.words import Speech
from models.audit import AuditEntry
from models.database import read_only
from models.sealing import seal_of
from tests.browser.addresses import ADDRESSES, AUDITOR
from tests.browser.conftest import PHONE
from tests.browser.judging import SMALL_TARGETS
from tests.browser.lived import LIVED
from tests.browser.serving import Served
from tests.browser.test_judged import judge, judge_also, judge_door
from tests.running import until

PASSWORD = "four words make it"
TOKEN = "tok-browser-1"


def test_somebody_is_invited_chooses_a_password_sets_up_a_factor_and_signs_in_with_both(desk, served):
    page = desk.open("/accounts", painted=False)
    link = invited(page, "liu.fang")
    assert re.fullmatch(rf"{re.escape(served.url)}/enter/[\w-]{{43}}", link)
    page.reload()
    expect(page.locator(".accountpage tbody tr", has_text="liu.fang")).to_contain_text("仅链接")
    browser = page.context.browser
    assert browser is not None
    hers = browser.new_context(locale="zh-CN")
    mine = hers.new_page()
    comes_by(mine, link)
    mine.goto(f"{served.url}/account")
    chooses_a_password(mine)
    codes = sets_up_a_factor(mine)
    hers.clear_cookies()
    signs_in(mine, f"{served.url}/login", "liu.fang", codes[0])
    hers.close()
    page.reload()
    disabled(page, "liu.fang")
    assert desk.wrong == []


def invited(page: Page, name: str) -> str:
    """The link that is shown once."""
    page.click("[data-act='/act/accounts'] [type=submit]")
    expect(page.locator("[data-act='/act/accounts'] .wrong")).to_have_text("请填写这一项。")
    page.fill("#person-name", name)
    page.select_option("#person-role", "site")
    scope = page.locator("#person-scope option:not([disabled])").first.get_attribute("value")
    assert scope is not None
    assert scope.startswith("site:")
    page.click("[data-act='/act/accounts'] [type=submit]")
    return page.locator("[data-part=once] code").inner_text()


def comes_by(page: Page, link: str) -> None:
    page.goto(link)
    page.click("button[type=submit]")


def chooses_a_password(page: Page) -> None:
    page.fill("#own-new", PASSWORD)
    page.fill("#own-again", PASSWORD + ".")
    page.click("[data-act='/act/account/password'] [type=submit]")
    expect(page.locator("[data-act='/act/account/password'] .wrong")).to_have_text("两次输入的新密码不一样。")
    page.fill("#own-again", PASSWORD)
    with page.expect_navigation():
        page.click("[data-act='/act/account/password'] [type=submit]")


def sets_up_a_factor(page: Page) -> list[str]:
    """Her recovery codes."""
    page.click("[data-act='/act/account/factor/begin']")
    picture = page.locator("[data-part=factorsetup] img")
    until(lambda: picture.evaluate("node => node.naturalWidth") > 100)
    app = pyotp.TOTP(page.locator("[data-part=factorsetup] code").inner_text().replace(" ", ""))
    page.fill("#factor-code", app.at(real_now() // 1_000_000))
    page.click("[data-act='/act/account/factor/confirm'] [type=submit]")
    expect(page.locator("[data-part=once] code")).to_have_count(10)
    return page.locator("[data-part=once] code").all_inner_texts()


def signs_in(page: Page, address: str, name: str, code: str) -> None:
    page.goto(address)
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/code")
    judge_door(page)
    page.fill("[name=code]", code)
    page.keyboard.press("Enter")
    page.wait_for_selector(".app")


def disabled(page: Page, name: str) -> None:
    """At the second press."""
    row = page.locator(".accountpage tbody tr", has_text=name)
    expect(row).to_contain_text("密码 · 动态口令")
    row.get_by_role("button", name="停用").click()
    with page.expect_navigation():
        row.get_by_role("button", name=re.compile("停用")).click()
    expect(page.locator(".accountpage tbody tr", has_text=name)).to_contain_text("已停用")


LOOK = """async ([path, count]) => {
  const token = decodeURIComponent(document.cookie.match(/_csrf_token=([^;]*)/)[1]), found = [];
  for (let n = 0; n < count; n++) found.push((await fetch(path, { method: 'POST',
    headers: { 'X-CSRFToken': token, 'Content-Type': 'application/json' },
    body: JSON.stringify({ purpose: 'visit', reason: 'once more' }) })).status);
  return found;
}"""


def test_a_name_is_shown_for_a_purpose_a_minute_long_and_so_many_times_an_hour(desk, served):
    keeps_a_name(served)
    page = desk.blank()
    page.clock.install()
    page.goto(served.url + ADDRESSES["/persons/<site>"].path)
    row, said = page.locator("tr", has_text=TOKEN), page.locator("[data-part=personsaid]")
    expect(row).to_contain_text("欧阳**")
    expect(row).to_contain_text("138****5678")
    row.get_by_role("button").click()
    expect(said).not_to_be_empty()
    assert looks(served) == []
    page.select_option("#person-purpose", "visit")
    page.fill("#person-reason", "每周探访前核对")
    row.get_by_role("button").click()
    expect(row).to_contain_text("欧阳修德")
    expect(row).to_contain_text("13812345678")
    (look,) = looks(served)
    assert look == {"fields": ["name", "contact"], "purpose": "visit", "reason": "每周探访前核对", "from": "127.0.0.1"}
    page.clock.fast_forward(61_000)
    expect(row).to_contain_text("欧阳**")
    expect(row).not_to_contain_text("1381")
    most = config.load(environ={}).web.reveals_per_hour
    statuses = page.evaluate(LOOK, [f"/act/persons/{LIVED}/{TOKEN}/reveal", most])
    assert statuses == [200] * (most - 1) + [429]
    row.get_by_role("button").click()
    expect(said).to_have_text(Speech("zh").named("personwrong", "often"))
    expect(row).to_contain_text("欧阳**")
    assert len(looks(served)) == most
    assert [one for one in desk.wrong if "429" not in one] == []


def keeps_a_name(served: Served) -> None:
    """As the site's staff hand it in."""
    key = seal_of(str(served.program.log.with_name("seal.key")))
    entries = [Entry(TOKEN, "欧阳修德", "13812345678")]
    staff = Viewer("zhao", "site", f"site:{LIVED}")
    enter(served.district.engine, staff, key, LIVED, entries, served.now(), real_now())


def looks(served: Served) -> list[dict]:
    wanted = select(AuditEntry.said).where(AuditEntry.what == "person.reveal").order_by(AuditEntry.id)
    with read_only(served.district.engine) as connection:
        return [json.loads(said) for said in connection.execute(wanted).scalars()]


def test_the_pages_of_accounts_are_whole_on_a_phone_and_for_everybody(desk, served):
    add_account(served.district.engine, "a-long-name-of-somebody@longhua.example", "street", "440309002", real_now())
    make_link(served.district.engine, "a-long-name-of-somebody@longhua.example", real_now(), 15)
    for path in ("/account", "/accounts"):
        page = desk.open(path, "en", "light", PHONE, painted=False)
        page.wait_for_selector(".accountpage")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], path
        assert page.evaluate(SMALL_TARGETS) == [], path
        judge(page, "en")
        judge_also(page, "zh", ".accountpage")


def test_what_auditors_read_is_accessible_and_whole_in_both_languages(desk, served):
    add_account(served.district.engine, AUDITOR, "auditor", "", real_now())
    browser = desk.room.browser
    assert browser is not None
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(served.link(AUDITOR))
    page.click("button[type=submit]")
    page.goto(served.url + ADDRESSES["/audit"].path)
    page.wait_for_selector(".auditpage")
    judge(page, "zh")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    judge_also(page, "en", ".auditpage")
    context.close()
