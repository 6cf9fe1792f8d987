"""All sites as one list; what is filtered stands in the address."""

import dash
from dash import html
from dash.development.base_component import Component

from dashboard.parts.reader import reader
from dashboard.parts.site_list import site_list, site_slot

dash.register_page(__name__, path="/sites", name="sites")


def layout(**_address: str) -> Component:
    """The same list as on the overview, on the same stream, with room."""
    say = reader().say
    return html.Main(
        [site_list(say), site_slot(say)],
        id="main",
        className="page sitespage",
        tabIndex=-1,
        **{"data-view": "overview", "data-title": say("title.sites")},
    )
