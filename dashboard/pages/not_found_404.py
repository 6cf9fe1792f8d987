"""No such page, or not yours to see: the two look the same."""

import dash
from dash.development.base_component import Component

from dashboard.parts.missing import missing

dash.register_page(__name__, name="missing")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    return missing()
