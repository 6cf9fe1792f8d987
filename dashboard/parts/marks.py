"""Marks and icons: drawn once as SVG files, laid over a colour by CSS masks, so that they follow every theme."""

from functools import cache
from pathlib import Path
from urllib.parse import quote

from dash.development.base_component import Component

from dashboard.parts.tags import i, span

FOLDER = Path(__file__).parents[1] / "assets" / "marks"
OUTLINE = 'fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"'


def icon(name: str, *, small: bool = False) -> Component:
    return span(kind=f"ic ic-{name}{' small' if small else ''}", aria_hidden="true")


def state_mark(field: str | None = None, *, state: str = "new", id: str | None = None) -> Component:
    """The dot, half ring, cross or ring of a site's state; the word stands beside it."""
    return span(kind="st", id=id, data_f=field, data_state=state, aria_hidden="true")


def grade_mark(field: str | None = None) -> Component:
    """Octagon, triangle, disc or square; without a field of its own it takes the grade of its parent."""
    return span(kind="gr", data_f=field, data_grade="" if field else None, aria_hidden="true")


def kind_mark(field: str) -> Component:
    """The shape of a site's kind, filled like a glass by its load."""
    return span(kind="ki", data_f=field, data_kind="", aria_hidden="true")


def load_cells() -> Component:
    """Five cells, as many lit as the load band says."""
    return span(*(i() for _ in range(5)), kind="meter", aria_hidden="true")


@cache
def marks_css() -> str:
    """Every mark as a data address in a CSS variable (icons: in a class)."""
    drawings = {path.stem: path.read_text("utf-8").strip() for path in sorted(FOLDER.glob("*.svg"))}
    filled = {f"{name}-full": svg.replace(OUTLINE, "") for name, svg in drawings.items() if name.startswith("kind-")}
    icons = [f".ic-{name[5:]}{{--m:{_address(svg)}}}" for name, svg in drawings.items() if name.startswith("icon-")]
    rest = {name: svg for name, svg in drawings.items() if not name.startswith(("icon-", "logo"))} | filled
    variables = "".join(f"--{name}:{_address(svg)};" for name, svg in rest.items())
    return f":root{{{variables}}}{''.join(icons)}"


def _address(svg: str) -> str:
    text = svg.replace('"', "'")
    return f'url("data:image/svg+xml,{quote(text, safe=" =:/,.;()-_" + chr(39))}")'
