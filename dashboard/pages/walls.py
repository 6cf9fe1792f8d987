"""The screens on walls: which are let in, by whom, when they were last seen; letting one in and sending one away."""

import dash
from dash.development.base_component import Component

from dashboard.parts.card import card, csv_link, field, nothing, slot
from dashboard.parts.marks import state_mark
from dashboard.parts.missing import missing
from dashboard.parts.native import text_field
from dashboard.parts.reader import reader
from dashboard.parts.tags import b, button, div, li, main, p, span, ul
from dashboard.words import Speech

dash.register_page(__name__, path="/walls", name="walls")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    here = reader()
    if not here.may("wall.pair"):
        return missing()
    say = here.say
    names = {"data_view": "overview", "data_title": say("title.walls")}
    return main(_list(say), _add(say), slot("wall", _row(say)), kind="page wallspage", id="main", tabIndex=-1, **names)


def _list(say: Speech) -> Component:
    told = p(kind="told", data_part="walls-told", role="status")
    return card(
        say("walls.title"),
        ul(kind="wallrows", data_part="walls"),
        nothing("no-walls", say("walls.none")),
        told,
        end=csv_link(say, "/export/walls.csv", say("walls.title")),
    )


def _row(say: Speech) -> Component:
    seen = span(state_mark("mark"), field("seen"), kind="seen")
    by = span(span(say("walls.approved_by"), kind="mute"), field("by"), field("at", "mute"), kind="by")
    gone = button(field("revoke", text=say("walls.revoke")), type="button", kind="btn", data_revoke="")
    return li(field("name", "nm", tag=b), field("scope", "scope"), by, seen, gone)


def _add(say: Speech) -> Component:
    """The script puts the form in, and the scopes that this officer may give."""
    labels = (
        ("code", text_field("code", placeholder="1234 5678", most=9)),
        ("name", text_field("name", placeholder=say("walls.name_hint"), most=40)),
        ("scope", '<select name="scope"></select>'),
    )
    fields = "".join(f"<label><b>{say.named('walls', name)}</b>{inside}</label>" for name, inside in labels)
    press = f'<button type="submit" class="btn main big">{say("walls.approve")}</button>'
    form = f'<form class="wallform" data-part="wallform">{fields}{press}</form>'
    return card(
        say("walls.add"),
        p(kind="walltext", data_part="walls-how"),
        div(kind="formbox", data_fields=form),
        p(kind="wrong", data_part="walls-wrong", role="alert"),
        kind="walladd",
    )
