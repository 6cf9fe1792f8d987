"""One site: how it is now, how its day runs, why the number is what it is."""

import dash
import msgspec
from dash.development.base_component import Component

from dashboard.guarded import site_page, unsigned_days
from dashboard.parts.available import available_line
from dashboard.parts.blank import WAITING, blank
from dashboard.parts.calm_line import calm_lines, unreported_line
from dashboard.parts.card import card, csv_link, field, nothing, separator
from dashboard.parts.curve_card import curve_card
from dashboard.parts.kin_lines import kin_lines
from dashboard.parts.marks import icon, kind_mark, state_mark
from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.site_deeds import deed_buttons, deed_forms
from dashboard.parts.site_slots import site_slots
from dashboard.parts.tags import (
    a,
    b,
    code,
    dd,
    div,
    dl,
    dt,
    main,
    ol,
    p,
    section,
    span,
    table,
    tbody,
    th,
    thead,
    tr,
    ul,
)
from dashboard.parts.unsigned_line import unsigned_line
from dashboard.rows import SitePageRows
from dashboard.words import Speech

DEVICE_COLUMNS = ("name", "heard", "battery", "offset", "queued")

dash.register_page(__name__, path_template="/sites/<site>", name="site")  # type: ignore[no-untyped-call]


def layout(site: str = "", **_address: str) -> Component:
    """A site that is not there and one that is not the viewer's look the same."""
    rows = site_page(site)
    return missing() if rows is None else site_layout(reader().say, rows)


def site_layout(say: Speech, rows: SitePageRows) -> Component:
    """The first frame stands on the page itself, so it is painted without waiting for the stream."""
    row = rows.frame.site
    calm = calm_lines(say, rows.calm, reader().zone)
    kin = kin_lines(say, rows.kin, reader().zone, "/sites")
    waits = unsigned_line(say, unsigned_days(row.site))
    top = [_head(say, rows), *kin, *calm, *waits, _silent(), _areas(say), _first(say, row.site)]
    day = div(curve_card(say, rows), _ledger(say, rows.frame.site.site), kind="g2")
    forms = [deed_forms(say)] if rows.may_act else []
    happened = div(_alarms(say, rows), _events(say), kind="stack")
    lists = div(_services(say, row.site), happened, _devices(say, row.site), kind="g3")
    names = {
        "data_view": f"site:{row.site}",
        "data_title": _name(say, rows),
        "data_back": "/sites",
        "data_state": row.state,
    }
    first = msgspec.json.encode(rows.frame).decode()
    return main(
        *top,
        day,
        lists,
        *forms,
        *site_slots(say),
        kind="page onesite",
        id="main",
        tabIndex=-1,
        data_first=first,
        **names,
    )


def _name(say: Speech, rows: SitePageRows) -> str:
    zh, en = rows.frame.site.name_zh, rows.frame.site.name_en
    return say.either(zh, en)


def _head(say: Speech, rows: SitePageRows) -> Component:
    row = rows.frame.site
    street = rows.street_zh if say.language == "zh" else rows.street_en
    full = span(_name(say, rows), kind="fullname")
    place = div(
        full, b(say.named("kind", row.kind)), div(street, separator(), row.site, kind="sm soft"), title=rows.address
    )
    state = span(state_mark("mark"), field("state"), separator(), field("age"), kind="state")
    facts = [
        _fact(say("site.state"), state),
        _fact(say("site.now"), field("people", "figure"), field("capacity", "plain")),
        _fact(say("site.hours"), field("hours")),
        _fact(say("site.visits"), field("visits", "figure"), " ", field("visitsunit", "plain")),
        _fact(say("site.missing_numbers"), field("missing")),
        _fact(say("available.title"), available_line(say, rows.available)),
    ]
    deeds = [deed_buttons(say)] if rows.may_act else []
    return section(
        kind_mark("shape"),
        place,
        dl(*facts),
        div(_outages(say, row.site), *_persons(say, row.site), kind="ways"),
        *deeds,
        kind="card sitehead",
        data_part="head",
        data_hours=rows.hours,
    )


def _outages(say: Speech, site: str) -> Component:
    """When it was silent, and what people found."""
    return a(say("outages.link"), href=f"/outages?site={site}", kind="link topersons")


def _persons(say: Speech, site: str) -> list[Component]:
    """The way to the names, for roles that may know them."""
    href = f"/persons/{site}"
    return [a(say("persons.link"), href=href, kind="link topersons")] if reader().may("person.reveal") else []


def _fact(label: str, *value: Component | str) -> Component:
    return div(dt(label), dd(*value))


def _silent() -> Component:
    return div(state_mark(state="silent"), span(data_part="silent-since"), kind="notcounted")


def _areas(say: Speech) -> Component:
    return section(kind="areas few", data_part="areas", aria_label=say("site.areas"))


def _first(say: Speech, site: str) -> Component:
    topic = code(f"eldercare/v1/{site}/events", kind="chip")
    inner = blank(WAITING, say("site.first"), p(say("site.first_how")), topic)
    return section(inner, kind="card", hidden=True, data_part="first-message")


def _ledger(say: Speech, site: str) -> Component:
    choice = div(kind="choice", data_part="choice", role="group", hidden=True, aria_label=say("ledger.areas"))
    lines = div(kind="ledger", data_part="ledger")
    agrees = p(icon("check", small=True), field("text"), kind="agrees", data_part="agrees", hidden=True)
    drift = p(kind="drift", data_part="drift", hidden=True)
    none = nothing("no-ledger", say("ledger.none"))
    out = csv_link(say, f"/export/sites/{site}/ledger.csv", say("ledger.title"))
    return card(say("ledger.title"), choice, lines, agrees, drift, none, end=out)


def _services(say: Speech, site: str) -> Component:
    none = nothing("no-services", say("services.none"))
    return card(say("services.title"), ul(kind="plan", data_part="services"), none, end=_ends(say, site, "services"))


def _alarms(say: Speech, rows: SitePageRows) -> Component:
    unread = unreported_line(say, rows.unreported)
    none = nothing("no-alarms", say("alarms.none"))
    return card(
        say("alarms.title"),
        ul(kind="lines", data_part="alarms", tabIndex=0),
        none,
        *unread,
        end=_ends(say, rows.frame.site.site, "alarms"),
    )


def _events(say: Speech) -> Component:
    lines = ol(kind="feed", data_part="events")
    return card(say("events.title"), lines, nothing("no-events", say("events.none")), kind="events")


def _devices(say: Speech, site: str) -> Component:
    heads = [th(say(f"devices.{key}"), kind="" if key == "name" else "num", scope="col") for key in DEVICE_COLUMNS]
    rows = table(thead(tr(*heads)), tbody(data_part="devices"), kind="dense")
    none = nothing("no-devices", say("devices.none"))
    listed = div(rows, kind="devices", data_part="devices-table", tabIndex=0)
    return card(say("devices.title"), listed, none, end=_ends(say, site, "devices"))


def _ends(say: Speech, site: str, what: str) -> Component:
    """How many there are, and all of them as a file."""
    return span(
        span(data_part=f"{what}-total"), " ", csv_link(say, f"/export/sites/{site}/{what}.csv", say(f"{what}.title"))
    )
