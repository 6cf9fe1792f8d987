"""The HTML document around the application: language, theme, dictionary, and bones to look at until the rest is here."""

import json
import re
from functools import cache
from html import escape
from pathlib import Path

import dash

from dashboard.parts.marks import marks_css
from dashboard.parts.reader import THEMES, reader
from dashboard.words import FOLDERS, HTML_LANG, Speech, catalogue
from dashboard.words.trade import trade_words

TOKENS = Path(__file__).parents[1] / "assets" / "tokens.css"

BONES_CSS = (
    "#bones{position:absolute;inset:0;visibility:hidden;animation:bones 0s .3s forwards}"
    "@keyframes bones{to{visibility:visible}}body:has(.page) #bones{display:none}"
    "#bones i{position:absolute;display:block;border-radius:8px;background:var(--sunken)}"
    "@media(max-width:1199px){#bones i{left:88px!important;right:24px!important;width:auto!important}"
    "#bones i:nth-child(n+3){display:none}}@media(max-width:767px){#bones i{left:12px!important;right:12px!important}}"
    "._dash-loading,._dash-loading-callback{display:none}"
)
BONES = (
    "<i style='left:224px;right:24px;top:72px;height:96px'></i><i style='left:224px;width:376px;top:184px;bottom:24px'></i>"
    "<i style='left:616px;right:24px;top:184px;height:124px'></i><i style='left:616px;right:24px;top:324px;bottom:24px'></i>"
)


class Screen(dash.Dash):
    """Dash whose document speaks the reader's language and carries no outside address."""

    def interpolate_index(  # type: ignore[no-untyped-def]  # the signature is Dash's own
        self, metas="", title="", css="", config="", scripts="", app_entry="", favicon="", renderer=""
    ) -> str:
        here = reader()
        return "".join(
            (
                _opening(here.say, here.theme, here.zone, str(title) or here.say("brand"), f"{metas}{favicon}{css}"),
                _bones(),
                str(app_entry),
                _dictionary(here.say.language),
                f"<footer>{config}{scripts}{renderer}</footer></body></html>",
            )
        )


def document(say: Speech, theme: str | None, title: str, body: str, *, kind: str = "") -> str:
    """A whole page without a script, for those who are not signed in."""
    links = "".join(f'<link rel="stylesheet" href="/assets/{name}.css">' for name in ("tokens", "app", "door"))
    opening = _opening(say, theme, "", title, links).replace("<body>", f'<body class="{kind}">')
    return f"{opening}{body}</body></html>"


def _opening(say: Speech, theme: str | None, zone: str, title: str, links: str) -> str:
    chosen = f' data-theme="{theme}"' if theme in THEMES else ""
    return (
        f'<!doctype html><html lang="{HTML_LANG[say.language]}"{chosen} data-zone="{escape(zone)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">'
        f'<title>{escape(title)}</title><link rel="icon" href="/assets/marks/logo.svg" type="image/svg+xml">'
        f"<style>{schemes()}{marks_css()}{BONES_CSS}</style>{links}</head><body>"
    )


def _bones() -> str:
    nothing = " / ".join(Speech(language)("noscript") for language in FOLDERS)
    return f'<div id="bones" aria-hidden="true">{BONES}</div><noscript><p>{nothing}</p></noscript>'


@cache
def schemes() -> str:
    """The dark tokens for a reader who has chosen no theme and whose browser prefers dark; on paper always the light ones."""
    css = TOKENS.read_text("utf-8")
    dark = re.search(r"\[data-theme=dark\], \[data-theme=wall\] \{([^}]*)\}", css)
    light = re.search(r"(--bg:[^}]*)\}", css)
    if dark is None or light is None:
        raise RuntimeError(f"{TOKENS} has no block for light, or none for [data-theme=dark]")
    paper = " ".join(re.sub(r"/\*.*?\*/", "", light[1]).split())
    return (
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme]){{{' '.join(dark[1].split())}}}}}"
        f"@media print{{:root,:root[data-theme]{{color-scheme:light;{paper}--shadow:none;}}}}"
    )


@cache
def _dictionary(language: str) -> str:
    """The words for the scripts, as data: a script policy without inline scripts lets it through."""
    words = catalogue(language) | trade_words(language)
    text = json.dumps(words, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="words">{text}</script>'
