"""The cards of the page of services, and the rows that its script fills."""

from html import escape

from dash.development.base_component import Component

from dashboard.parts.blank import drawing
from dashboard.parts.card import card, csv_link, field, nothing, slot
from dashboard.parts.tags import a, b, button, div, li, ol, p, span, table, tbody, td, th, thead, time, tr
from dashboard.words import Speech

STAGES = ("overrun", "late", "running")


def running_card(say: Speech) -> Component:
    lines = ol(kind="running", data_part="running")
    none = nothing("no-running", say("running.none"))
    short = p(kind="none", data_part="running-short", hidden=True)
    out = csv_link(say, "/export/services.csv", say("running.title"))
    total = span(span(data_part="running-total"), " ", out)
    return card(say("running.title"), _filters(say), lines, none, short, end=total, kind="runningcard")


def plan_card(say: Speech) -> Component:
    ways = [
        button(say.named("byplan", way), type="button", data_by=way, aria_pressed="false")
        for way in ("type", "street", "provider")
    ]
    choice = div(*ways, kind="choice", data_part="by", role="group", aria_label=say("byplan.by"))
    heads = [th(data_part="by-head", scope="col"), th(say("byplan.done"), kind="num", scope="col")]
    heads += [th(say.named("byplan", name), kind="num", scope="col") for name in ("rate", "late", "overrun")]
    rows = div(table(thead(tr(*heads)), tbody(data_part="plan"), kind="dense"), kind="plantable", tabIndex=0)
    out = csv_link(say, "/export/plan.csv", say("byplan.title"))
    which = p(say("byplan.today"), kind="soft xs planday")
    return card(say("byplan.title"), which, choice, rows, nothing("no-plan", say("byplan.none")), end=out)


def questions_card(say: Speech) -> Component:
    lines = ol(kind="asked", data_part="asked")
    total = span(span(data_part="asked-total"), " ", csv_link(say, "/export/questions.csv", say("asked.title")))
    return card(say("asked.title"), lines, nothing("no-asked", say("asked.none")), end=total)


def moved_card(say: Speech) -> Component:
    lines, out = ol(kind="feed", data_part="moved"), csv_link(say, "/export/moved.csv", say("moved.title"))
    return card(say("moved.title"), lines, nothing("no-moved", say("moved.none")), end=out)


def services_slots() -> list[Component]:
    place = div(field("type", tag=b), a(data_f="site", kind="link cut"), field("street", "soft"), kind="what")
    line = li(field("stage", "chip"), place, div(field("since"), field("lasts", "lasts"), kind="when"))
    done = td(field("done", "figure"), field("all", "mute"), kind="num")
    cells = [field(name, "num", tag=td) for name in ("rate", "late", "overrun")]
    plan = tr(td(field("name", "cut")), done, *cells)
    asked = li(a(data_f="site", kind="link"), field("text", tag=p))
    moved = li(field("at", tag=time), span(field("what"), field("type", tag=b), field("site", "soft cut")))
    return [slot("running", line), slot("plan", plan), slot("asked", asked), slot("moved", moved)]


def _filters(say: Speech) -> Component:
    stages = [("", say("stage.all")), *((stage, say.named("stage", stage)) for stage in STAGES)]
    choices = _choice(say("list.street"), "street", [("", say("list.street_all"))])
    choices += _choice(say("byplan.type"), "type", [("", say("running.type"))])
    choices += _choice(say("list.state"), "state", stages)
    return drawing(f'<form class="filters" role="search">{choices}</form>', "filterbox")


def _choice(label: str, name: str, options: list[tuple[str, str]]) -> str:
    words = "".join(f'<option value="{value}">{escape(word)}</option>' for value, word in options)
    return f'<label><span class="unseen">{escape(label)}</span><select name="{name}">{words}</select></label>'
