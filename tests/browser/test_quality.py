"""Data quality and quarantine in a browser: whole and accessible, hostile bytes inert, a device bound and its number moved."""

import time

import pytest

import config
from dashboard.access import add_account
from ingest.inbox import answer, waiting
from ingest.intake import Batch
from ingest.reading import Message, read
from ingest.store.choice import store_for
from ingest.vendors.shelf import SAMPLES
from models.database import read_only, transaction
from tests.browser.conftest import DESK, PATIENCE_MS, PHONE
from tests.browser.judging import CLIPPED, OUTSIDE, WITHOUT_FILE
from tests.browser.seeded import Nowhere
from tests.browser.test_judged import COLOURS, serious

SITE = "d-014"
HOSTILE = '<img src=x onerror="window.owned=1">\u202e{"kind":'


def hears(district, topic: str, payload: bytes, now: int) -> list[str]:
    return takes(district, read(Message(topic, payload, False, now, Nowhere())), now)


def takes(district, items: list, now: int) -> list[str]:
    with transaction(district.engine) as connection:
        store = store_for(connection)
        taken = Batch(store, district.registry, config.load(environ={}), items, now).take_in()
        answer(store, items, taken.verdicts, now)
    return taken.verdicts


def drains(district, now: int) -> None:
    with read_only(district.engine) as connection:
        messages = waiting(connection, 0, 100)
    takes(district, [item for message in messages for item in read(message)], now)


@pytest.fixture(scope="module")
def troubled(served):
    """Rubbish of one site, a site that nobody knows, and a counter that nobody bound."""
    now = served.now()
    for payload in (HOSTILE.encode(), b"\xff\xfe\x00", b'{"id": "x", "kind": "occupancy.flow"}'):
        hears(served.district, f"eldercare/v1/{SITE}/events", payload, now)
    stranger = b'{"id": "u-1", "kind": "occupancy.count", "at": "2026-11-23T11:36:00+08:00", "count": 3}'
    hears(served.district, "eldercare/v1/not-yet/events", stranger, now)
    for n in (1, 2):
        payload = (SAMPLES / f"milesight-vs125-periodic-{n}.json").read_bytes()
        hears(served.district, f"eldercare/v1/{SITE}/raw/cam-1/up", payload, now + n)
    return served


@pytest.fixture(scope="module")
def mender(browser, troubled):
    """A page of somebody who may replay and bind."""
    add_account(troubled.district.engine, "mender", "admin", "", int(time.time() * 1e6))
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(troubled.link("mender"))
    page.click("button[type=submit]")
    page.wait_for_selector("[data-painted]")
    yield page
    context.close()


def judge(page):
    assert page.evaluate(WITHOUT_FILE) == []
    assert serious(page) == []
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", [f"/quality?site={SITE}", "/quarantine?unknown=not-yet"])
def test_the_pages_are_accessible_and_whole_on_a_desk_and_on_a_phone(troubled, tidy, path, language):
    page = tidy(path, language, size=DESK)
    judge(page)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    judge(page)
    if language == "zh":
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        assert serious(page, COLOURS) == []


def test_the_worst_comes_first_and_a_filter_stands_in_the_address(troubled, tidy):
    page = tidy("/quality")
    page.wait_for_selector(".qtable td.g")
    letters = page.locator(".qtable td.g").all_inner_texts()
    assert letters == sorted(letters, reverse=True)
    page.select_option("[name=grade]", "B")
    page.wait_for_url("**/quality?grade=B")
    page.wait_for_selector(".qtable .letter.C", state="detached")
    page.wait_for_selector(".qtable .letter.B")
    assert set(page.locator(".qtable td.g").all_inner_texts()) == {"B"}


def test_what_was_sent_is_shown_and_does_nothing(troubled, tidy):
    page = tidy(f"/quality?site={SITE}")
    page.wait_for_selector(".refused .octets")
    text = " ".join(page.locator(".refused .octets").all_inner_texts())
    assert "<img src=x" in text
    assert "\\u{202e}" in text
    assert "ff fe 00" in text
    assert page.evaluate("window.owned") is None
    assert page.locator("[data-post]").count() == 0  # a district officer looks, and does not replay


def test_an_unknown_counter_is_bound_with_a_preview_and_its_number_moves(troubled, mender):
    district, page = troubled.district, mender
    page.goto(troubled.url + "/quarantine")
    page.click(".qitem:has-text('cam-1')")
    page.wait_for_selector(".meaning .at:not(:empty)")
    assert page.locator("[name=table]").input_value() == "milesight-vs125"
    assert "occupancy" in " ".join(page.locator(".meaning").all_inner_texts())
    page.fill("[name=area]", "cam-hall")
    people = "select count(*) from head_count h join area a on a.id = h.track / 2 where a.code = 'cam-hall'"
    assert district_rows(district, people) == [(0,)]
    page.click("[data-part=bind]")
    page.wait_for_selector("[data-part=binding] [data-part=told]:not(:empty)")
    drains(district, troubled.now())
    assert district_rows(district, people)[0][0] > 0
    page.goto(troubled.url + f"/sites/{SITE}")
    page.wait_for_selector("text=cam-hall")
    assert district_rows(
        district, "select author, what from audit_entry where what not like 'session.%' and author = 'mender'"
    ) == [("mender", "device.bind")]


def test_a_replay_tells_what_became_of_it(troubled, mender):
    page = mender
    page.goto(troubled.url + f"/quality?site={SITE}")
    page.locator("[data-post]").first.click()
    found = "select count(*) from inbox where done_at is null"
    deadline = time.monotonic() + 60
    while district_rows(troubled.district, found) == [(0,)] and time.monotonic() < deadline:
        time.sleep(0.1)
    # The list is drawn anew while the worker is at it: the answer goes to the row that stands there then.
    page.evaluate(
        "() => { const row = document.querySelector('[data-post]').parentElement; row.replaceWith(row.cloneNode(true)) }"
    )
    drains(troubled.district, troubled.now())
    page.wait_for_selector(".refused [data-part=told]:not(:empty)")


def district_rows(district, sql: str) -> list[tuple]:
    with read_only(district.engine) as connection:
        return store_for(connection).rows(sql, ())
