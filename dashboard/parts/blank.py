"""What stands where there is nothing to show: it says why, and what to do."""

from dash.development.base_component import Component

from dashboard.parts.tags import Child, div, h2

_SVG = '<svg viewBox="0 0 72 72" fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"'
DAWN = (
    f'{_SVG} stroke="var(--accent-fill)"><path d="M8,50H64M18,50A18,18 0 0 1 54,50M36,22V14M17,29L12,24M55,29L60,24"/>'
    '<path d="M14,58H58" opacity=".4"/></svg>'
)
WAITING = (
    f'{_SVG} stroke="var(--ink-3)"><circle cx="36" cy="36" r="20" stroke-dasharray="5 5"/>'
    '<path d="M36,28V36L42,40" stroke="var(--accent-fill)"/></svg>'
)
BROKEN = (
    f'{_SVG} stroke="var(--ink-3)"><path d="M12,18H60V50H12ZM28,60H44M36,50V60"/>'
    '<path d="M29,27L43,41M43,27L29,41" stroke="var(--p2)"/></svg>'
)


def drawing(markup: str, kind: str = "art") -> Component:
    """Markup of our own that Dash has no tags for; the script sets it in once, when the page arrives."""
    return div(kind=kind, data_drawing=markup)


def blank(svg: str, title: str, *text: Child, part: str | None = None) -> Component:
    """Drawing, one line, one explanation; one that has a part is hidden until the script shows it."""
    return div(drawing(svg), h2(title), *text, kind="blank", data_part=part, hidden=True if part else None)
