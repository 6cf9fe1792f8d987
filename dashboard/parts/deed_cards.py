"""Deeds as a table with the fields that search them, and how far the chain was found whole."""

import json
from html import escape

from dash.development.base_component import Component

from dashboard.deed_filter import FIELDS, address_of
from dashboard.parts.card import card, csv_link, separator
from dashboard.parts.native import text_field
from dashboard.parts.tags import a, code, div, p, span, table, tbody, td, th, thead, tr
from dashboard.queries.deeds import SHOWN, ChainState, DeedRow
from dashboard.words import Speech
from models.audit import AT_THE_MACHINE
from models.civil_day import wall_clock

COLUMNS = ("number", "when", "who", "role", "what", "subject", "said")


def deed_card(
    say: Speech, rows: list[DeedRow], state: ChainState | None, asked: dict[str, str], zone: str
) -> Component:
    heads = [th(say.named("deedcol", name), scope="col") for name in COLUMNS]
    body = table(thead(tr(*heads)), tbody(*(_row(say, row, zone) for row in rows)), kind="dense")
    listed = div(body, kind="calmtimes", tabIndex=0, role="group", aria_label=say("title.audit"))
    shown = listed if rows else p(say("audit.none"), kind="none")
    older = [_older(say, asked, rows[-1].id)] if len(rows) == SHOWN else []
    out = csv_link(say, address_of("/export/audit.csv", asked), say("title.audit"))
    chain = p(_chain(say, state, zone), kind="soft calmnight", role="status", data_part="chain")
    return card(
        say("title.audit"),
        chain,
        div(data_fields=_form(say, asked)),
        shown,
        *older,
        end=out,
    )


def _older(say: Speech, asked: dict[str, str], last: int) -> Component:
    return p(a(say("audit.older"), href=address_of("/audit", asked, before=str(last)), kind="link"), kind="calmnight")


def _chain(say: Speech, state: ChainState | None, zone: str) -> str:
    if state is None:
        return say("audit.unchecked")
    at = wall_clock(state.at, zone)
    if state.broken is not None:
        return say("audit.broken", entry=state.broken, at=at)
    if state.cut is not None:
        return say("audit.cut", upto=state.upto, was=state.cut, at=at)
    return say("audit.whole", upto=state.upto, at=at)


def _row(say: Speech, row: DeedRow, zone: str) -> Component:
    cells: tuple[Component | str, ...] = (
        str(row.id),
        wall_clock(row.at, zone),
        _who(say, row.author),
        say.named("role", row.role),
        div(say.named("did", row.what), code(row.what, kind="deedcode")),
        row.about,
        _said(say, json.loads(row.said)),
    )
    labelled = zip(cells, COLUMNS, strict=True)
    return tr(*(td(cell, data_label=say.named("deedcol", name), kind="wraps") for cell, name in labelled))


def _who(say: Speech, author: str) -> Component | str:
    """Whoever was at the machine has no account; the name by which she is searched stands below."""
    if author != AT_THE_MACHINE[0]:
        return author
    return div(say.named("deedwho", author), code(author, kind="deedcode"))


def _said(say: Speech, told: dict[str, object]) -> Component:
    parts: list[Component | str] = []
    for name, value in told.items():
        parts += [separator(), _told(say, name, value)]
    return span(*parts[1:])


def _told(say: Speech, name: str, value: object) -> str:
    """What was chosen, in the reader's words as far as there are any."""
    if isinstance(value, list):
        text = ", ".join(map(str, value))
    elif name == "role":
        text = say.named("role", str(value))
    elif name == "way":
        text = say.named("didway", str(value))
    else:
        text = say("walls.whole") if name == "scope" and not value else str(value)
    return f"{say.named('didwith', name)} {text}"


def _form(say: Speech, asked: dict[str, str]) -> str:
    """A question of the address: it can be kept, sent on and asked again."""
    kinds = {"since": "date", "until": "date"}
    fields = "".join(_field(say, name, asked.get(name, ""), kinds.get(name, "text")) for name in FIELDS)
    go = f'<div class="ends"><button type="submit" class="btn main">{escape(say("audit.search"))}</button></div>'
    return f'<form class="calmform" method="get" action="/audit" role="search">{fields}{go}</form>'


def _field(say: Speech, name: str, value: str, kind: str) -> str:
    control = text_field(name, value, kind=kind).replace("<input ", f'<input id="audit-{name}" ', 1)
    return (
        f'<div class="field"><label for="audit-{name}">{escape(say.named("auditfield", name))}</label>{control}</div>'
    )
