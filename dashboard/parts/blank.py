"""What stands where there is nothing to show: it says why, and what to do."""

from dash import html
from dash.development.base_component import Component

from dashboard.parts.card import Children

DAWN = (
    '<svg viewBox="0 0 72 72" fill="none" stroke="var(--accent-fill)" stroke-width="2" stroke-linecap="round" aria-hidden="true">'
    '<path d="M8,50H64M18,50A18,18 0 0 1 54,50M36,22V14M17,29L12,24M55,29L60,24"/><path d="M14,58H58" opacity=".4"/></svg>'
)
WAITING = (
    '<svg viewBox="0 0 72 72" fill="none" stroke="var(--ink-3)" stroke-width="2" stroke-linecap="round" aria-hidden="true">'
    '<circle cx="36" cy="36" r="20" stroke-dasharray="5 5"/><path d="M36,28V36L42,40" stroke="var(--accent-fill)"/></svg>'
)
BROKEN = (
    '<svg viewBox="0 0 72 72" fill="none" stroke="var(--ink-3)" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
    '<path d="M12,18H60V50H12ZM28,60H44M36,50V60"/><path d="M29,27L43,41M43,27L29,41" stroke="var(--p2)"/></svg>'
)


def drawing(svg: str, kind: str = "art") -> html.Div:
    """An SVG of our own; the script sets it in once the page is there, since Dash has no SVG elements."""
    return html.Div(className=kind, **{"data-drawing": svg})


def blank(svg: str, title: str, text: Children, *, part: str | None = None, hidden: bool = False) -> Component:
    """Drawing, one line, one explanation."""
    names = {"data-part": part} if part else {}
    return html.Div([drawing(svg), html.H2(title), *text], className="blank", hidden=hidden, **names)
