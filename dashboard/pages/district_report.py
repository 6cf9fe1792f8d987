"""A day, week, month or year of the district or of a street; the street stands in the address."""

import dash
from dash.development.base_component import Component

from dashboard.guarded import scope_report
from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.report_district import district_sheets, scope_name
from dashboard.parts.report_rail import report_rail
from dashboard.parts.report_words import period_name
from dashboard.parts.tags import div, main

dash.register_page(__name__, path_template="/district/<period>", name="district_report")  # type: ignore[no-untyped-call]


def layout(period: str = "", street: str = "", **_address: str) -> Component:
    """A period that is none and a street that is not the viewer's look the same."""
    rows = scope_report(period, street)
    if rows is None:
        return missing()
    here = reader()
    title = f"{scope_name(here.say, rows)} · {period_name(here.say, rows.period)}"
    names = {"data_view": "", "data_title": title, "data_back": "/days", "data_back_word": here.say("title.days")}
    sheets = div(*district_sheets(here.say, rows, here.zone, here.simulated), kind="sheets")
    return main(sheets, report_rail(here.say, rows), kind="page daily", id="main", tabIndex=-1, **names)
