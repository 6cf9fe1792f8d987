"""Cards, and the slots that the live script fills: a slot is a model of one row, kept in a template."""

from dash import html
from dash.development.base_component import Component

Children = list[Component | str]


def card(title: str, body: Children, *, end: Children | None = None, kind: str = "", part: str | None = None) -> html.Section:
    """A card with its heading; `end` stands at the right of it."""
    head = html.Header([html.H2(title), *([html.Div(end, className="end")] if end else [])])
    names = {"data-part": part} if part else {}
    return html.Section([head, *body], className=f"card {kind}".strip(), **names)


def field(name: str, *, kind: str | None = None, tag: type[Component] = html.Span, text: str = "") -> Component:
    """A place for one live text; found by its name inside its slot or card."""
    return tag(text, className=kind, **{"data-f": name})


def part(name: str, tag: type[Component] = html.Div, children: Children | None = None, **rest: object) -> Component:
    """A place that the live script finds by name on the page."""
    return tag(children or [], **{"data-part": name}, **rest)


def slot(name: str, model: Component) -> html.Template:
    """The model of one row of a list."""
    return html.Template([model], **{"data-slot": name})


def separator(field_name: str | None = None) -> html.I:
    """The drawn dot between two words; a typed one is full-width in Chinese fonts."""
    names = {"data-f": field_name} if field_name else {}
    return html.I(className="sep", **{"aria-hidden": "true"}, **names)


def formula(label: str, text: str) -> html.Span:
    """The small i whose text opens on hover, focus and tap."""
    button = html.Button(html.Span(className="ic ic-info small", **{"aria-hidden": "true"}), type="button", **{"aria-label": f"{label}: {text}"})
    return html.Span([button, html.Span(text, role="tooltip")], className="tip")
