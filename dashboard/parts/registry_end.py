"""The end of a site, and its return: from which day on, and who goes on with its work."""

from html import escape

from dash.development.base_component import Component

from dashboard.parts.card import card
from dashboard.parts.tags import div, p
from dashboard.registry_reading import RegistryPage
from dashboard.registry_rows import RegistrySite
from dashboard.words import Speech


def end_card(say: Speech, page: RegistryPage, one: RegistrySite) -> Component:
    today = page.today.isoformat()
    day = f'<input type="date" name="day" id="end-day" value="{today}" max="{today}">'
    fields = _field("day", say("registry.end_day"), day)
    ends = one.kin.ended_from is None
    if ends:
        hint = escape(say("registry.successors_hint"))
        about = 'name="successors" id="end-successors" maxlength="400" autocomplete="off"'
        others = f'<input type="text" {about} placeholder="{hint}">'
        fields += _field("successors", say("registry.successors_field"), others)
    word = say("registry.close" if ends else "registry.reopen")
    go = f'<button type="submit" class="btn">{escape(word)}</button>'
    wrong = '<p class="wrong" role="alert" data-part="endwrong"></p>'
    kind = "close" if ends else "reopen"
    last = f'<div class="ends">{go}</div>{wrong}'
    form = f'<form class="calmform" data-part="endform" data-kind="{kind}" novalidate>{fields}{last}</form>'
    title = say("registry.end_title" if ends else "registry.reopen_title")
    return card(
        title,
        p(say("registry.end_how" if ends else "registry.reopen_how"), kind="soft calmnight"),
        div(data_fields=form),
    )


def _field(name: str, label: str, control: str) -> str:
    return f'<div class="field"><label for="end-{name}">{escape(label)}</label>{control}</div>'
