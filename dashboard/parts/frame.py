"""What stands around every page: menu, head with clock, the banner for old data, the tab bar of a phone."""

import dash
from dash.development.base_component import Component

from dashboard.parts.marks import icon, state_mark
from dashboard.parts.reader import Reader, reader
from dashboard.parts.tags import a, button, dd, dialog, div, dl, dt, h1, h2, header, img, kbd, nav, span, time
from dashboard.words import Speech

MENU = (
    ("overview", "/", "o"),
    ("map", "/map", "m"),
    ("sites", "/sites", "s"),
    ("alarms", "/alarms", "a"),
    ("services", "/services", "v"),
    ("summary", "/days", "d"),
    ("history", "/history", "h"),
    ("quality", "/quality", "q"),
    ("quarantine", "/quarantine", "u"),
    ("walls", "/walls", "w"),
    ("registry", "/registry", "r"),
    ("accounts", "/accounts", "c"),
    ("audit", "/audit", "l"),
)
"""Name, address, and the key that opens it after g. Only what leads somewhere is shown."""
NEEDS = {
    "quality": "quality.read",
    "quarantine": "quality.read",
    "walls": "wall.pair",
    "registry": "registry.manage",
    "accounts": "account.manage",
    "audit": "audit.read",
}
"""Entry -> the permission without which it is not shown."""
TABS = ("overview", "map", "alarms", "sites", "summary")
"""What has room at the foot of a phone; the rest stands under the account."""
KEYS = (("/", "search"), ("j k", "rows"), ("Enter", "open"), ("Esc", "back"), ("?", "this"))


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
        _tabs(here),
        _account(here),
        _keys(here),
        div(id="spoken", kind="unseen", role="alert"),
        kind="app",
    )


def _menu(here: Reader) -> Component:
    say = here.say
    name = span(span(say("brand.first")), span(say("brand.second")))
    brand = div(img(src="/assets/marks/logo.svg", alt=""), name, kind="brand")
    simulated = [span(say("simulated"), kind="sim")] if here.simulated else []
    out = button(say("sign_out"), id="sign-out", type="button", kind="signout")
    keys = button(span(say("keys.hint")), type="button", kind="signout keyshint", data_opens="keys")
    foot = div(*simulated, keys, span(_own(here, "link cut"), out, kind="who"), kind="foot")
    return nav(brand, *(_item(say, *entry) for entry in _seen(here)), foot, kind="side", aria_label=say("menu"))


def _own(here: Reader, kind: str) -> Component:
    """Her name leads to her own account: password, second factor, sessions."""
    return a(here.name, href="/account", kind=kind, aria_label=f"{here.say('menu.own')}: {here.name}")


def _seen(here: Reader) -> list[tuple[str, str, str]]:
    return [entry for entry in MENU if here.may(NEEDS.get(entry[0], "page.read"))]


def _item(say: Speech, name: str, href: str, key: str) -> Component:
    word = say.named("menu", name)
    return a(
        icon(name),
        span(word),
        span(kind="count", hidden=True, data_count=name),
        href=href,
        kind="item",
        title=word,
        data_menu=href,
        data_key=key,
        aria_label=word,
    )


def _tabs(here: Reader) -> Component:
    say, order = here.say, {name: n for n, name in enumerate(TABS)}
    shown = sorted((entry for entry in _seen(here) if entry[0] in order), key=lambda entry: order[entry[0]])
    more = button(icon("more"), span(say("menu.more")), type="button", data_opens="account")
    return nav(*(_tab(say, *entry[:2]) for entry in shown), more, kind="tabs", aria_label=say("menu"))


def _tab(say: Speech, name: str, href: str) -> Component:
    return a(
        icon(name),
        span(say.named("menu", name)),
        span(kind="count", hidden=True, data_count=name),
        href=href,
        data_menu=href,
    )


def _account(here: Reader) -> Component:
    """On a phone: the pages that have no tab, the sound, and who is signed in."""
    say = here.say
    pages = [_tab(say, *entry[:2]) for entry in _seen(here) if entry[0] not in TABS]
    out = button(say("sign_out"), id="sign-out-tab", type="button", kind="btn")
    who = div(_own(here, "link cut"), *([span(say("simulated"), kind="sim")] if here.simulated else []), kind="who")
    return dialog(
        div(h2(say("menu.account")), _closes(say), kind="popuphead"),
        nav(*pages, aria_label=say("menu.more")),
        div(_sound(say), out, kind="ends"),
        who,
        kind="popup",
        id="account",
        aria_label=say("menu.account"),
    )


def _keys(here: Reader) -> Component:
    """What the keyboard does, for `?`."""
    say = here.say
    told = [(f"g {key}", say.named("menu", name)) for name, _, key in _seen(here)]
    told += [(key, say.named("key", name)) for key, name in KEYS]
    lines = [div(dt(*(kbd(one) for one in key.split())), dd(word)) for key, word in told]
    head = div(h2(say("keys.title")), _closes(say), kind="popuphead")
    return dialog(head, dl(*lines, kind="keylist"), kind="popup", id="keys", aria_label=say("keys.title"))


def _closes(say: Speech) -> Component:
    return button(say("keys.close"), type="button", kind="btn low", data_closes="")


def _sound(say: Speech) -> Component:
    """The script writes whether it is on; urgent calls ring on every page until somebody has seen them."""
    return button(
        icon("sound", small=True),
        span(say("sound.off")),
        type="button",
        kind="btn low soundbtn",
        data_sound="",
        aria_pressed="false",
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
        _sound(say),
        button(say("language.other"), id="language", type="button", kind="btn low", aria_label=other),
        button(icon("moon"), id="theme", type="button", kind="btn low", aria_label=say("theme")),
        kind="top",
    )


def _banner(say: Speech) -> Component:
    words = span(span(id="stale-since"), span(id="stale-tries", kind="soft"))
    retry = button(say("stale.retry"), id="stale-retry", type="button", kind="btn")
    return div(state_mark(state="late"), words, retry, kind="banner", role="status")
