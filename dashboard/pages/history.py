"""Any time of any site, street or the district; everything that is asked stands in the address."""

import dash
from dash.development.base_component import Component

from dashboard.guarded import history_page
from dashboard.history_rows import NotAsked
from dashboard.parts.history_page import history_cards, wrong_card
from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.tags import main

dash.register_page(__name__, path="/history", name="history")  # type: ignore[no-untyped-call]


def layout(**address: str) -> Component:
    """A place that is not there and one that is not the viewer's look the same."""
    here = reader()
    try:
        rows = history_page(address)
        cards = None if rows is None else history_cards(here.say, rows, here.zone)
    except NotAsked as wrong:
        cards = wrong_card(here.say, str(wrong))
    if cards is None:
        return missing()
    names = {"data_view": "", "data_title": here.say("title.history")}
    return main(*cards, kind="page historypage", id="main", tabIndex=-1, **names)
