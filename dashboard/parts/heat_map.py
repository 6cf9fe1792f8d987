"""People inside by weekday and hour: a table that is its own text, each cell as dark as it is full."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard.parts.day_words import MISSING, number
from dashboard.parts.tags import caption, span, table, tbody, td, th, thead, tr
from dashboard.report_rows import HeatCell
from dashboard.words import Speech

STEPS = 5


def heat_map(say: Speech, cells: Sequence[Sequence[HeatCell]]) -> Component:
    top = max((cell.people for day in cells for cell in day if cell.people is not None), default=0.0)
    hours = [th(f"{hour}", scope="col") for hour in range(24)]
    head = thead(tr(th(span(say("report.heat.day"), kind="unseen"), scope="col"), *hours))
    rows = [
        tr(th(say(f"report.weekday.{number_}"), scope="row"), *(_cell(say, cell, top) for cell in day))
        for number_, day in enumerate(cells)
    ]
    return table(caption(say("report.heat.caption"), kind="unseen"), head, tbody(*rows), kind="heat")


def _cell(say: Speech, cell: HeatCell, top: float) -> Component:
    """What was not heard is hatched and says so; nobody there is an empty cell with a nought."""
    if cell.people is None:
        return td(MISSING, kind="none", title=say("report.heat.none"))
    step = min(STEPS, 1 + int(STEPS * cell.people / top)) if cell.people and top else 0
    return td(number(round(cell.people)), kind=f"h{step}", title=say("report.heat.of", n=cell.hours))
