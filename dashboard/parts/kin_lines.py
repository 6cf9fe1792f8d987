"""Lines about a site that is closed for good, and about those whose work it goes on with or who go on with its."""

from dash.development.base_component import Component

from dashboard.parts.marks import icon
from dashboard.parts.tags import a, p, span
from dashboard.rows import Kin
from dashboard.words import Speech
from models.civil_day import wall_clock


def kin_lines(say: Speech, found: Kin, zone: str, folder: str) -> list[Component]:
    """`folder` is where the sites' pages stand that are linked."""
    lines = []
    if found.ended_from is not None:
        lines.append(say("registry.ended_since", day=wall_clock(found.ended_from, zone)[:10]))
    said = [p(icon("info", small=True), span(line), kind="calmline") for line in lines]
    for key, ones in (("registry.successors", found.successors), ("registry.predecessors", found.predecessors)):
        links = [
            span(a(code, href=f"{folder}/{code}", kind="link"), f" ({wall_clock(since, zone)[:10]})")
            for code, since in ones
        ]
        if links:
            said.append(p(icon("next", small=True), span(say(key)), *links, kind="calmline"))
    return said
