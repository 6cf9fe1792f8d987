"""The rows of the overview's lists, as models for the live script."""

from dash.development.base_component import Component

from dashboard.parts.card import field, separator, slot
from dashboard.parts.marks import grade_mark
from dashboard.parts.tags import a, b, i, li, small, span, td, time, tr


def overview_slots() -> list[Component]:
    return [_ticks(), slot("tick", i()), _need(), _part(), _street(), _happening()]


def _ticks() -> Component:
    ticks = span(kind="ticks", data_f="ticks", aria_hidden="true")
    return slot("street-ticks", a(ticks, field("label", tag=small), href="/sites"))


def _need() -> Component:
    where = span(field("street"), separator("dot"), field("place"), kind="where cut")
    what = [field("grade", "unseen"), field("what", "what"), field("clock", "clock")]
    rest = [where, field("next", "next cut"), field("limit", "until")]
    bar = span(i(data_f="bar"), kind="limit", aria_hidden="true")
    return slot("need", li(a(grade_mark(), *what, *rest, bar, href="/sites")))


def _part() -> Component:
    return slot("part", span(separator(), field("text")))


def _street() -> Component:
    name = td(b(a(href="/sites", data_f="name")))
    tick = i(kind="usualtick", data_f="usual", hidden=True)
    bar = td(span(span(i(data_f="bar"), kind="bar"), tick, kind="ticked", aria_hidden="true"))
    alarms = td(span(grade_mark("grade"), field("alarms"), kind="alarms"))
    cells = [
        name,
        field("people", "num figure", tag=td),
        bar,
        field("load", "num", tag=td),
        field("reporting", "num", tag=td),
    ]
    return slot("street", tr(*cells, alarms))


def _happening() -> Component:
    return slot("happening", li(field("at", tag=time), span(field("name", tag=b), field("text"))))
