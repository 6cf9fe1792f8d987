"""The list of sites with its filters, for the overview and for the page of all sites."""

from html import escape

from dash.development.base_component import Component

from dashboard.parts.blank import DAWN, drawing
from dashboard.parts.card import csv_link, field, slot
from dashboard.parts.card import nothing as hint
from dashboard.parts.marks import grade_mark, kind_mark, load_cells, state_mark
from dashboard.parts.tags import a, b, div, h2, header, li, ol, p, section, small, span
from dashboard.words import Speech

STATES = ("silent", "new", "late", "live", "closed")


def site_list(say: Speech) -> Component:
    """Worst first; rows come two hundred at a time as the reader reaches the end."""
    head = header(
        h2(say("list.title")),
        span(kind="mute xs", data_part="sites-total"),
        _filters(say),
        csv_link(say, "/export/sites.csv", say("list.title")),
    )
    nothing = div(drawing(DAWN), p(data_part="no-sites-why"), kind="blank", data_part="no-sites", hidden=True)
    every = a(say("list.all"), href="/sites", kind="btn big allsites")
    rows = [_heads(say), ol(kind="list", data_part="list"), nothing, hint("more", say("list.more")), every]
    return section(
        head, div(*rows, kind="scroll", data_part="scroll", tabIndex=-1), kind="card sites-card", data_part="sites"
    )


def site_slot() -> Component:
    name = span(state_mark("mark"), field("state", "unseen"), field("name", "cut"), kind="name")
    shape = span(kind_mark("shape"), field("kind", "cut"), kind="kind")
    count = span(field("people", "figure", tag=b), field("capacity", tag=small), kind="count")
    load = span(load_cells(), field("band"), kind="load", data_f="load")
    alarms = span(grade_mark("grade"), field("alarms"), field("alarmword", "unseen"), kind="alarms")
    cells = [name, field("street", "street"), shape, count, load, field("age", "age"), alarms]
    return slot("site", li(a(*cells, kind="site", href="/sites")))


def _heads(say: Speech) -> Component:
    left = [span(say("list.name")), span(say("list.street")), span(say("list.kind"))]
    right = [span(say("list.count"), kind="num"), span(say("list.load")), span(say("list.age"), kind="num")]
    return div(*left, *right, span(say("streets.alarms"), kind="num"), kind="heads", aria_hidden="true")


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
