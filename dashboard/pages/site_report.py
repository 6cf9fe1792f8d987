"""A week or a month of one site, as a page: the same on a screen and on paper."""

import dash
from dash.development.base_component import Component

from dashboard.guarded import site_report
from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.report_rail import report_rail
from dashboard.parts.report_sheet import name_of, report_sheet
from dashboard.parts.report_words import period_name
from dashboard.parts.tags import main

dash.register_page(__name__, path_template="/reports/<site>/<period>", name="site_report")  # type: ignore[no-untyped-call]


def layout(site: str = "", period: str = "", **_address: str) -> Component:
    """A period that is none and a site that is not the viewer's look the same."""
    rows = site_report(site, period)
    if rows is None:
        return missing()
    here = reader()
    title = f"{name_of(here.say, rows)} · {period_name(here.say, rows.period)}"
    names = {"data_view": "", "data_title": title, "data_back": "/days", "data_back_word": here.say("title.days")}
    both = [report_sheet(here.say, rows, here.zone, here.simulated), report_rail(here.say, rows)]
    return main(*both, kind="page daily", id="main", tabIndex=-1, **names)
