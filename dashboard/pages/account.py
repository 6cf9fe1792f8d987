"""One's own account: language, password, second factor, sessions."""

import dash
from dash.development.base_component import Component

from dashboard.account_reading import own_page
from dashboard.parts.account_cards import account_cards
from dashboard.parts.reader import reader
from dashboard.parts.tags import main

dash.register_page(__name__, path="/account", name="account")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    say = reader().say
    names = {"data_view": "", "data_title": say("title.account")}
    cards = account_cards(say, *own_page())
    return main(*cards, kind="page calmpage recipientpage accountpage", id="main", tabIndex=-1, **names)
