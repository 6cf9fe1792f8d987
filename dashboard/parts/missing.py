"""What stands in place of a page that does not exist, is not the viewer's, or could not be made."""

from dash.development.base_component import Component

from dashboard.parts.blank import BROKEN, blank
from dashboard.parts.reader import reader
from dashboard.parts.tags import a, button, main, p, section


def missing() -> Component:
    say = reader().say
    inner = blank(
        BROKEN, say("missing.title"), p(say("missing.text")), a(say("missing.home"), href="/", kind="btn main")
    )
    return _page(say("missing.title"), inner)


def failed(code: str) -> Component:
    """The page could not be made; `code` is what the log line of the failure carries."""
    say = reader().say
    again = button(say("error.again"), id="again", type="button", kind="btn main")
    return _page(say("error.title"), blank(BROKEN, say("error.title"), p(say("error.text", code=code)), again))


def _page(title: str, inner: Component) -> Component:
    return main(section(inner, kind="card"), kind="page", id="main", tabIndex=-1, data_title=title)
