"""The card with today's curve: the drawing in two sizes, its key, and the same as a table for readers."""

from dash.development.base_component import Component

from dashboard.figures.curve import Words, curve, hourly
from dashboard.parts.blank import drawing
from dashboard.parts.card import card
from dashboard.parts.tags import caption, div, i, span, table, tbody, td, th, thead, tr
from dashboard.rows import SitePageRows
from dashboard.words import Speech

SIZES = (("broad", 1240, 300, 2), ("wide", 744, 226, 2), ("phone", 342, 160, 4))
"""Class, width, height in CSS pixels, hours between two words of the axis."""
KEYS = (("today", ""), ("yesterday", "y"), ("usual", "m"), ("band", "b"), ("gap", "o"))
USUAL = ("usual", "band")


def curve_card(say: Speech, rows: SitePageRows) -> Component:
    """Drawn from the rows of the page; the stream moves its end."""
    drawings = [drawing(_curve(say, rows, *size), kind) for kind, *size in SIZES]
    keys = [span(i(), say(f"curve.{name}"), kind=kind) for name, kind in KEYS if rows.usual or name not in USUAL]
    twin = div(_table(say, rows), kind="unseen")
    key = span(*keys, kind="key")
    return card(say("curve.title"), div(*drawings, kind="drawn"), twin, end=key, kind="curvecard")


def _curve(say: Speech, rows: SitePageRows, width: int, height: int, step_h: int) -> str:
    capacity = rows.frame.site.capacity
    words = Words(say("curve.label"), say("curve.capacity", n=f"{capacity:,}") if capacity else "")
    span_of_day = (rows.day_start, rows.day_end, rows.frame.as_of)
    tracks = (rows.today, rows.yesterday, rows.usual)
    return curve(*tracks, *span_of_day, capacity, words, width=width, height=height, step_h=step_h)


def _table(say: Speech, rows: SitePageRows) -> Component:
    heads = [th(say(key), scope="col") for key in ("curve.hour", "curve.today", "curve.yesterday", "curve.usual")]
    lines = hourly(rows.today, rows.yesterday, rows.usual, rows.day_start, rows.frame.as_of)
    body = [tr(th(hour, scope="row"), *(td(_number(people)) for people in numbers)) for hour, *numbers in lines]
    return table(caption(say("curve.table")), thead(tr(*heads)), tbody(*body))


def _number(people: int | None) -> str:
    return "—" if people is None else f"{people:,}"
