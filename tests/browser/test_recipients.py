"""The page of recipients in a browser: named, tested against a stand-in that answers, ended; and the log of what was told."""

import sys

import pytest
from playwright.sync_api import expect

from models.database import transaction
from models.recipient import Recipient
from tests.browser.conftest import PHONE
from tests.browser.judging import SMALL_TARGETS
from tests.browser.test_judged import judge
from tests.ingest.standins import robot
from tests.running import Program


@pytest.fixture(scope="module")
def told(served, tmp_path_factory):
    """The clock process beside the server, with a robot that takes what it is told."""
    folder = tmp_path_factory.mktemp("clock")
    with robot() as other:
        secret = folder / "robot-1"
        secret.write_text(f"{other.address}\nSEC-0123456789\n")
        secret.chmod(0o600)
        given = {
            "ELDERCARE_DATABASE_URL": served.district.url,
            "ELDERCARE_CLOCK_OFFSET_S": f"{served.offset_s:.3f}",
            "ELDERCARE_NOTIFY_RECIPIENTS_FOLDER": str(folder),
        }
        program = Program([sys.executable, "-m", "ingest", "clock"], folder, "clock", **given)
        program.start()
        yield other
        program.end()
    with transaction(served.district.engine) as connection:
        connection.execute(Recipient.__table__.update().values(ended_at=1))


def name(page, level, place, channel, address):
    page.select_option("#recipient-level", label=level)
    page.select_option("#recipient-scope", label=place)
    page.select_option("#recipient-channel", channel)
    page.fill("#recipient-address", address)
    page.click("[data-part=recipientform] [type=submit]")


def test_a_robot_is_named_tested_heard_of_and_ended(tidy, served, told):
    page = tidy("/recipients")
    expect(page.locator(".none").first).to_contain_text("还没有指定接收人")
    page.click("[data-part=recipientform] [type=submit]")
    expect(page.locator("[data-part=recipientwrong]")).to_have_text("请选择级别。")
    page.select_option("#recipient-channel", "wecom")
    expect(page.locator("label[for=recipient-address]")).to_have_text("密钥文件名")
    name(page, "站点值班", "全区", "wecom", "robot-1")
    # Alarms that other tests left open are told to it as well, in the table of what was told.
    row = page.locator(".recipientpage tbody tr:has([data-recipient-test])", has_text="robot-1")
    expect(row).to_contain_text("未测试")
    page.click("[data-recipient-test]")
    expect(row.locator("td").nth(5)).to_contain_text("已发出 · errcode 0")
    assert any("测试 test · 站点值班" in one["body"]["text"]["content"] for one in told.taken)
    assert "SEC-" not in page.content()
    assert "k-1" not in page.content()
    now = served.now()
    served.district.take("d-006", [served.district.event("alarm.raised", now, alarm="bell-7", type="SOS")], now)

    def heard():
        return any("一键呼叫" in one["body"]["text"]["content"] for one in told.taken)

    while not heard():
        page.wait_for_timeout(200)
    page.reload()
    page.wait_for_selector("[data-painted]")
    line = page.locator(".recipientpage .card").nth(2).locator("tbody tr", has_text="robot-1").first
    expect(line).to_contain_text("企业微信机器人 robot-1")
    page.click("[data-recipient-end]")
    expect(page.locator("[data-recipient-end]")).to_have_text("再按一次停用")
    page.click("[data-recipient-end]")
    expect(page.locator(".none").first).to_contain_text("还没有指定接收人")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_accessible_and_whole_on_a_desk_and_on_a_phone(tidy, told, served, language):
    with transaction(served.district.engine) as connection:
        row = {"level": 2, "scope": "", "channel": "email", "made_by": "duty-desk", "made_at": 1, "test_state": "failed",
               "address": f"street.duty.{language}@longhua.example.cn", "test_at": served.now(),
               "test_detail": "not taken: SMTPRecipientsRefused"}  # fmt: skip
        connection.execute(Recipient.__table__.insert().values(**row))
    page = tidy("/recipients", language)
    judge(page, language)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    judge(page, language, dark=False)
    assert page.evaluate(SMALL_TARGETS) == []


def test_the_desk_leads_there(tidy):
    page = tidy("/alarms")
    page.click(".desktools a[href='/recipients']")
    page.wait_for_selector(".recipientpage[data-painted]")
