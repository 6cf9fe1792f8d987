"""The card with the map: ground and marks drawn once, filled by the stream; its keys, its buttons, its legend."""

import json
import re
from functools import cache
from pathlib import Path

from dash.development.base_component import Component

from dashboard.figures.district import District, district_of, ground, plane_of
from dashboard.figures.pins import GLASS, pins
from dashboard.parts.blank import drawing
from dashboard.parts.card import card, field, separator
from dashboard.parts.marks import FOLDER
from dashboard.parts.tags import Child, a, b, button, div, p, small, span
from dashboard.words import Speech

GEOJSON = Path(__file__).with_name("district.geojson")
KINDS = ("INST", "STC", "CST", "NSP", "DCC", "MEAL", "MPT", "HCO")
BANDS = (1, 2, 3, 4, 5)
FRESHNESS = ("late", "silent", "new", "closed")


def map_card(say: Speech, *, listed: str = "") -> Component:
    """`listed`: where the same stands as a list, if not beside the map."""
    beside: list[Child] = [a(say("map.as_list"), href=listed, kind="link")] if listed else []
    back = button(say("map.whole"), type="button", kind="btn low", data_part="map-whole", hidden=True)
    end = span(back, span(say("map.schematic")), *beside, kind="mapend")
    lost = p(kind="unplaced", data_part="unplaced", hidden=True)
    return card(say("map.title"), _box(say), lost, _key(say), end=end, kind="mapcard", part="mapcard")


def _box(say: Speech) -> Component:
    """Reached by the tab key, moved by arrows, plus and minus; everything on it stands in the list too."""
    turns = [("map-in", "+", say("map.in")), ("map-out", "−", say("map.out")), ("map-home", "", say("map.home"))]
    buttons = div(*(_turn(*turn) for turn in turns), kind="turns")
    inside = [drawing(map_svg(), "mapdrawn"), _pop(), buttons]
    return div(*inside, kind="mapbox", data_part="mapbox", role="application", tabIndex=0, aria_label=say("map.label"))


def _turn(part: str, sign: str, word: str) -> Component:
    face = span(sign, aria_hidden="true") if sign else span(kind="ic ic-map", aria_hidden="true")
    return button(face, type="button", data_part=part, aria_label=word, title=word)


def _pop() -> Component:
    count = span(field("people", "figure", tag=b), field("capacity", tag=small))
    lines = [
        field("name", "nm"),
        span(field("place"), separator(), field("kind")),
        span(field("state"), count, field("band"), kind="row"),
    ]
    return a(*lines, href="/sites", kind="pop", data_part="map-pop", hidden=True, tabIndex=-1)


def _key(say: Speech) -> Component:
    kinds = [_mark(say.named("kind", kind), kind, 2) for kind in KINDS]
    fills = [_mark(say.named("band", str(band)), "CST", band) for band in BANDS]
    fresh = [_mark(say.named("state", state), "CST", None, state) for state in FRESHNESS]
    ring = span(span(kind="ringed", aria_hidden="true"), say("map.ring"))
    return div(div(*kinds), div(*fills, *fresh, ring), kind="legend")


def _mark(word: str, kind: str, band: int | None, state: str = "live") -> Component:
    """A row of the legend, drawn by the same symbols as the map."""
    key = state if state in ("silent", "new", "closed") else band or 2
    late = ' class="pin late"' if state == "late" else ' class="pin"'
    svg = f'<svg viewBox="-10 -11 20 21" aria-hidden="true"><g{late}><use href="#pin-{kind}-{key}"/></g></svg>'
    return span(drawing(svg, "keymark"), word)


@cache
def district() -> District:
    return district_of(json.loads(GEOJSON.read_text("utf-8")))


@cache
def map_svg() -> str:
    """Ground, and empty groups for what the script draws; `data-*` say how degrees become places."""
    land = district()
    plane = plane_of(land)
    numbers = {"west": plane.west, "north": plane.north, "across": plane.across, "down": plane.down, "wide": plane.wide}
    named = " ".join(f'data-{name}="{number:.6f}"' for name, number in numbers.items())
    groups = "".join(f'<g data-part="map-{name}"></g>' for name in ("pins", "names", "raised", "tags"))
    return (
        f'<svg class="map" data-part="map" aria-hidden="true" {named}><defs>{pins(_shapes())}</defs>'
        f'<g data-part="map-ground">{ground(land, plane)}</g>{groups}</svg>'
    )


def _shapes() -> dict[str, str]:
    """Kind -> the outline of its mark, from the files that the lists use as well."""
    return {kind: _outline(FOLDER / f"kind-{kind}.svg") for kind in GLASS}


def _outline(path: Path) -> str:
    found = re.search(r'<path d="([^"]+)"', path.read_text("utf-8"))
    assert found is not None, f"{path.name} draws no path"
    return found[1]
