"""The list of sites with its filters, for the overview and for the page of all sites."""

from html import escape

from dash import html
from dash.development.base_component import Component

from dashboard.parts.blank import DAWN, drawing
from dashboard.parts.card import field, part, slot
from dashboard.parts.marks import grade_mark, icon, kind_mark, load_cells, state_mark
from dashboard.words import Speech

STATES = ("silent", "new", "late", "live", "closed")
COLUMNS = ("name", "street", "kind", "count", "load", "age", "alarms")


def site_list(say: Speech) -> Component:
    """Worst first; rows come two hundred at a time as the reader reaches the end."""
    header = html.Header([html.H2(say("list.title")), part("sites-total", html.Span, className="mute xs"), _filters(say)])
    more = part("more", html.P, [say("list.more")], className="none", hidden=True)
    every = html.A(say("list.all"), href="/sites", className="btn big allsites")
    nothing = part("no-sites", html.Div, [drawing(DAWN), part("no-sites-why", html.P)], className="blank", hidden=True)
    scroll = part("scroll", html.Div, [_heads(say), part("list", html.Ol, className="list"), nothing, more, every], className="scroll", tabIndex=-1)
    return html.Section([header, scroll], className="card sites-card", **{"data-part": "sites"})


def site_slot(say: Speech) -> html.Template:
    name = html.Span([state_mark("mark"), field("state", kind="unseen"), field("name", kind="cut")], className="name")
    kind = html.Span([kind_mark("shape"), field("kind", kind="cut")], className="kind")
    count = html.Span([field("people", tag=html.B, kind="figure"), field("capacity", tag=html.Small)], className="count")
    load = html.Span([load_cells(), field("band")], className="load", **{"data-f": "load"})
    alarms = html.Span([grade_mark("grade"), field("alarms"), field("alarmword", kind="unseen")], className="alarms")
    cells = [name, field("street", kind="street"), kind, count, load, field("age", kind="age"), alarms]
    return slot("site", html.Li(html.A(cells, className="site", href="/sites")))


def _heads(say: Speech) -> html.Div:
    words = {"name": "list.name", "street": "list.street", "kind": "list.kind", "count": "list.count"}
    words |= {"load": "list.load", "age": "list.age", "alarms": "streets.alarms"}
    right = ("count", "age", "alarms")
    cells = [html.Span(say(words[name]), className="num" if name in right else None) for name in COLUMNS]
    return html.Div(cells, className="heads", **{"aria-hidden": "true"})


def _filters(say: Speech) -> Component:
    """Native fields as text: Dash has no plain input. The script sets them in and keeps their values in the address."""
    search = escape(say("list.search"))
    text = (
        f'<label><span class="unseen">{search}</span><span class="ic ic-search small" aria-hidden="true"></span>'
        f'<input name="q" type="search" placeholder="{search}" autocomplete="off" maxlength="64"></label>'
    )
    streets = _choice(say("list.street"), "street", [("", say("list.street_all"))])
    states = [("", say("list.state_all")), ("alarm", say("list.with_alarm"))]
    states += [(state, say.named("state", state)) for state in STATES]
    form = f'<form class="filters" role="search">{text}{streets}{_choice(say("list.state"), "state", states)}</form>'
    return drawing(form, "filterbox")


def _choice(label: str, name: str, options: list[tuple[str, str]]) -> str:
    words = "".join(f'<option value="{escape(value)}">{escape(word)}</option>' for value, word in options)
    return f'<label><span class="unseen">{escape(label)}</span><select name="{name}">{words}</select></label>'
