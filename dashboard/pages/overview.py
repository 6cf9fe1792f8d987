"""The whole district on one screen: what needs somebody first, then the figures, the streets, and where it all is."""

import dash
from dash.development.base_component import Component

from dashboard.guarded import scope_curve
from dashboard.parts.blank import DAWN, blank
from dashboard.parts.card import card, csv_link, field, formula, nothing, separator
from dashboard.parts.curve_card import scope_curve_card
from dashboard.parts.map_card import map_card
from dashboard.parts.marks import grade_mark
from dashboard.parts.overview_slots import overview_slots
from dashboard.parts.reader import reader
from dashboard.parts.site_list import site_list, site_slot
from dashboard.parts.tags import (
    a,
    article,
    b,
    dd,
    div,
    dl,
    dt,
    i,
    main,
    ol,
    p,
    section,
    small,
    span,
    table,
    tbody,
    th,
    thead,
    tr,
)
from dashboard.words import Speech

TILES = ("people", "visits", "lunch", "services", "beds")
GRADES = (1, 2, 3, 4)
TROUBLES = ("silent", "new", "late")
COLUMNS = (("name", ""), ("people", "num"), ("load", ""), ("share", "num"), ("reporting", "num"), ("alarms", ""))

dash.register_page(__name__, path="/", name="overview")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    """The places for the figures; the stream's first frame, asked for before this layout, fills them."""
    say = reader().say
    tiles = section(*(_tile(say, name) for name in TILES), kind="kpis")
    middle = div(scope_curve_card(say, scope_curve()), _streets(say), kind="middle")
    left = div(_needs(say), _feed(say), kind="left")
    cards = [_strip(say), left, tiles, middle, map_card(say, listed="/sites"), site_list(say)]
    names = {"data_view": "overview", "data_title": say("title.overview")}
    return main(*cards, site_slot(), *overview_slots(), kind="page over", id="main", tabIndex=-1, **names)


def _strip(say: Speech) -> Component:
    reporting = div(field("reporting", "big figure", text="—"), field("total", "of"), kind="reporting")
    facts = dl(_fact(say("strip.oldest"), "oldest"), _lag(say), kind="facts")
    grades = div(*(_grade(say, grade) for grade in GRADES), kind="grades")
    parts = [reporting, _troubles(say), _covered(), facts, grades]
    return section(*parts, kind="card strip", data_part="strip", aria_label=say("strip.label"))


def _troubles(say: Speech) -> Component:
    links = [a(href=f"/sites?state={name}", hidden=True, data_f=name) for name in TROUBLES]
    well = span(say("strip.allwell"), kind="mute", hidden=True, data_f="allwell")
    return div(span(say("strip.reporting")), span(*links, well, kind="bad"), kind="words")


def _covered() -> Component:
    pieces = [i(hidden=True, data_f=f"bar-{name}", data_state=name) for name in ("live", "late", "silent", "new")]
    return div(div(kind="cover", data_part="cover"), div(*pieces, kind="stbar", aria_hidden="true"), kind="covered")


def _fact(label: str, name: str) -> Component:
    return div(dt(label), dd("—", kind="figure", data_f=name))


def _lag(say: Speech) -> Component:
    how = formula(say("tile.formula"), say("strip.lag.formula"))
    where = a(hidden=True, kind="lagsite", data_f="lagsite")
    return div(dt(say("strip.lag")), dd(field("lag", "figure", text="—"), " ", how, " ", where))


def _grade(say: Speech, grade: int) -> Component:
    number = field(f"p{grade}", "figure", tag=b, text="—")
    return span(grade_mark(), number, small(say.named("grade", str(grade))), data_grade=grade)


def _needs(say: Speech) -> Component:
    nobody = blank(DAWN, say("needs.none"), p(data_part="all-report"), part="nothing")
    total = a(href="/alarms", kind="link", data_part="needs-total", hidden=True)
    return card(say("needs.title"), ol(kind="todo", data_part="todo"), nobody, end=total, kind="needs", part="needs")


def _tile(say: Speech, name: str) -> Component:
    age = span(field("covered"), separator(), field("age"), kind="age", title=say("tile.coverage"))
    how = formula(say("tile.formula"), say.named("formula", name), say("usual.how"))
    label = div(span(say.named("tile", name)), how, age, kind="label")
    value = div(field("value", "figure", text="—"), field("of", tag=small), kind="val")
    split = div(kind="split", data_f="split")
    return article(label, value, split, _gauge(), _beside(say), kind="card kpi", data_part=f"tile-{name}")


def _gauge() -> Component:
    """The possible range, what is usual, its middle, and now; the numbers stand below it."""
    pieces = [i(kind=kind) for kind in ("usualband", "usualtick", "nowdot")]
    return span(*pieces, kind="gauge", data_f="gauge", aria_hidden="true")


def _beside(say: Speech) -> Component:
    """When the line is cut nothing is compared: the number is old, what is usual goes on."""
    told = span(field("usual"), field("delta", "delta figure", tag=b), kind="told")
    return div(told, span(say("usual.stale"), kind="uncompared"), kind="vs")


def _streets(say: Speech) -> Component:
    heads = [th(_head(say, name), kind=kind, scope="col") for name, kind in COLUMNS]
    rows = table(thead(tr(*heads)), tbody(data_part="streets"))
    return card(
        say("streets.title"),
        rows,
        end=span(say("streets.order"), " ", csv_link(say, "/export/streets.csv", say("streets.title"))),
        kind="streets",
    )


def _head(say: Speech, name: str) -> Component | str:
    word = say(f"streets.{name}")
    return span(word, kind="unseen") if name == "share" else word


def _feed(say: Speech) -> Component:
    lines = ol(kind="feed", data_part="feed")
    return card(
        say("feed.title"), lines, nothing("quiet", say("feed.none")), end=span(say("feed.note")), kind="happenings"
    )
