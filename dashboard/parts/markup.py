"""A tree of components as HTML text, for what leaves the house on paper: no script, no address, every word escaped."""

from collections.abc import Iterator
from html import escape
from typing import Any

VOID = {"br", "img", "hr", "input"}
NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "colSpan": "colspan", "rowSpan": "rowspan"}
DRAWING = "data-drawing"


def markup(child: Any) -> str:
    """Raises TypeError for a component that is not of HTML: what cannot stand on paper is a mistake of the part."""
    return "".join(_pieces(child))


def _pieces(child: Any) -> Iterator[str]:
    if child is None:
        return
    if isinstance(child, str | int | float):
        yield escape(str(child))
        return
    if isinstance(child, list | tuple):
        for one in child:
            yield from _pieces(one)
        return
    said = child.to_plotly_json()
    if said["namespace"] != "dash_html_components":
        raise TypeError(f"{said['type']} has no place on paper")
    name, props = said["type"].lower(), dict(said["props"])
    inner, drawn = props.pop("children", None), props.pop(DRAWING, "")
    yield f"<{name}{''.join(_attributes(props))}>"
    if name in VOID:
        return
    # Markup of our own that the pages' script sets in; here it is set in at once.
    yield drawn
    yield from _pieces(inner)
    yield f"</{name}>"


def _attributes(props: dict[str, Any]) -> Iterator[str]:
    for name, value in props.items():
        if value is None or value is False:
            continue
        shown = "" if value is True else escape(str(value))
        yield f' {NAMES.get(name, name)}="{shown}"'
