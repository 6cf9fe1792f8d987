"""Times that are kept calm: what holds and what comes, and a form for those who may keep a site or a street calm."""

import dash
from dash.development.base_component import Component

from dashboard.calm_reading import calm_page
from dashboard.parts.calm_card import calm_card, calm_form
from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.tags import main

dash.register_page(__name__, path="/calm", name="calm")  # type: ignore[no-untyped-call]


def layout(site: str = "", **_address: str) -> Component:
    """`site` is chosen beforehand where the address names one of hers."""
    found = calm_page()
    if found is None:
        return missing()
    say = reader().say
    names = {"data_view": "overview", "data_title": say("title.calm")}
    names |= {"data_back": "/alarms", "data_back_word": say("menu.alarms")}
    form = [calm_form(say, found, site)] if found.sites or found.streets else []
    return main(calm_card(say, found), *form, kind="page calmpage", id="main", tabIndex=-1, **names)
