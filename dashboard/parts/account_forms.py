"""What the pages about accounts share: a form that posts to its address, a button that does, and what is shown once."""

from html import escape

from dash.development.base_component import Component

from dashboard.parts.tags import button, div, p
from dashboard.words import Speech


def form_of(act: str, fields: str, word: str) -> str:
    """`fields` is native HTML; what went wrong stands below them."""
    go = f'<button type="submit" class="btn main">{escape(word)}</button>'
    wrong = '<p class="wrong" role="alert"></p>'
    return (
        f'<form class="calmform" data-act="{escape(act)}" novalidate>{fields}<div class="ends">{go}</div>{wrong}</form>'
    )


def press(word: str, act: str, kind: str = "btn", told: str | None = None, *, sure: bool = False) -> Component:
    """`sure`: it wants a second press."""
    more = {"data_sure": ""} if sure else {}
    return button(word, type="button", kind=kind, data_act=act, aria_label=told, **more)


def password_field(name: str, label: str, autocomplete: str) -> str:
    return (
        f'<div class="field"><label for="own-{name}">{escape(label)}</label>'
        f'<input name="{name}" id="own-{name}" type="password" maxlength="128" autocomplete="{autocomplete}" required></div>'
    )


def code_field(id_: str, label: str) -> str:
    return (
        f'<div class="field"><label for="{id_}">{escape(label)}</label><input name="code" id="{id_}" maxlength="19" '
        'autocomplete="one-time-code" autocapitalize="off" spellcheck="false" required></div>'
    )


def shown_once(say: Speech) -> Component:
    """A link, a key or recovery codes: filled by the script, gone with the next look at the page."""
    title, what = p(data_f="title", kind="once"), div(data_f="what", kind="oncewhat")
    copy = button(say("accounts.copy"), type="button", kind="btn", data_copy="")
    return div(title, what, copy, kind="onceshown", data_part="once", hidden=True, role="status", tabIndex=-1)
