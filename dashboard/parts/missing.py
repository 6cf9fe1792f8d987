"""What stands in place of a page that does not exist or is not the viewer's."""

from dash import html
from dash.development.base_component import Component

from dashboard.parts.blank import BROKEN, blank
from dashboard.parts.reader import reader


def missing() -> Component:
    say = reader().say
    home = html.A(say("missing.home"), href="/", className="btn main")
    inner = blank(BROKEN, say("missing.title"), [html.P(say("missing.text")), home])
    return html.Main([html.Section(inner, className="card")], id="main", className="page", tabIndex=-1, **{"data-title": say("title.missing")})


def failed(code: str) -> Component:
    """The page could not be made; `code` is what the log line of the failure carries."""
    say = reader().say
    again = html.Button(say("error.again"), id="again", type="button", className="btn main")
    inner = blank(BROKEN, say("error.title"), [html.P(say("error.text", code=code)), again])
    return html.Main([html.Section(inner, className="card")], id="main", className="page", tabIndex=-1, **{"data-title": say("error.title")})
