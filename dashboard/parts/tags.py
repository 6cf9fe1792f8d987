"""HTML tags as functions: children first, then the class, then attributes; `data_f` and `aria_label` get their hyphens."""

from typing import Any, Protocol

from dash import html
from dash.development.base_component import Component

Child = Component | str


class Tag(Protocol):
    def __call__(self, *children: Child, kind: str = "", **attributes: str | int | bool | None) -> Component: ...


def _tag(name: str) -> Tag:
    make: Any = getattr(html, name)

    def tag(*children: Child, kind: str = "", **attributes: str | int | bool | None) -> Component:
        named = {_hyphened(key): value for key, value in attributes.items() if value is not None}
        made: Component = make(list(children), **({"className": kind} if kind else {}), **named)
        return made

    return tag


def _hyphened(key: str) -> str:
    return key.replace("_", "-") if key.startswith(("data_", "aria_")) else key


a, article, b, br, button, caption = map(_tag, ("A", "Article", "B", "Br", "Button", "Caption"))
code, dd, div, dl, dt, h1, h2 = map(_tag, ("Code", "Dd", "Div", "Dl", "Dt", "H1", "H2"))
header, i, img, li, main, nav, ol, p = map(_tag, ("Header", "I", "Img", "Li", "Main", "Nav", "Ol", "P"))
dialog, kbd = map(_tag, ("Dialog", "Kbd"))
section, small, span, table, tbody, td = map(_tag, ("Section", "Small", "Span", "Table", "Tbody", "Td"))
template, th, thead, time, tr, ul = map(_tag, ("Template", "Th", "Thead", "Time", "Tr", "Ul"))
