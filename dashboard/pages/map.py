"""Where every site is and how it is, and the same as a list; the street that is looked at stands in the address."""

import dash
from dash.development.base_component import Component

from dashboard.parts.map_card import map_card
from dashboard.parts.reader import reader
from dashboard.parts.site_list import site_list, site_slot
from dashboard.parts.tags import main

dash.register_page(__name__, path="/map", name="map")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    """Map and list are painted by one stream and filtered by one address."""
    say = reader().say
    names = {"data_view": "map", "data_title": say("title.map")}
    return main(map_card(say), site_list(say), site_slot(), kind="page mappage", id="main", tabIndex=-1, **names)
