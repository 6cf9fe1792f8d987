"""Who sends without being known: sites with the line that registers them, devices with the way to a table."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from dash.development.base_component import Component

from dashboard.bytes_shown import shown
from dashboard.parts.card import card, csv_link
from dashboard.parts.native import hidden, select, text_field
from dashboard.parts.quality_words import clock
from dashboard.parts.tags import a, b, button, code, div, li, p, small, span, ul
from dashboard.quality_rows import UnknownDevice, UnknownSite, VendorMessage
from dashboard.vendor_tables import Choice, TableFacts
from dashboard.words import Speech


def sites_card(say: Speech, sites: Sequence[UnknownSite], selected: str, zone: str) -> Component:
    lines = [li(_site(say, one, one.site == selected, zone)) for one in sites]
    return card(
        say("unknown.sites"),
        ul(*lines, kind="qlist") if lines else p(say("unknown.no_sites"), kind="none"),
        end=span(str(len(sites)), " ", csv_link(say, "/export/unknown-sites.csv", say("unknown.sites"))),
    )


def _site(say: Speech, one: UnknownSite, selected: bool, zone: str) -> Component:
    count = say("unknown.rows", n=f"{one.rows:,}")
    return _link(
        f"/quarantine?unknown={quote(one.site)}",
        shown(one.site.encode(), 64),
        count,
        clock(one.last_at, zone),
        selected,
    )


def _link(href: str, name: str, *more: str | bool) -> Component:
    *texts, selected = more
    rest = [small(str(text)) for text in texts]
    return a(b(name), *rest, href=href, kind="qitem", aria_current="true" if selected else None)


def devices_card(say: Speech, devices: Sequence[UnknownDevice], selected: tuple[str, str], zone: str) -> Component:
    lines = [li(_device(say, one, (one.site, one.device) == selected, zone)) for one in devices]
    return card(
        say("unknown.devices"),
        ul(*lines, kind="qlist") if lines else p(say("unknown.no_devices"), kind="none"),
        end=span(str(len(devices)), " ", csv_link(say, "/export/unknown-devices.csv", say("unknown.devices"))),
    )


def _device(say: Speech, one: UnknownDevice, selected: bool, zone: str) -> Component:
    name = say.either(one.name_zh, one.name_en)
    count = say("unknown.rows", n=f"{one.rows:,}")
    href = f"/quarantine?site={one.site}&device={one.device}"
    return _link(href, f"{name} / {one.device}", one.table or count, clock(one.last_at, zone), selected)


def register_card(say: Speech, site: str, *, may_register: bool) -> Component:
    """The file that registers it; loading it replays what waits."""
    line = (
        f"site,name_zh,kind,street,capacity,open_hours\n{site},{say('unknown.name')},CST,440309002,40,Mo-Fr 08:30-17:30"
    )
    return card(
        say("unknown.register"),
        p(say("unknown.register_how"), kind="qtext"),
        *(
            [a(say("registry.new"), href=f"/register?site={quote(site)}", kind="btn main registers")]
            if may_register
            else []
        ),
        code(line, kind="octets lines"),
        code("python -m ingest places load sites.csv", kind="octets lines"),
        kind="register",
    )


def bind_card(
    say: Speech,
    device: UnknownDevice,
    messages: Sequence[VendorMessage],
    tables: Sequence[TableFacts],
    fits: dict[str, int],
    chosen: str,
) -> Component:
    """A form that the script fills in; every change asks again what the messages would have meant."""
    form = _form(say, device, messages, tables, fits, chosen)
    waiting = [div(say("bind.asking"), kind="none")]
    meant = div(*waiting, kind="meant", data_part="meant", aria_live="polite")
    press = button(say("bind.press", n=device.rows), type="button", kind="btn main", data_part="bind")
    told = span(kind="qtold", data_part="told", role="status")
    return div(
        card(
            say("bind.title", device=device.device),
            div(kind="formbox", data_fields=form),
            div(press, told, kind="qdeed"),
        ),
        card(say("bind.meant", n=len(messages)), meant),
        kind="binding",
        data_part="binding",
    )


def _form(
    say: Speech,
    device: UnknownDevice,
    messages: Sequence[VendorMessage],
    tables: Sequence[TableFacts],
    fits: dict[str, int],
    chosen: str,
) -> str:
    """The tables that fit best come first."""
    best = sorted(tables, key=lambda one: -fits.get(one.name, 0))
    named = [(one.name, _titled(say, one, fits, messages)) for one in best]
    facts = next((one for one in tables if one.name == chosen), None)
    fields = [_labelled(say("bind.table"), select("table", named, chosen), "")]
    fields.append(_labelled(say("bind.area"), text_field("area", placeholder="main", most=32), ""))
    fields += [
        _labelled(choice.name, _field(choice), _about(say, choice)) for choice in (facts.choices if facts else ())
    ]
    whose = hidden("site", device.site) + hidden("device", device.device)
    return f'<form class="bindform" data-part="bindform">{whose}{"".join(fields)}</form>'


def _field(choice: Choice) -> str:
    name = f"param.{choice.name}"
    if choice.one_of:
        free = [] if choice.needed else [("", "")]
        return select(name, [*free, *((value, value) for value in choice.one_of)], choice.default)
    hint = "1=hall; 2=canteen" if choice.name == "areas" else choice.default
    return text_field(name, placeholder=hint, most=200)


def _about(say: Speech, choice: Choice) -> str:
    return choice.about_zh if say.language == "zh" else choice.about_en


def _titled(say: Speech, one: TableFacts, fits: dict[str, int], messages: Sequence[VendorMessage]) -> str:
    title = one.title_zh if say.language == "zh" else one.title_en
    return f"{title} ({fits.get(one.name, 0)}/{len(messages)})"


def _labelled(label: str, field: str, about: str) -> str:
    return f"<label><b>{escape(label)}</b>{field}<small>{escape(about)}</small></label>"
