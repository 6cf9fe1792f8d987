"""All sites as one list; what is filtered stands in the address."""

import dash
from dash.development.base_component import Component

from dashboard.parts.reader import reader
from dashboard.parts.site_list import site_list, site_slot
from dashboard.parts.tags import main

dash.register_page(__name__, path="/sites", name="sites")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    """The same list as on the overview, on the same stream, with room."""
    say = reader().say
    names = {"data_view": "overview", "data_title": say("title.sites")}
    return main(site_list(say), site_slot(), kind="page sitespage", id="main", tabIndex=-1, **names)
