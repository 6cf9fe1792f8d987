"""What stands around every page: menu, head with clock, the banner for old data, the tab bar of a phone."""

import dash
from dash import html
from dash.development.base_component import Component

from dashboard.parts.marks import icon
from dashboard.parts.reader import Reader, reader
from dashboard.words import Speech

MENU = (("overview", "/"), ("sites", "/sites"))
"""Only what leads somewhere is shown."""


def frame() -> Component:
    """The layout of the application; the pages come and go inside it."""
    here = reader()
    say = here.say
    return html.Div(
        [
            html.A(say("skip"), href="#main", className="skip", **{"data-reload": ""}),
            _menu(here),
            _head(say),
            _banner(say),
            dash.page_container,
            _tabs(say),
            html.Div(id="spoken", className="unseen", role="alert"),
        ],
        className="app",
    )


def _menu(here: Reader) -> html.Nav:
    say = here.say
    brand = html.Div(
        [html.Img(src="/assets/marks/logo.svg", alt=""), html.Span([html.Span(say("brand.first")), html.Span(say("brand.second"))])],
        className="brand",
    )
    simulated = [html.Span(say("simulated"), className="sim")] if here.simulated else []
    foot = html.Div([*simulated, html.Span(say("keys.hint"))], className="foot")
    return html.Nav([brand, *(_item(say, *entry) for entry in MENU), foot], className="side", **{"aria-label": say("menu")})


def _item(say: Speech, name: str, href: str) -> html.A:
    word = say.named("menu", name)
    return html.A([icon(name), html.Span(word)], href=href, className="item", title=word, **{"data-menu": href, "aria-label": word})


def _head(say: Speech) -> html.Header:
    back = html.A([icon("back", small=True), html.Span(say("back"))], id="back", href="/sites", className="back", hidden=True, **{"aria-label": say("back")})
    live = html.Span([html.Span(id="line-mark", className="st", **{"data-state": "new", "aria-hidden": "true"}), html.Span(say("live.wait"), id="line")], className="state")
    return html.Header(
        [
            back,
            html.H1(id="title", tabIndex=-1),
            html.Span(className="gap"),
            live,
            html.Time(id="date", className="sm"),
            html.Time(id="clock", className="clock"),
            html.Button(say("language.other"), id="language", type="button", className="btn low", **{"aria-label": say("language.switch")}),
            html.Button(icon("moon"), id="theme", type="button", className="btn low", **{"aria-label": say("theme")}),
        ],
        className="top",
    )


def _banner(say: Speech) -> html.Div:
    words = html.Span([html.Span(id="stale-since"), html.Span(id="stale-tries", className="soft")])
    retry = html.Button(say("stale.retry"), id="stale-retry", type="button", className="btn")
    mark = html.Span(className="st", **{"data-state": "late", "aria-hidden": "true"})
    return html.Div([mark, words, retry], className="banner", role="status")


def _tabs(say: Speech) -> html.Nav:
    return html.Nav([_tab(say, *entry) for entry in MENU], className="tabs", **{"aria-label": say("menu")})


def _tab(say: Speech, name: str, href: str) -> html.A:
    return html.A([icon(name), html.Span(say.named("menu", name))], href=href, **{"data-menu": href})
