"""The whole district on one screen: what needs somebody first, then the figures, the streets and the sites."""

import dash
from dash import html
from dash.development.base_component import Component

from dashboard.parts.blank import DAWN, blank
from dashboard.parts.card import card, field, formula, part, separator, slot
from dashboard.parts.marks import grade_mark
from dashboard.parts.reader import reader
from dashboard.parts.site_list import site_list, site_slot
from dashboard.words import Speech

TILES = ("people", "visits", "lunch", "services", "beds")
GRADES = (1, 2, 3, 4)

dash.register_page(__name__, path="/", name="overview")


def layout(**_address: str) -> Component:
    """The places for the figures; the stream's first frame, opened before this layout is asked for, fills them."""
    say = reader().say
    cards = [_strip(say), _needs(say), _tiles(say), site_list(say), _right(say)]
    slots = [site_slot(say), *_slots(say)]
    return html.Main([*cards, *slots], id="main", className="page over", tabIndex=-1, **{"data-view": "overview", "data-title": say("title.overview")})


def _strip(say: Speech) -> html.Section:
    reporting = html.Div([field("reporting", kind="big figure", text="—"), field("total", kind="of")], className="reporting")
    troubles = [html.A("", href=f"/sites?state={name}", hidden=True, **{"data-f": name}) for name in ("silent", "new", "late")]
    words = html.Div([html.Span(say("strip.reporting")), html.Span([*troubles, html.Span(say("strip.allwell"), hidden=True, className="mute", **{"data-f": "allwell"})], className="bad")], className="words")
    bar = html.Div([html.I(hidden=True, **{"data-f": f"bar-{name}", "data-state": name}) for name in ("live", "late", "silent", "new")], className="stbar", **{"aria-hidden": "true"})
    covered = html.Div([part("cover", html.Div, className="cover"), bar], className="covered")
    facts = html.Dl([_fact(say("strip.oldest"), "oldest"), _fact(say("strip.lag"), "lag")], className="facts")
    grades = html.Div([_grade(say, grade) for grade in GRADES], className="grades")
    return html.Section([reporting, words, covered, facts, grades], className="card strip", **{"data-part": "strip", "aria-label": say("strip.label")})


def _fact(label: str, name: str) -> html.Div:
    return html.Div([html.Dt(label), html.Dd("—", className="figure", **{"data-f": name})])


def _grade(say: Speech, grade: int) -> html.Span:
    word = html.Small(say.named("grade", str(grade)))
    return html.Span([grade_mark(), field(f"p{grade}", tag=html.B, kind="figure", text="—"), word], **{"data-grade": str(grade)})


def _needs(say: Speech) -> html.Section:
    nothing = blank(DAWN, say("needs.none"), [part("all-report", html.P)], part="nothing", hidden=True)
    return card(say("needs.title"), [part("todo", html.Ol, className="todo"), nothing], end=[part("needs-total", html.Span)], kind="needs", part="needs")


def _tiles(say: Speech) -> html.Section:
    return html.Section([_tile(say, name) for name in TILES], className="kpis")


def _tile(say: Speech, name: str) -> html.Article:
    age = html.Span([field("covered"), separator(), field("age")], className="age", title=say("tile.coverage"))
    label = html.Div([html.Span(say.named("tile", name)), formula(say("tile.formula"), say.named("formula", name)), age], className="label")
    value = html.Div([field("value", kind="figure", text="—"), field("of", tag=html.Small)], className="val")
    return html.Article([label, value, html.Div(className="split", **{"data-f": "split"})], className="card kpi", **{"data-part": f"tile-{name}"})


def _right(say: Speech) -> html.Div:
    columns = [("streets.name", ""), ("streets.people", "num"), ("streets.load", ""), ("streets.share", "num"), ("streets.reporting", "num"), ("streets.alarms", "")]
    heads = [html.Th(_head(say, key), className=kind, scope="col") for key, kind in columns]
    table = html.Table([html.Thead(html.Tr(heads)), part("streets", html.Tbody)])
    streets = card(say("streets.title"), [table], end=[html.Span(say("streets.order"))], kind="streets")
    quiet = part("quiet", html.P, [say("feed.none")], className="none", hidden=True)
    feed = card(say("feed.title"), [part("feed", html.Ol, className="feed"), quiet], end=[html.Span(say("feed.note"))], kind="happenings")
    return html.Div([streets, feed], className="right")


def _head(say: Speech, key: str) -> Component | str:
    return html.Span(say(key), className="unseen") if key == "streets.share" else say(key)


def _slots(say: Speech) -> list[html.Template]:
    return [_ticks_slot(), slot("tick", html.I()), _need_slot(), _part_slot(), _street_slot(), _happening_slot()]


def _ticks_slot() -> html.Template:
    ticks = html.Span(className="ticks", **{"data-f": "ticks", "aria-hidden": "true"})
    return slot("street-ticks", html.A([ticks, field("label", tag=html.Small)], href="/sites"))


def _need_slot() -> html.Template:
    where = html.Span([field("street"), separator("dot"), field("place")], className="where cut")
    what = [field("grade", kind="unseen"), field("what", kind="what"), field("clock", kind="clock")]
    rest = [where, field("next", kind="next"), field("limit", kind="until")]
    bar = html.Span(html.I(**{"data-f": "bar"}), className="limit", **{"aria-hidden": "true"})
    return slot("need", html.Li(html.A([grade_mark(), *what, *rest, bar], href="/sites")))


def _part_slot() -> html.Template:
    return slot("part", html.Span([separator("dot"), field("text")]))


def _street_slot() -> html.Template:
    cells = [
        html.Td(html.B(html.A("", href="/sites", **{"data-f": "name"}))),
        html.Td("", className="num figure", **{"data-f": "people"}),
        html.Td(html.Span(html.I(**{"data-f": "bar"}), className="bar", **{"aria-hidden": "true"})),
        html.Td("", className="num", **{"data-f": "load"}),
        html.Td("", className="num", **{"data-f": "reporting"}),
        html.Td(html.Span([grade_mark("grade"), field("alarms")], className="alarms")),
    ]
    return slot("street", html.Tr(cells))


def _happening_slot() -> html.Template:
    line = html.Span([html.B("", **{"data-f": "name"}), field("text")])
    return slot("happening", html.Li([html.Time("", **{"data-f": "at"}), line]))
