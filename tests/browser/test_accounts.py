"""Accounts in a browser: somebody is invited, comes in by the link, and afterwards by password and second factor."""

import re

import pyotp
from playwright.sync_api import expect

from clock import real_now
from dashboard.access import add_account, make_link
from tests.browser.addresses import ADDRESSES, AUDITOR
from tests.browser.conftest import PHONE
from tests.browser.judging import SMALL_TARGETS
from tests.browser.test_judged import judge, judge_also, judge_door
from tests.running import until

PASSWORD = "four words make it"


def test_somebody_is_invited_chooses_a_password_sets_up_a_factor_and_signs_in_with_both(desk, served):
    page = desk.open("/accounts", painted=False)
    page.click("[data-act='/act/accounts'] [type=submit]")
    expect(page.locator("[data-act='/act/accounts'] .wrong")).to_have_text("请填写这一项。")
    page.fill("#person-name", "liu.fang")
    page.select_option("#person-role", "site")
    assert page.locator("#person-scope option:not([disabled])").first.get_attribute("value").startswith("site:")
    page.click("[data-act='/act/accounts'] [type=submit]")
    link = page.locator("[data-part=once] code").inner_text()
    assert re.fullmatch(rf"{re.escape(served.url)}/enter/[\w-]{{43}}", link)
    page.reload()
    expect(page.locator(".accountpage tbody tr", has_text="liu.fang")).to_contain_text("仅链接")

    browser = page.context.browser
    assert browser is not None
    hers = browser.new_context(locale="zh-CN")
    mine = hers.new_page()
    mine.goto(link)
    mine.click("button[type=submit]")
    mine.goto(f"{served.url}/account")
    mine.fill("#own-new", PASSWORD)
    mine.fill("#own-again", PASSWORD + ".")
    mine.click("[data-act='/act/account/password'] [type=submit]")
    expect(mine.locator("[data-act='/act/account/password'] .wrong")).to_have_text("两次输入的新密码不一样。")
    mine.fill("#own-again", PASSWORD)
    with mine.expect_navigation():
        mine.click("[data-act='/act/account/password'] [type=submit]")
    mine.click("[data-act='/act/account/factor/begin']")
    picture = mine.locator("[data-part=factorsetup] img")
    until(lambda: picture.evaluate("node => node.naturalWidth") > 100)
    app = pyotp.TOTP(mine.locator("[data-part=factorsetup] code").inner_text().replace(" ", ""))
    mine.fill("#factor-code", app.at(real_now() // 1_000_000))
    mine.click("[data-act='/act/account/factor/confirm'] [type=submit]")
    expect(mine.locator("[data-part=once] code")).to_have_count(10)
    codes = mine.locator("[data-part=once] code").all_inner_texts()
    hers.clear_cookies()

    mine.goto(f"{served.url}/login")
    mine.fill("[name=name]", "liu.fang")
    mine.fill("[name=password]", PASSWORD)
    mine.keyboard.press("Enter")
    mine.wait_for_url("**/login/code")
    judge_door(mine)
    mine.fill("[name=code]", codes[0])
    mine.keyboard.press("Enter")
    mine.wait_for_selector(".app")
    hers.close()

    page.reload()
    row = page.locator(".accountpage tbody tr", has_text="liu.fang")
    expect(row).to_contain_text("密码 · 动态口令")
    row.get_by_role("button", name="停用").click()
    with page.expect_navigation():
        row.get_by_role("button", name=re.compile("停用")).click()
    expect(page.locator(".accountpage tbody tr", has_text="liu.fang")).to_contain_text("已停用")
    assert desk.wrong == []


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
