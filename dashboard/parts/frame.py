"""What stands around every page: menu, head with clock, the banner for old data, the tab bar of a phone."""

import dash
from dash.development.base_component import Component

from dashboard.access import PAIRS_WALLS
from dashboard.parts.marks import icon, state_mark
from dashboard.parts.reader import Reader, reader
from dashboard.parts.tags import a, button, div, h1, header, img, nav, span, time
from dashboard.quality_filter import SEES_QUALITY
from dashboard.words import Speech

MENU = (
    ("overview", "/"),
    ("map", "/map"),
    ("sites", "/sites"),
    ("alarms", "/alarms"),
    ("services", "/services"),
    ("summary", "/days"),
    ("quality", "/quality"),
    ("quarantine", "/quarantine"),
    ("walls", "/walls"),
)
"""Only what leads somewhere is shown."""
FOR_SOME = {"quality": SEES_QUALITY, "quarantine": SEES_QUALITY, "walls": PAIRS_WALLS}
TABS = ("overview", "map", "sites", "summary")
"""What has room at the foot of a phone."""


def frame() -> Component:
    """The layout of the application; the pages come and go inside it."""
    here = reader()
    say = here.say
    return div(
        a(say("skip"), href="#main", kind="skip", data_reload=""),
        _menu(here),
        _head(say),
        _banner(say),
        dash.page_container,
        _tabs(say),
        div(id="spoken", kind="unseen", role="alert"),
        kind="app",
    )


def _menu(here: Reader) -> Component:
    say = here.say
    name = span(span(say("brand.first")), span(say("brand.second")))
    brand = div(img(src="/assets/marks/logo.svg", alt=""), name, kind="brand")
    simulated = [span(say("simulated"), kind="sim")] if here.simulated else []
    out = button(say("sign_out"), id="sign-out", type="button", kind="signout")
    foot = div(*simulated, span(say("keys.hint")), span(span(here.name, kind="cut"), out, kind="who"), kind="foot")
    return nav(
        brand,
        *(_item(say, *entry) for entry in MENU if here.role in FOR_SOME.get(entry[0], (here.role,))),
        foot,
        kind="side",
        aria_label=say("menu"),
    )


def _item(say: Speech, name: str, href: str) -> Component:
    word = say.named("menu", name)
    return a(
        icon(name),
        span(word),
        span(kind="count", hidden=True, data_count=name),
        href=href,
        kind="item",
        title=word,
        data_menu=href,
        aria_label=word,
    )


def _tabs(say: Speech) -> Component:
    out = button(icon("lock"), span(say("sign_out")), id="sign-out-tab", type="button")
    return nav(*(_tab(say, *entry) for entry in MENU if entry[0] in TABS), out, kind="tabs", aria_label=say("menu"))


def _tab(say: Speech, name: str, href: str) -> Component:
    return a(
        icon(name),
        span(say.named("menu", name)),
        span(kind="count", hidden=True, data_count=name),
        href=href,
        data_menu=href,
    )


def _head(say: Speech) -> Component:
    back = span(say("back"))
    other = say("language.switch")
    return header(
        a(icon("back", small=True), back, id="back", href="/sites", kind="back", hidden=True, aria_label=say("back")),
        h1(kind="cut", id="title", tabIndex=-1),
        span(kind="gap"),
        span(state_mark(id="line-mark"), span(say("live.wait"), id="line"), kind="state"),
        time(id="date", kind="sm"),
        time(id="clock", kind="clock"),
        button(say("language.other"), id="language", type="button", kind="btn low", aria_label=other),
        button(icon("moon"), id="theme", type="button", kind="btn low", aria_label=say("theme")),
        kind="top",
    )


def _banner(say: Speech) -> Component:
    words = span(span(id="stale-since"), span(id="stale-tries", kind="soft"))
    retry = button(say("stale.retry"), id="stale-retry", type="button", kind="btn")
    return div(state_mark(state="late"), words, retry, kind="banner", role="status")
