"""One site: how it is now, how its day runs, why the number is what it is."""

import dash
import msgspec
from dash import html
from dash.development.base_component import Component

from dashboard.guarded import site_page
from dashboard.parts.blank import WAITING, blank
from dashboard.parts.card import card, field, part, separator, slot
from dashboard.parts.curve_card import curve_card
from dashboard.parts.marks import grade_mark, icon, kind_mark, load_cells, state_mark
from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.rows import SitePageRows
from dashboard.words import Speech

dash.register_page(__name__, path_template="/sites/<site>", name="site")


def layout(site: str = "", **_address: str) -> Component:
    """A site that is not there and one that is not the viewer's look the same."""
    rows = site_page(site)
    return missing() if rows is None else site_layout(reader().say, rows)


def site_layout(say: Speech, rows: SitePageRows) -> Component:
    row = rows.frame.site
    name = (row.name_zh or row.name_en) if say.language == "zh" else (row.name_en or row.name_zh)
    columns = html.Div([curve_card(say, rows), _ledger(say)], className="g2")
    stack = html.Div([_alarms(say), _events(say)], className="stack")
    lists = html.Div([_services(say), stack, _devices(say)], className="g3")
    cards = [_head(say, rows), _silent(), _areas(say), _first(say, row.site), columns, lists]
    names = {"data-view": f"site:{row.site}", "data-title": name, "data-back": "/sites", "data-state": row.state}
    first = msgspec.json.encode(rows.frame).decode()
    return html.Main([*cards, *_slots()], id="main", className="page onesite", tabIndex=-1, **names, **{"data-first": first})


def _head(say: Speech, rows: SitePageRows) -> html.Section:
    row = rows.frame.site
    street = rows.street_zh if say.language == "zh" else rows.street_en
    place = html.Div([html.B(say.named("kind", row.kind)), html.Div([street, separator(), row.site], className="sm soft")], title=rows.address or None)
    state = html.Span([state_mark("mark"), field("state"), separator(), field("age")], className="state")
    now = [field("people", kind="figure"), field("capacity", kind="plain")]
    visits = [field("visits", kind="figure"), " ", field("visitsunit", kind="plain")]
    facts = [("site.state", [state]), ("site.now", now), ("site.hours", [field("hours")]), ("site.visits", visits), ("site.missing_numbers", [field("missing")])]
    terms = html.Dl([html.Div([html.Dt(say(key)), html.Dd(value)]) for key, value in facts])
    return html.Section([kind_mark("shape"), place, terms], className="card sitehead", **{"data-part": "head", "data-hours": rows.hours})


def _silent() -> html.Div:
    mark = html.Span(className="st", **{"data-state": "silent", "aria-hidden": "true"})
    return html.Div([mark, part("silent-since", html.Span)], className="notcounted")


def _areas(say: Speech) -> html.Section:
    return part("areas", html.Section, className="areas few", **{"aria-label": say("site.areas")})  # type: ignore[return-value]


def _first(say: Speech, site: str) -> Component:
    topic = html.Code(f"eldercare/v1/{site}/events", className="chip")
    inner = blank(WAITING, say("site.first"), [html.P(say("site.first_how")), topic])
    return html.Section(inner, className="card", hidden=True, **{"data-part": "first-message"})


def _ledger(say: Speech) -> html.Section:
    choice = part("choice", html.Div, className="choice", role="group", hidden=True, **{"aria-label": say("ledger.areas")})
    agrees = part("agrees", html.P, [icon("check", small=True), field("text")], className="agrees", hidden=True)
    none = part("no-ledger", html.P, [say("ledger.none")], className="none", hidden=True)
    return card(say("ledger.title"), [choice, part("ledger", html.Div, className="ledger"), agrees, none], kind="working")


def _events(say: Speech) -> html.Section:
    quiet = part("no-events", html.P, [say("events.none")], className="none", hidden=True)
    return card(say("events.title"), [part("events", html.Ol, className="feed"), quiet], kind="events")


def _services(say: Speech) -> html.Section:
    none = part("no-services", html.P, [say("services.none")], className="none", hidden=True)
    return card(say("services.title"), [part("services", html.Ul, className="plan"), none], end=[part("services-total", html.Span)])


def _alarms(say: Speech) -> html.Section:
    none = part("no-alarms", html.P, [say("alarms.none")], className="none", hidden=True)
    return card(say("alarms.title"), [part("alarms", html.Ul, className="lines"), none], end=[part("alarms-total", html.Span)])


def _devices(say: Speech) -> html.Section:
    heads = [html.Th(say(f"devices.{key}"), className="num" if key != "name" else "", scope="col") for key in ("name", "heard", "battery", "offset", "queued")]
    table = part("devices-table", html.Div, [html.Table([html.Thead(html.Tr(heads)), part("devices", html.Tbody)], className="dense")], className="devices")
    none = part("no-devices", html.P, [say("devices.none")], className="none", hidden=True)
    return card(say("devices.title"), [table, none], end=[part("devices-total", html.Span)])


def _slots() -> list[html.Template]:
    return [_area_slot(), _choice_slot(), _ledger_slot(), _event_slot(), _service_slot(), _alarm_slot(), _device_slot()]


def _area_slot() -> html.Template:
    name = html.Div([field("name"), field("age", kind="age")], className="nm")
    value = html.Div([field("people", kind="figure"), field("capacity", tag=html.Small)], className="val")
    fill = html.Div(className="fill", **{"data-f": "fill", "aria-hidden": "true"})
    load = html.Span([load_cells(), field("band")], className="load", **{"data-f": "load"})
    line = html.Div([load, field("share", tag=html.B)], className="line")
    source = html.Div([field("basis"), field("note")], className="src")
    return slot("area", html.Article([name, value, fill, line, source], className="card area"))


def _choice_slot() -> html.Template:
    return slot("choice", html.Button("", type="button"))


def _ledger_slot() -> html.Template:
    return slot("ledger", html.Div([field("at"), field("what"), field("number")]))


def _event_slot() -> html.Template:
    return slot("event", html.Li([html.Time("", **{"data-f": "at"}), field("text")]))


def _service_slot() -> html.Template:
    bar = html.Span(html.I(**{"data-f": "bar"}), className="bar", **{"aria-hidden": "true"})
    return slot("service", html.Li([field("name", kind="name"), bar, field("count", kind="num"), field("late", kind="num")]))


def _alarm_slot() -> html.Template:
    text = html.Span([html.B("", **{"data-f": "name"}), html.Br(), field("where", kind="soft")])
    return slot("alarm", html.Li([grade_mark(), text, field("when")]))


def _device_slot() -> html.Template:
    name = html.Td(html.Span([state_mark("mark"), field("state", kind="unseen"), field("name", kind="cut"), _new()], className="state"))
    cells = [html.Td("", className="num", **{"data-f": key}) for key in ("heard", "battery", "offset", "queued")]
    return slot("device", html.Tr([name, *cells]))


def _new() -> html.Span:
    return field("new", kind="chip", text=reader().say("devices.new"))  # type: ignore[return-value]
