"""Outages: when sites were silent, and what people found; of one site with `?site=`."""

import dash
from dash.development.base_component import Component

from dashboard.outage_reading import outage_page
from dashboard.parts.missing import missing
from dashboard.parts.outage_card import outage_card
from dashboard.parts.reader import reader
from dashboard.parts.tags import main

dash.register_page(__name__, path="/outages", name="outages")  # type: ignore[no-untyped-call]


def layout(site: str = "", days: str = "", **_address: str) -> Component:
    found = outage_page(site, days)
    if found is None:
        return missing()
    say = reader().say
    names = {"data_view": "overview", "data_title": say("outages.title")}
    names |= {"data_back": f"/sites/{site}" if site else "/alarms", "data_back_word": site or say("menu.alarms")}
    return main(outage_card(say, found), kind="page calmpage recipientpage", id="main", tabIndex=-1, **names)
