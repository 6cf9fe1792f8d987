"""What staff do at a site: two buttons beside its state, and a form for each."""

from collections.abc import Iterable
from html import escape

from dash.development.base_component import Component

from dashboard.parts.blank import drawing
from dashboard.parts.marks import icon
from dashboard.parts.tags import button, div, p, span
from dashboard.words import Speech
from models.site_deeds import CLOSE_REASONS, COUNT_REASONS, OPEN_REASONS


def deed_buttons(say: Speech) -> Component:
    """The second is worded by the script: what a door can do depends on how it stands."""
    count = button(icon("pen", small=True), say("deed.count"), type="button", kind="btn", data_deed="count")
    word = span(data_part="door-word")
    door = button(icon("lock", small=True), word, type="button", kind="btn", data_deed="door", hidden=True)
    said = p(role="status", data_part="deed-said", kind="deedsaid")
    return div(count, door, said, kind="deeds")


def deed_forms(say: Speech) -> Component:
    """Native dialogs and fields as text: Dash has no plain input; the script sets them in."""
    return drawing(_count(say) + _door(say, "open", OPEN_REASONS) + _door(say, "close", CLOSE_REASONS), "deedforms")


def _count(say: Speech) -> str:
    area = _field("count", "area", say("deed.area"), '<select name="area" id="deed-count-area"></select>')
    number = (
        '<input name="count" id="deed-count-count" type="text" inputmode="numeric" autocomplete="off" maxlength="6"'
        ' aria-describedby="deed-believed">'
    )
    believed = '<p id="deed-believed" class="believed" data-f="believed"></p>'
    body = (
        area + _field("count", "count", say("deed.number"), number) + believed + _reasons("count", say, COUNT_REASONS)
    )
    return _dialog(say, "count", say("deed.count"), say("deed.count_how"), body)


def _door(say: Speech, name: str, reasons: Iterable[str]) -> str:
    return _dialog(say, name, say.named("deed", name), say.named("deed", f"{name}_how"), _reasons(name, say, reasons))


def _reasons(name: str, say: Speech, reasons: Iterable[str]) -> str:
    codes = "".join(f'<option value="{code}" data-reason="{code}"></option>' for code in reasons)
    none = f'<option value="">{escape(say("deed.choose"))}</option>'
    return _field(
        name, "reason", say("deed.reason"), f'<select name="reason" id="deed-{name}-reason">{none}{codes}</select>'
    )


def _field(form: str, name: str, label: str, control: str) -> str:
    return (
        f'<div class="field" data-field="{name}"><label for="deed-{form}-{name}">{escape(label)}</label>{control}</div>'
    )


def _dialog(say: Speech, name: str, title: str, how: str, body: str) -> str:
    cancel = f'<button type="button" class="btn" data-cancel>{escape(say("deed.cancel"))}</button>'
    go = f'<button type="submit" class="btn main" data-f="go">{escape(title)}</button>'
    return (
        f'<dialog class="deed" data-form="{name}" aria-labelledby="deed-{name}-title"><form novalidate>'
        f'<h2 id="deed-{name}-title">{escape(title)}</h2><p class="soft">{escape(how)}</p>{body}'
        f'<p class="wrong" role="alert" data-f="wrong"></p><div class="ends">{cancel}{go}</div></form></dialog>'
    )
