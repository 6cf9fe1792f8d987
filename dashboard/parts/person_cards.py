"""A site's persons as a table of masks, the form that asks what a name is for, who looked, and the file of names of its staff."""

from html import escape

from dash.development.base_component import Component

from dashboard.parts.card import card
from dashboard.parts.native import options
from dashboard.parts.tags import button, code, div, p, table, tbody, td, th, thead, tr
from dashboard.person_reading import PersonsPage
from dashboard.persons import Look, PersonRow
from dashboard.words import Speech
from models.civil_day import wall_clock
from models.person import PURPOSES

COLUMNS = ("person", "name", "contact", "where")
LOOK_COLUMNS = ("when", "who", "role", "person", "why")


def person_card(say: Speech, found: PersonsPage) -> Component:
    heads = [th(say.named("personcol", name), scope="col") for name in COLUMNS]
    rows = [_row(say, found.site, row) for row in found.rows]
    listed = table(thead(tr(*heads, th("", kind="deedshead"))), tbody(*rows), kind="dense")
    box = div(listed, kind="calmtimes", tabIndex=0, role="group", aria_label=say("title.persons"))
    shown = box if rows else p(say("persons.none"), kind="none")
    told = p(role="status", data_part="personsaid", kind="soft calmnight")
    form = [div(data_fields=_form(say, found.site))] if rows else []
    return card(say("title.persons"), p(say("persons.how"), kind="soft calmnight"), *form, shown, told)


def _row(say: Speech, site: str, row: PersonRow) -> Component:
    where = say.named("whereabouts", row.whereabouts) if row.whereabouts else "—"
    cells: tuple[Component | str, ...] = (code(row.person), row.name or "—", row.contact or "—", where)
    told = [
        td(cell, data_label=say.named("personcol", name), kind="wraps", data_part=f"person{name}")
        for cell, name in zip(cells, COLUMNS, strict=True)
    ]
    look = button(say("persons.reveal"), type="button", kind="btn", data_reveal=f"{site}/{row.person}")
    return tr(*told, td(look if row.name else ""))


def _form(say: Speech, site: str) -> str:
    """Purpose and reason are chosen once, for the names that are then looked at."""
    words = [(name, (zh if say.language == "zh" else en)) for name, (zh, en) in PURPOSES.items()]
    chosen = options([("", say("persons.choose")), *words], "")
    purpose = f'<select name="purpose" id="person-purpose">{chosen}</select>'
    reason = '<input name="reason" id="person-reason" type="text" autocomplete="off" maxlength="80">'
    fields = _field("purpose", say("persons.purpose"), purpose) + _field("reason", say("persons.reason"), reason)
    return f'<form class="calmform" data-part="personwhy" data-site="{escape(site)}" novalidate>{fields}</form>'


def looks_card(say: Speech, found: PersonsPage) -> Component:
    """Who has looked, for whoever answers for these persons: the newest first."""
    heads = [th(say.named("lookcol", name), scope="col") for name in LOOK_COLUMNS]
    rows = [_look(say, look, found.zone) for look in found.looks]
    box = div(table(thead(tr(*heads)), tbody(*rows), kind="dense"), kind="calmtimes", tabIndex=0, role="group",
              aria_label=say("persons.looks"))  # fmt: skip
    shown = box if rows else p(say("persons.no_looks"), kind="none")
    return card(say("persons.looks"), p(say("persons.looks_how"), kind="soft calmnight"), shown)


def _look(say: Speech, look: Look, zone: str) -> Component:
    language = 0 if say.language == "zh" else 1
    purpose = PURPOSES[look.purpose][language] if look.purpose in PURPOSES else look.purpose
    why = (
        say("persons.refused", why=say.named("personwrong", look.refused))
        if look.refused
        else f"{purpose} · {look.reason}"
    )
    cells: tuple[Component | str, ...] = (
        wall_clock(look.at, zone),
        look.author,
        say.named("role", look.role),
        code(look.person),
        why,
    )
    labelled = zip(cells, LOOK_COLUMNS, strict=True)
    return tr(*(td(cell, data_label=say.named("lookcol", name), kind="wraps") for cell, name in labelled))


def file_card(say: Speech, found: PersonsPage) -> Component:
    field = '<input name="file" id="person-file" type="file" accept=".csv,text/csv">'
    go = f'<div class="ends"><button type="submit" class="btn main">{escape(say("persons.hand_in"))}</button></div>'
    wrong = '<p class="wrong" role="alert" data-part="personwrong"></p>'
    form = (
        f'<form class="calmform" data-part="personfile" data-site="{escape(found.site)}" novalidate>'
        f"{_field('file', say('persons.file'), field)}{go}{wrong}</form>"
    )
    return card(say("persons.enter"), p(say("persons.enter_how"), kind="soft calmnight"), div(data_fields=form))


def _field(name: str, label: str, control: str) -> str:
    return f'<div class="field"><label for="person-{name}">{escape(label)}</label>{control}</div>'
