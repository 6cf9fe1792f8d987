"""No such page; it looks like one that is not yours to see."""

import dash
from dash.development.base_component import Component

from dashboard.parts.missing import no_page

dash.register_page(__name__, name="missing")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    return no_page()
