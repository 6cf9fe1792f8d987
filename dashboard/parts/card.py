"""Cards, and the slots that the live script fills: a slot is the model of one row, kept in a template."""

from dash.development.base_component import Component

from dashboard.parts.marks import icon
from dashboard.parts.tags import Child, Tag, a, button, div, h2, header, i, p, section, span, template
from dashboard.words import Speech


def card(title: str, *body: Child, end: Child | None = None, kind: str = "", part: str | None = None) -> Component:
    """A card with its heading; `end` stands at the right of it."""
    head = header(h2(title), *([div(end, kind="end")] if end is not None else []))
    return section(head, *body, kind=f"card {kind}".strip(), data_part=part)


def field(name: str, kind: str = "", *, tag: Tag = span, text: str = "") -> Component:
    """A place for one live text; found by its name inside its slot or card."""
    return tag(text, kind=kind, data_f=name)


def slot(name: str, model: Component) -> Component:
    """The model of one row of a list."""
    return template(model, data_slot=name)


def csv_link(say: Speech, href: str, name: str) -> Component:
    """The table as a file; where the page has filters the script adds them."""
    told = say("csv.of", name=name)
    return a("CSV", href=href, kind="link", data_export="", data_reload="", download="", aria_label=told, title=told)


def nothing(part: str, text: str) -> Component:
    """What stands in place of an empty list."""
    return p(text, kind="none", data_part=part, hidden=True)


def separator(field_name: str | None = None) -> Component:
    """The drawn dot between two words; a typed one is full-width in Chinese fonts."""
    return i(kind="sep", aria_hidden="true", data_f=field_name)


def formula(label: str, text: str, beside: str = "") -> Component:
    """The small i whose text opens on hover, focus and tap; `beside`: what it is compared with."""
    opener = button(
        icon("info", small=True), type="button", aria_label=" ".join(filter(None, (f"{label}: {text}", beside)))
    )
    told = span(text, span(beside, kind="how"), role="tooltip") if beside else span(text, role="tooltip")
    return span(opener, told, kind="tip")
