"""Services now: what runs, what should have begun or ended, plan against done, and what does not fit together."""

import dash
import msgspec
from dash.development.base_component import Component

from dashboard.guarded import services_page
from dashboard.parts.reader import reader
from dashboard.parts.services_cards import moved_card, plan_card, questions_card, running_card, services_slots
from dashboard.parts.tags import div, main

dash.register_page(__name__, path="/services", name="services")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    """The first frame stands on the page itself; the script filters it by what stands in the address."""
    say = reader().say
    first = msgspec.json.encode(services_page()).decode()
    right = div(questions_card(say), plan_card(say), moved_card(say), kind="stack")
    names = {"data_view": "services", "data_title": say("title.services"), "data_first": first}
    cards = [running_card(say), right]
    return main(*cards, *services_slots(), kind="page servicespage", id="main", tabIndex=-1, **names)
