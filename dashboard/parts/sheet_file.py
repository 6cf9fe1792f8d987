"""The sheets of some days as one document that stands alone: styles inside, no script, nothing to fetch."""

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from dash.development.base_component import Component

from dashboard.day_rows import DayPageRows
from dashboard.parts.day_sheet import name_of, sheet
from dashboard.parts.marks import marks_css
from dashboard.parts.markup import markup
from dashboard.parts.tags import p
from dashboard.words import HTML_LANG, Speech

ASSETS = Path(__file__).parents[1] / "assets"
STYLES = ("tokens", "app", "pages", "day", "report")
FACE = (
    ':root,.sheet{--font:"Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif}'
)
"""A server has no system face of its own; what it calls so is often one without Chinese, and then two are mixed."""
_LINK = re.compile(r' href="[^"]*"')
"""What is written by `markup`: a quotation mark within is escaped."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def sheet_file(say: Speech, days: Sequence[DayPageRows], zone: str, simulated: bool, taken: str = "") -> str:
    """One A4 page a day, always in light."""
    title = f"{say('title.days')} · {', '.join(name_of(say, rows) for rows in days)}"
    return paper(say, title, [sheet(say, rows, zone, simulated) for rows in days], taken)


def paper(say: Speech, title: str, sheets: Sequence[Component], taken: str = "") -> str:
    """Any sheets, each a page; at the foot of each by whom it was `taken`, and when.

    Links lead nowhere: in a printed file one of our addresses would be one of the reader's own disk.
    """
    pages = _LINK.sub("", "".join(markup(one) for one in sheets)) + (markup(p(taken, kind="taken")) if taken else "")
    return (
        f'<!doctype html><html lang="{HTML_LANG[say.language]}" data-theme="light"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>{escape(title)}</title>'
        f'<style>{_styles()}{FACE}</style></head><body><main class="page daily">{pages}</main></body></html>'
    )


@cache
def _styles() -> str:
    texts = [(ASSETS / f"{name}.css").read_text(encoding="utf-8") for name in STYLES]
    return re.sub(r"/\*.*?\*/", "", f"{marks_css()}{''.join(texts)}", flags=re.DOTALL)
