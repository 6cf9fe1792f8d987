"""Every page in both languages and themes, on a desk and on a phone: accessible, nothing clipped, nothing from elsewhere."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import PHONE
from tests.browser.judging import CLIPPED, OUTSIDE, SMALL_TARGETS, WITHOUT_FILE
from tests.browser.seeded import CENTRE_SITE, NEW, SILENT

PAGES = (
    "/",
    "/map",
    "/sites",
    "/services",
    "/alarms",
    "/calm",
    "/outages",
    f"/sites/{CENTRE_SITE}",
    f"/sites/{SILENT}",
    f"/sites/{NEW}",
)
LANGUAGES = ("zh", "en")
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
"""All that a theme can change."""


SETTLED = "() => Promise.allSettled(document.getAnimations().filter(one => one instanceof CSSTransition).map(one => one.finished))"
"""Colours on their way from one theme to the other are nobody's."""


def serious(page, options=RULES):
    page.evaluate(SETTLED)
    found = Axe().run(page, options=options).response["violations"]
    return [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def judge(page, language, dark=True):
    """In light with every rule; in dark only colours differ, and they are the same in every language and at every size."""
    assert serious(page) == []
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(WITHOUT_FILE) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language]
    if language == "zh" and dark:
        page.click("#theme")
        assert serious(page, COLOURS) == []
        page.click("#theme")


def judge_door(page):
    """A page before somebody is in: in both languages, and in the dark."""
    for language in LANGUAGES:
        page.context.add_cookies([{"name": "lang", "value": language, "url": page.url}])
        page.reload()
        page.wait_for_selector(".signin")
        assert serious(page) == []
        assert page.evaluate(CLIPPED) == []
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert serious(page, COLOURS) == []


def judge_also(page, language, part):
    """The page that was judged, in the other language: only its words can be other ones."""
    page.context.add_cookies([{"name": "lang", "value": language, "url": page.url}])
    page.reload()
    page.wait_for_selector(part)
    assert page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language]
    assert serious(page) == []
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_and_whole_on_a_desk_and_on_a_phone(tidy, path, language):
    page = tidy(path, language)
    judge(page, language)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    judge(page, language, dark=False)
    assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/login", "/login?why=expired", "/nowhere"])
def test_pages_without_figures_are_accessible_too(tidy, path, language):
    page = tidy(path, language, painted=False)
    page.wait_for_selector(".signin, .blank")
    assert serious(page) == []
    assert page.evaluate(CLIPPED) == []
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert serious(page, COLOURS) == []


def test_a_page_keeps_its_title_whatever_the_framework_writes(tidy):
    page = tidy("/")
    page.evaluate("document.title = ''")
    assert page.title() == "全区总览 | 龙华养老 实时监测"
    page.click(".side a[href='/sites']")
    page.wait_for_selector(".sitespage[data-painted]")
    assert page.title() == "站点 | 龙华养老 实时监测"


def test_the_overview_fits_one_screen_of_a_desk(tidy):
    page = tidy("/")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_at_double_size_nothing_scrolls_sideways(tidy):
    page = tidy("/", size=(960, 540))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


APART = """() => {
  const [facts, grades] = ['.strip > .facts', '.strip > .grades'].map(one => document.querySelector(one));
  const box = grades.getBoundingClientRect();
  return [...facts.querySelectorAll('dd > *:not(.tip)')].filter(one => one.offsetParent).every(one => {
    const own = one.getBoundingClientRect();
    return own.right <= box.left || own.top >= box.bottom || own.bottom <= box.top;
  });
}"""


@pytest.mark.parametrize("width", [768, 820, 1280])
def test_between_a_phone_and_a_desk_nothing_scrolls_sideways_or_lies_on_the_alarms(tidy, width):
    for path in ("/", f"/sites/{CENTRE_SITE}"):
        page = tidy(path, "en", size=(width, 900))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if path == "/":
            assert page.evaluate(APART)


def test_every_sheet_of_paper_has_margins_and_nothing_lies_on_the_alarms(tidy):
    page = tidy("/", "en")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    assert page.evaluate(APART)
    assert page.evaluate("getComputedStyle(document.querySelector('.app')).page") == "lists"
    named = "[...document.styleSheets].flatMap(one => [...one.cssRules]).filter(one => one.selectorText === 'lists')"
    assert page.evaluate(f"{named}.map(one => one.style.marginTop)") == ["10mm"]


def test_the_overview_is_light_on_the_wire(desk):
    page = desk.alone()
    received = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(desk.served.url + "/")
    page.wait_for_selector("[data-painted]")
    assert 100_000 < sum(received) < 700_000


def test_it_can_be_printed_with_all_its_rows(tidy):
    page = tidy("/sites")
    page.emulate_media(media="print")
    assert not page.is_visible(".side")
    assert not page.is_visible(".filters")
    assert page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflowY") == "visible"


@pytest.mark.parametrize("path", ["/", "/map", "/alarms", "/services", f"/sites/{CENTRE_SITE}"])
def test_what_was_dark_on_the_screen_is_dark_on_light_on_paper(tidy, path):
    page = tidy(path, theme="dark")
    page.emulate_media(media="print")
    ground, ink = page.evaluate(
        "['backgroundColor', 'color'].map(name => getComputedStyle(document.body)[name].match(/\\d+/g).map(Number)[0])"
    )
    assert ground > 230 > 60 > ink
    assert not page.is_visible(".side")
    assert not page.is_visible("[data-export]")
