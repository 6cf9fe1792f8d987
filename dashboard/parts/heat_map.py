"""People inside by weekday and hour: a table that is its own text, each cell as dark as it is full, and the key to it.

Where people live the emptiest hour is nearly as full as the fullest, and a scale from nought would be one dark block: then it
begins at the least of these hours, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dash.development.base_component import Component

from dashboard.parts.day_words import MISSING, number
from dashboard.parts.tags import caption, div, p, span, table, tbody, td, th, thead, tr
from dashboard.report_rows import HeatCell
from dashboard.words import Speech

STEPS = 5


@dataclass(frozen=True)
class Scale:
    """Whole persons, as the cells say them: the lightest step begins at `least`, the darkest ends at `most`."""

    least: int
    most: int

    @property
    def begins_at_nought(self) -> bool:
        return self.least == 0

    def step(self, people: int) -> int:
        """0 is nobody, which is no step of a scale from nought."""
        if self.begins_at_nought and people == 0:
            return 0
        return min(STEPS, 1 + STEPS * (people - self.least) // max(self.most - self.least, 1))

    def steps(self) -> list[tuple[int, int, int]]:
        """(step, from, to) of those that any number of persons falls into."""
        numbers = range(1 if self.begins_at_nought else self.least, self.most + 1)
        return [
            (step, some[0], some[-1]) for step, some in ((s, list(found)) for s, found in groupby(numbers, self.step))
        ]


def scale_of(people: Sequence[int]) -> Scale:
    """From nought, unless the least is at least half of the most; no step is narrower than a person."""
    least, most = min(people, default=0), max(people, default=0)
    return Scale(least, max(most, least + STEPS)) if most and 2 * least >= most else Scale(0, most)


def heat_map(say: Speech, cells: Sequence[Sequence[HeatCell]]) -> Component:
    scale = scale_of([round(cell.people) for day in cells for cell in day if cell.people is not None])
    hours = [th(f"{hour}", scope="col") for hour in range(24)]
    head = thead(tr(th(span(say("report.heat.day"), kind="unseen"), scope="col"), *hours))
    rows = [
        tr(th(say(f"report.weekday.{number_}"), scope="row"), *(_cell(say, cell, scale) for cell in day))
        for number_, day in enumerate(cells)
    ]
    return div(
        table(caption(say("report.heat.caption"), kind="unseen"), head, tbody(*rows), kind="heat"), _key(say, scale)
    )


def _cell(say: Speech, cell: HeatCell, scale: Scale) -> Component:
    """What was not heard is hatched and says so; nobody there is an empty cell with a nought."""
    if cell.people is None:
        return td(MISSING, kind="none", title=say("report.heat.none"))
    people = round(cell.people)
    return td(number(people), kind=f"h{scale.step(people)}", title=say("report.heat.of", n=cell.hours))


def _key(say: Speech, scale: Scale) -> Component:
    """Which shade is how many, and where the shades begin."""
    if not scale.most:
        return p(kind="heatkey")
    shades = [
        span(number(first) if first == last else f"{number(first)}–{number(last)}", kind=f"h{step}")
        for step, first, last in scale.steps()
    ]
    begins = "" if scale.begins_at_nought else say("report.heat.begins", n=number(scale.least))
    return p(
        span(say("report.heat.people")), *shades, *([span(begins, kind="begins")] if begins else []), kind="heatkey"
    )
