"""Native form fields as text, for forms that Dash has no tags for; everything that is given is escaped here."""

from collections.abc import Sequence
from html import escape


def options(pairs: Sequence[tuple[str, str]], chosen: str) -> str:
    """(value, word) each."""
    return "".join(_option(value, word, value == chosen) for value, word in pairs)


def _option(value: str, word: str, selected: bool) -> str:
    return f'<option value="{escape(value)}"{" selected" if selected else ""}>{escape(word)}</option>'


def select(name: str, pairs: Sequence[tuple[str, str]], chosen: str) -> str:
    return f'<select name="{escape(name)}">{options(pairs, chosen)}</select>'


def text_field(name: str, value: str = "", placeholder: str = "", most: int = 64, kind: str = "text") -> str:
    said = f'value="{escape(value[:most])}" placeholder="{escape(placeholder)}"'
    return f'<input name="{escape(name)}" type="{kind}" {said} autocomplete="off" maxlength="{most}">'


def hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
