"""The alarms desk: the list, and beside it the alarm that is worst as it opens."""

import dash
from dash.development.base_component import Component

from dashboard.guarded import desk_page
from dashboard.parts.alarm_desk import desk_layout, first_of
from dashboard.parts.missing import missing

dash.register_page(__name__, path="/alarms", name="alarms")  # type: ignore[no-untyped-call]


def layout(grade: str = "", street: str = "", state: str = "", **_address: str) -> Component:
    """What is shown stays: an alarm that comes later must not slip under a finger that is about to press."""
    rows = desk_page("")
    worst = first_of(rows, grade, street, state) if rows else None
    shown = desk_page(str(worst)) if worst else rows
    return desk_layout(shown, is_list=True) if shown else missing()
