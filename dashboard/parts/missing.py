"""What stands in place of a page that does not exist, is not the viewer's, or could not be made."""

from dash import ctx
from dash.development.base_component import Component

from dashboard.guarded import withhold
from dashboard.parts.blank import BROKEN, blank
from dashboard.parts.reader import reader
from dashboard.parts.tags import a, button, main, p, section


def missing() -> Component:
    """For a page about something that is not there, or not hers: the two look the same, and that she asked is a deed."""
    said: dict[str, object] = ctx.inputs
    withhold(str(said["_pages_location.pathname"]), str(said["_pages_location.search"] or ""))
    return no_page()


def no_page() -> Component:
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
