"""The accounts that one answers for, invitations, and the keys of programs."""

import dash
from dash.development.base_component import Component

from dashboard.account_reading import people_page
from dashboard.parts.missing import missing
from dashboard.parts.people_cards import people_cards
from dashboard.parts.reader import reader
from dashboard.parts.tags import main

dash.register_page(__name__, path="/accounts", name="accounts")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    found = people_page()
    if found is None:
        return missing()
    say = reader().say
    names = {"data_view": "", "data_title": say("title.accounts")}
    return main(
        *people_cards(say, found), kind="page calmpage recipientpage accountpage", id="main", tabIndex=-1, **names
    )
