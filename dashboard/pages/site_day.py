"""One day of one site, as a page: the same on a screen and on paper."""

import dash
from dash.development.base_component import Component

from dashboard.guarded import day_not_begun, day_page
from dashboard.parts.day_not_begun import not_begun_card
from dashboard.parts.day_rail import rail
from dashboard.parts.day_sheet import name_of, sheet
from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.tags import main

dash.register_page(__name__, path_template="/days/<site>/<day>", name="site_day")  # type: ignore[no-untyped-call]


def layout(site: str = "", day: str = "", version: str = "", **_address: str) -> Component:
    """A day that is not there and a site that is not the viewer's look the same."""
    rows, here = day_page(site, day, version), reader()
    if rows is None:
        later = day_not_begun(site, day) if not version else None
        return not_begun_card(here.say, later, here.zone) if later else missing()
    names = {"data_view": "", "data_title": f"{here.say('title.days')} · {name_of(here.say, rows)}"}
    both = [sheet(here.say, rows, here.zone, here.simulated), rail(here.say, rows, here.zone)]
    return main(*both, kind="page daily", id="main", tabIndex=-1, **names)
