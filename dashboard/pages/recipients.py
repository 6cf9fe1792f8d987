"""Who is told of alarms at each level and place: the list, the form, the test button, and the log of what was told."""

import dash
from dash.development.base_component import Component

from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.recipient_cards import log_card, recipient_card, recipient_form
from dashboard.parts.tags import main
from dashboard.recipient_reading import recipient_page

dash.register_page(__name__, path="/recipients", name="recipients")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    found = recipient_page()
    if found is None:
        return missing()
    say = reader().say
    names = {"data_view": "overview", "data_title": say("title.recipients")}
    names |= {"data_back": "/alarms", "data_back_word": say("menu.alarms")}
    cards = (recipient_card(say, found), recipient_form(say, found), log_card(say, found))
    return main(*cards, kind="page calmpage recipientpage", id="main", tabIndex=-1, **names)
