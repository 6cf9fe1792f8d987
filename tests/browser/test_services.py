"""What begins at a site is on the open page of services; filters stand in the address."""

import json

from playwright.sync_api import expect

from contract import format_instant

SITE = "d-020"


def happens(served, kind, **rest):
    now = served.now()
    served.district.take(SITE, [served.district.event(kind, now, **rest)], now)


def test_a_service_appears_where_it_runs_and_goes_to_the_feed_when_it_is_done(tidy, served):
    due = format_instant(served.now())
    page = tidy("/services")
    happens(served, "service.planned", service="b-1", type="VC.HM", due_at=due)
    happens(served, "service.started", service="b-1", person="tok_nobody_0001")
    row = page.locator(".running li:visible", has_text="探访关爱-上门")
    expect(row).to_contain_text("进行中")
    expect(page.locator("[data-part=plan] tr:visible", has_text="探访关爱-上门")).to_contain_text("0 / 1")
    happens(served, "service.completed", service="b-1")
    expect(row).to_have_count(0)
    expect(page.locator("[data-part=moved] li:visible", has_text="探访关爱-上门")).to_contain_text("完成")
    assert "tok_nobody" not in json.dumps(page.content())


def test_filters_stand_in_the_address_and_work_from_it(tidy):
    page = tidy("/services?state=late")
    rows = page.locator(".running li:visible")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("迟到未始")
    page.select_option("select[name=state]", "overrun")
    expect(page.locator("[data-part=no-running]")).to_be_visible()
    assert page.url.endswith("?state=overrun")
    page.select_option("select[name=state]", "")
    page.click("[data-by=provider]")
    expect(page.locator("[data-part=plan] tr:visible").first).to_contain_text("中心")
