"""The district's days: who has signed, how complete and how timely the data was; what is filtered stands in the address."""

import dash
from dash.development.base_component import Component

from dashboard.guarded import day_list, unsigned_days
from dashboard.parts.day_list import days_card
from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.tags import main
from dashboard.parts.unsigned_line import unsigned_line

dash.register_page(__name__, path="/days", name="days")  # type: ignore[no-untyped-call]


def layout(day: str = "", street: str = "", state: str = "", **_address: str) -> Component:
    """Yesterday, unless the address says another day."""
    rows = day_list(day)
    if rows is None:
        return missing()
    here = reader()
    names = {"data_view": "", "data_title": here.say("title.days")}
    return main(
        *unsigned_line(here.say, unsigned_days()),
        days_card(here.say, rows, street, state, here.zone),
        kind="page dayspage",
        id="main",
        tabIndex=-1,
        **names,
    )
