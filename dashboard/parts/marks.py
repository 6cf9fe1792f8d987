"""Marks and icons: drawn once as SVG files, laid over a colour by CSS masks, so that they follow every theme."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from dash import html

FOLDER = Path(__file__).parents[1] / "assets" / "marks"


def icon(name: str, *, small: bool = False) -> html.Span:
    return html.Span(className=f"ic ic-{name}{' small' if small else ''}", **{"aria-hidden": "true"})


def state_mark(field: str | None = None, **names: str) -> html.Span:
    """The dot, half ring, cross or ring of a site's state; the word stands beside it."""
    return html.Span(className="st", **_named(field), **{"data-state": "new", "aria-hidden": "true"}, **names)


def grade_mark(field: str | None = None, grade: int | None = None) -> html.Span:
    """Octagon, triangle, disc or square; without a grade it takes that of its parent."""
    own = {"data-grade": str(grade)} if grade else {"data-grade": ""} if field else {}
    return html.Span(className="gr", **_named(field), **own, **{"aria-hidden": "true"})


def kind_mark(field: str) -> html.Span:
    """The shape of a site's kind, filled like a glass by its load."""
    return html.Span(className="ki", **_named(field), **{"data-kind": "", "aria-hidden": "true"})


def load_cells() -> html.Span:
    """Five cells, as many lit as the load band says."""
    return html.Span([html.I() for _ in range(5)], className="meter", **{"aria-hidden": "true"})


def _named(field: str | None) -> dict[str, str]:
    return {"data-f": field} if field else {}


@cache
def marks_css() -> str:
    """Every mark as a data address in a CSS variable (icons: in a class)."""
    drawings = {path.stem: path.read_text("utf-8").strip() for path in sorted(FOLDER.glob("*.svg"))}
    kinds = {f"{name}-full": _filled(svg) for name, svg in drawings.items() if name.startswith("kind-")}
    icons = [f".ic-{name[5:]}{{--m:{_address(svg)}}}" for name, svg in drawings.items() if name.startswith("icon-")]
    rest = {name: svg for name, svg in drawings.items() if not name.startswith(("icon-", "logo"))} | kinds
    variables = "".join(f"--{name}:{_address(svg)};" for name, svg in rest.items())
    return f":root{{{variables}}}{''.join(icons)}"


def _filled(svg: str) -> str:
    return re.sub(r'fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"', "", svg)


def _address(svg: str) -> str:
    text = svg.replace('"', "'")
    return f'url("data:image/svg+xml,{quote(text, safe=" =:/,.;()-_" + chr(39))}")'
