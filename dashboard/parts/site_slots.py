"""The rows of a site's lists, as models for the live script."""

from dash.development.base_component import Component

from dashboard.parts.card import field, slot
from dashboard.parts.marks import grade_mark, load_cells, state_mark
from dashboard.parts.tags import article, b, br, button, div, i, li, small, span, td, time, tr
from dashboard.words import Speech


def site_slots(say: Speech) -> list[Component]:
    choice = slot("choice", button(type="button"))
    line = slot("ledger", div(field("at"), field("what"), field("number")))
    event = slot("event", li(field("at", tag=time), field("text")))
    return [_area(), choice, line, event, _service(), _alarm(), _device(say)]


def _area() -> Component:
    name = div(field("name"), field("age", "age"), kind="nm")
    value = div(field("people", "figure"), field("capacity", tag=small), kind="val")
    fill = div(kind="fill", data_f="fill", aria_hidden="true")
    load = span(load_cells(), field("band"), kind="load", data_f="load")
    line = div(load, field("share", tag=b), kind="line")
    return slot(
        "area", article(name, value, fill, line, div(field("basis"), field("note"), kind="src"), kind="card area")
    )


def _service() -> Component:
    bar = span(i(data_f="bar"), kind="bar", aria_hidden="true")
    return slot("service", li(field("name", "name"), bar, field("count", "num"), field("late", "num")))


def _alarm() -> Component:
    return slot("alarm", li(grade_mark(), span(field("name", tag=b), br(), field("where", "soft")), field("when")))


def _device(say: Speech) -> Component:
    new = field("new", "chip", text=say("devices.new"))
    name = td(span(state_mark("mark"), field("state", "unseen"), field("name", "cut"), new, kind="state"))
    cells = [field(key, "num", tag=td) for key in ("heard", "battery", "offset", "queued")]
    return slot("device", tr(name, *cells))
