"""One alarm at the desk, by its own address."""

import dash
from dash.development.base_component import Component

from dashboard.guarded import desk_page
from dashboard.parts.alarm_desk import desk_layout
from dashboard.parts.missing import missing

dash.register_page(__name__, path_template="/alarms/<alarm>", name="alarm")  # type: ignore[no-untyped-call]


def layout(alarm: str = "", **_address: str) -> Component:
    """An alarm that is not there and one that is not the viewer's look the same."""
    rows = desk_page(alarm) if alarm else None
    return missing() if rows is None else desk_layout(rows, is_list=False)
