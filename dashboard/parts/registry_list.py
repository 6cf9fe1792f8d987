"""The list of registered sites with its search, and the card that takes a whole file."""

from collections.abc import Mapping
from html import escape

from dash.development.base_component import Component

from dashboard.parts.card import card, csv_link
from dashboard.parts.marks import state_mark
from dashboard.parts.tags import a, div, p, span, table, tbody, td, th, thead, tr
from dashboard.registry_reading import RegistryPage
from dashboard.registry_rows import RegistryRow
from dashboard.words import Speech
from models.civil_day import wall_clock

COLUMNS = ("site", "name", "street", "kind", "state", "users", "devices", "heard")
ROWS_MOST = 1000


def list_card(say: Speech, found: RegistryPage) -> Component:
    """The script filters the rows and writes their states; more rows than a page can hold are found by the file."""
    streets = {one.code: (one.name_zh if say.language == "zh" else one.name_en) or one.code for one in found.streets}
    heads = tr(*(th(say.named("registrycol", name), scope="col") for name in COLUMNS))
    rows = [_row(say, row, streets, found.zone) for row in found.rows[:ROWS_MOST]]
    whole = table(thead(heads), tbody(*rows, data_part="registered"), kind="dense")
    listed = div(whole, kind="calmtimes", tabIndex=0, role="group", aria_label=say("title.registry"))
    hint = say("registry.search")
    about = 'name="q" maxlength="64" data-part="registrysearch" autocomplete="off"'
    search = f'<input type="search" {about} aria-label="{escape(hint)}" placeholder="{escape(hint)}">'
    tools = div(
        div(data_fields=search, kind="registrysearch"),
        span(kind="soft sm", data_part="registrycount", role="status"),
        a(say("registry.new"), href="/register", kind="btn main"),
        kind="registrytools",
    )
    cut = [p(say("registry.more", n=ROWS_MOST), kind="soft calmnight")] if len(found.rows) > ROWS_MOST else []
    files = [
        csv_link(say, "/export/registry.csv", say("title.registry")),
        *([_configuration(say)] if found.whole else []),
    ]
    none = p(say("registry.none"), kind="none", hidden=bool(rows), data_part="registrynone")
    return card(say("registry.list"), tools, *cut, listed, none, end=span(*files))


def _configuration(say: Speech) -> Component:
    named = {"aria_label": say("registry.configuration"), "title": say("registry.configuration")}
    return a("JSON", href="/export/configuration.json", kind="link", data_reload="", download="", **named)


def _row(say: Speech, row: RegistryRow, streets: Mapping[str, str], zone: str) -> Component:
    name = say.either(row.name_zh, row.name_en)
    ended = row.ended_from is not None
    state = say("registry.ended") if ended else say.named("state", "new" if row.heard_at is None else "closed")
    mark = span(state_mark(state="closed" if ended else "new"), span(state, data_part="word"), kind="state")
    cells: tuple[Component | str, ...] = (
        a(row.site, href=f"/registry/{row.site}", kind="link"),
        span(name, kind="cut", title=name),
        streets.get(row.street, row.street),
        say.named("kind", row.kind),
        mark,
        str(row.users),
        str(row.devices),
        wall_clock(row.heard_at, zone)[5:] if row.heard_at is not None else say("registry.never"),
    )
    labels = [say.named("registrycol", label) for label in COLUMNS]
    told = [td(cell, data_label=label) for cell, label in zip(cells, labels, strict=True)]
    found_by = " ".join((row.site, row.name_zh, row.name_en, streets.get(row.street, ""), say.named("kind", row.kind)))
    return tr(*told, data_site=row.site, data_ended="1" if ended else None, data_found_by=found_by.lower())


def file_card(say: Speech) -> Component:
    """Chosen, it is checked at once; nothing is written before somebody says so."""
    field = (
        f'<div class="field"><label for="registry-file">{escape(say("registryfile.choose"))}</label>'
        '<input type="file" id="registry-file" accept=".csv,.json,.geojson,text/csv,application/geo+json"></div>'
    )
    progress = f'<progress max="100" value="0" aria-label="{escape(say("registryfile.progress"))}"></progress>'
    return card(
        say("registryfile.title"),
        p(say("registryfile.how"), kind="soft calmnight"),
        div(data_fields=field, kind="registryfile"),
        div(data_fields=progress, kind="registryprogress", data_part="fileprogress", hidden=True),
        p(role="status", data_part="filesaid", kind="calmnight"),
        div(data_part="fileresult", kind="fileresult"),
    )
