"""Days by mail: what one has ordered, a form for more, and what became of every letter."""

import dash
from dash.development.base_component import Component

from dashboard.guarded import letters_page
from dashboard.parts.letters_cards import letters_cards
from dashboard.parts.reader import reader
from dashboard.parts.tags import main

dash.register_page(__name__, path="/letters", name="letters")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    here = reader()
    names = {"data_view": "", "data_title": here.say("title.letters")}
    cards = letters_cards(here.say, letters_page(), here.zone)
    return main(*cards, kind="page letterspage", id="main", tabIndex=-1, **names)
