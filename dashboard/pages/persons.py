"""The persons of one site, masked; a name in full for a purpose and a reason, for a minute."""

import dash
from dash.development.base_component import Component

from dashboard.parts.missing import missing
from dashboard.parts.person_cards import file_card, looks_card, person_card
from dashboard.parts.reader import reader
from dashboard.parts.tags import main
from dashboard.person_reading import persons_page

dash.register_page(__name__, path_template="/persons/<site>", name="persons")  # type: ignore[no-untyped-call]


def layout(site: str = "", **_address: str) -> Component:
    found = persons_page(site)
    if found is None:
        return missing()
    say = reader().say
    names = {"data_view": "", "data_title": say("title.persons")}
    names |= {"data_back": f"/sites/{found.site}", "data_back_word": found.site}
    cards = [person_card(say, found), looks_card(say, found), *([file_card(say, found)] if found.may_enter else [])]
    return main(*cards, kind="page calmpage recipientpage personspage", id="main", tabIndex=-1, **names)
