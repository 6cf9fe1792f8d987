"""Who did what: for auditors and administrators to read and search; nobody can change it."""

import dash
from dash.development.base_component import Component

from dashboard.deed_filter import may_read_deeds, sought_of
from dashboard.guarded import read_deeds, viewer
from dashboard.parts.deed_cards import deed_card
from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.tags import main

dash.register_page(__name__, path="/audit", name="audit")  # type: ignore[no-untyped-call]


def layout(**address: str) -> Component:
    if not may_read_deeds(viewer()):
        return missing()
    here = reader()
    rows, state = read_deeds(sought_of(address, here.zone))
    names = {"data_view": "", "data_title": here.say("title.audit")}
    inner = deed_card(here.say, rows, state, address, here.zone)
    return main(inner, kind="page calmpage recipientpage auditpage", id="main", tabIndex=-1, **names)
