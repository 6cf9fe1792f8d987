"""The card with today's curve: the drawing in two sizes, its key, and the same as a table for readers."""

from dash import html
from dash.development.base_component import Component

from dashboard.figures.curve import Words, curve, hourly
from dashboard.parts.blank import drawing
from dashboard.parts.card import card
from dashboard.rows import SitePageRows
from dashboard.words import Speech


def curve_card(say: Speech, rows: SitePageRows) -> Component:
    """Drawn from the rows of the page; the stream moves its end."""
    capacity = rows.frame.site.capacity
    words = Words(say("curve.label"), say("curve.capacity", n=f"{capacity:,}") if capacity else "")
    wide, phone = (
        curve(rows.today, rows.yesterday, rows.day_start, rows.day_end, rows.frame.as_of, capacity, words, width=width, height=height, step_h=step)
        for width, height, step in ((744, 226, 2), (342, 160, 4))
    )
    keys = [html.Span([html.I(), say(f"curve.{name}")], className=kind) for name, kind in (("today", ""), ("yesterday", "y"), ("gap", "o"))]
    body = [html.Div([drawing(wide, "wide"), drawing(phone, "phone")], className="drawn"), html.Div(_table(say, rows), className="unseen")]
    return card(say("curve.title"), body, end=[html.Span(keys, className="key")])


def _table(say: Speech, rows: SitePageRows) -> html.Table:
    lines = hourly(rows.today, rows.yesterday, rows.day_start, rows.frame.as_of)
    heads = [html.Th(say(key), scope="col") for key in ("curve.hour", "curve.today", "curve.yesterday")]
    body = [html.Tr([html.Th(hour, scope="row"), html.Td(_number(today)), html.Td(_number(before))]) for hour, today, before in lines]
    return html.Table([html.Caption(say("curve.table")), html.Thead(html.Tr(heads)), html.Tbody(body)])


def _number(people: int | None) -> str:
    return "—" if people is None else f"{people:,}"
