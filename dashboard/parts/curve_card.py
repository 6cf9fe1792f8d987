"""The card with today's curve: the drawing in two sizes, its key, and the same as a table for readers."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard.figures.curve import Words, curve, hourly
from dashboard.parts.blank import drawing
from dashboard.parts.card import card, csv_link
from dashboard.parts.tags import caption, div, i, span, table, tbody, td, th, thead, tr
from dashboard.rows import CurvePoint, ScopeCurve, SitePageRows, UsualPoint
from dashboard.words import Speech

SIZES = (("broad", 1240, 360, 2), ("wide", 744, 226, 2), ("phone", 342, 160, 4))
"""Class, width, height in CSS pixels, hours between two words of the axis."""
KEYS = (("today", ""), ("yesterday", "y"), ("usual", "m"), ("band", "b"), ("gap", "o"))
USUAL = ("usual", "band")
SCOPE_SIZES = (("broad", 700, 206, 2), ("wide", 744, 226, 2), ("phone", 342, 160, 4))
"""On the overview the card is as wide as the middle column."""


def curve_card(say: Speech, rows: SitePageRows) -> Component:
    """Drawn from the rows of the page; the stream moves its end."""
    drawings = [drawing(_curve(say, rows, *size), kind) for kind, *size in SIZES]
    wanted = [
        "today",
        *_told(rows.yesterday, "yesterday"),
        *(USUAL if rows.usual else ()),
        *_gap(rows.today, rows.yesterday),
    ]
    keys = [span(i(), say(f"curve.{name}"), kind=kind) for name, kind in KEYS if name in wanted]
    twin = div(_table(say, rows), kind="unseen")
    key = span(*keys, kind="key")
    out = csv_link(say, f"/export/sites/{rows.frame.site.site}/curve.csv", say("curve.title"))
    return card(say("curve.title"), div(*drawings, kind="drawn"), twin, end=span(key, " ", out), kind="curvecard")


def _curve(say: Speech, rows: SitePageRows, width: int, height: int, step_h: int) -> str:
    capacity = rows.frame.site.capacity
    words = Words(say("curve.label"), say("curve.capacity", n=f"{capacity:,}") if capacity else "", rows.zone)
    span_of_day = (rows.day_start, rows.day_end, rows.frame.as_of)
    tracks = (rows.today, rows.yesterday, rows.usual)
    return curve(*tracks, *span_of_day, capacity, words, width=width, height=height, step_h=step_h)


def scope_curve_card(say: Speech, rows: ScopeCurve) -> Component:
    """Without yesterday: of a whole scope it says nothing that the usual does not say better."""
    tracks: tuple[Sequence[CurvePoint], Sequence[CurvePoint], Sequence[UsualPoint]] = (rows.today, (), rows.usual)
    words = Words(say("curve.scope_label"), "", rows.zone)
    drawings = [
        drawing(
            curve(
                *tracks, rows.day_start, rows.day_end, rows.now, None, words, width=width, height=height, step_h=step
            ),
            kind,
        )
        for kind, width, height, step in SCOPE_SIZES
    ]
    wanted = ["today", *(USUAL if rows.usual else ()), *_gap(rows.today)]
    key = span(*(span(i(), say(f"curve.{name}"), kind=kind) for name, kind in KEYS if name in wanted), kind="key")
    lines = [
        (hour, now, usual) for hour, now, _, usual in hourly(*tracks, rows.day_start, rows.day_end, rows.now, rows.zone)
    ]
    twin = _twin(say("curve.scope_table"), [say(f"curve.{name}") for name in ("hour", "today", "usual")], lines)
    body = [div(*drawings, kind="drawn", data_part="curve"), div(twin, kind="unseen")]
    out = csv_link(say, "/export/curve.csv", say("curve.title"))
    return card(say("curve.title"), *body, end=span(key, " ", out), kind="curvecard")


def _told(points: Sequence[CurvePoint], name: str) -> list[str]:
    """The key of a line that is there."""
    return [name] if any(point.people is not None for point in points) else []


def _gap(*tracks: Sequence[CurvePoint]) -> list[str]:
    return ["gap"] if any(map(_has_gap, tracks)) else []


def _has_gap(points: Sequence[CurvePoint]) -> bool:
    """Something was heard, then nothing for five whole minutes, then something again."""
    heard = [number for number, point in enumerate(points) if point.people is not None]
    return bool(heard) and len(heard) < heard[-1] - heard[0] + 1


def _table(say: Speech, rows: SitePageRows) -> Component:
    heads = [say(key) for key in ("curve.hour", "curve.today", "curve.yesterday", "curve.usual")]
    span_of_day = (rows.day_start, rows.day_end, rows.frame.as_of)
    lines = hourly(rows.today, rows.yesterday, rows.usual, *span_of_day, rows.zone)
    return _twin(say("curve.table"), heads, lines)


def _twin(title: str, heads: Sequence[str], lines: Sequence[tuple[str, *tuple[int | None, ...]]]) -> Component:
    """The drawing as a table, for readers."""
    body = [tr(th(hour, scope="row"), *(td(_number(people)) for people in numbers)) for hour, *numbers in lines]
    return table(caption(title), thead(tr(*(th(head, scope="col") for head in heads))), tbody(*body))


def _number(people: int | None) -> str:
    return "—" if people is None else f"{people:,}"
