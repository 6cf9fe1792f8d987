"""Data quality: how we are, what was refused of a chosen site, and how each site's data arrives."""

from html import escape
from typing import Any
from urllib.parse import parse_qsl

import dash
from dash import Input, Output, State, dcc
from dash.development.base_component import Component

from dashboard.guarded import guarded, withhold
from dashboard.parts.missing import missing
from dashboard.parts.native import select, text_field
from dashboard.parts.quality_own import own_card
from dashboard.parts.quality_site import gaps_card, rejected_card, said_card
from dashboard.parts.quality_table import quality_table, street_names
from dashboard.parts.reader import reader
from dashboard.parts.tags import a, div, h2, main
from dashboard.quality_filter import GRADES, Filter
from dashboard.quality_reading import OneSite, QualityPage, quality_page
from dashboard.words import Speech

EVERY_MS = 10_000

dash.register_page(__name__, path="/quality", name="quality")  # type: ignore[no-untyped-call]


def layout(street: str = "", grade: str = "", q: str = "", site: str = "", **_address: str) -> Component:
    asked = Filter(street, grade, q)
    found = quality_page(asked, site)
    if found is None:
        return missing()
    say = reader().say
    names = {"data_view": "overview", "data_title": say("title.quality")}
    body = div(*_body(say, found, asked, site), id="quality-body", kind="stack")
    tick: Any = dcc.Interval(id="quality-tick", interval=EVERY_MS)
    form = div(kind="filterbox", data_fields=_filters(say, found, asked))
    return main(form, body, tick, kind="page qualitypage", id="main", tabIndex=-1, **names)


@guarded(
    Output("quality-body", "children"), Input("quality-tick", "n_intervals"), State("_pages_location", "search")
)  # fmt: skip
def again(_viewer: object, _n: int, search: str | None) -> Any:
    """The same cards from the rows as they are now."""
    said = dict(parse_qsl(str(search or "").lstrip("?")))
    asked, site = Filter(said.get("street", ""), said.get("grade", ""), said.get("q", "")), said.get("site", "")
    found = quality_page(asked, site)
    if found is None:
        withhold("/quality", str(search or ""))
        return dash.no_update
    return _body(reader().say, found, asked, site)


def _body(say: Speech, found: QualityPage, asked: Filter, site: str) -> list[Component]:
    own = [own_card(say, found.own, found.now)] if found.own else []
    names = street_names(say, found.streets)
    beside = {row.site: (found.drift.get(row.site), found.available.get(row.site)) for row in found.rows}
    table = quality_table(say, found.rows, found.every, found.hours, beside, names, asked, site, found.now)
    return [*own, *(_one(say, found.site, found, asked) if found.site else []), table]


def _one(say: Speech, one: OneSite, found: QualityPage, asked: Filter) -> list[Component]:
    """Above the table: choosing leads to the page's top, and below some sixty rows nobody would find it."""
    name = say.either(one.name_zh, one.name_en)
    ways = [a(say("quality.site"), href=f"/sites/{one.site}", kind="link")]
    ways += [a(say("quality.every_site"), href=asked.address("/quality"), kind="link")]
    head = div(h2(name), *ways, kind="qchosen")
    refused = rejected_card(
        say,
        say("rejects.title"),
        one.rejected,
        found.zone,
        f"/export/rejected.csv?site={one.site}",
        found.may_mend,
    )
    beside = div(said_card(say, one.site, one.said, found.zone), gaps_card(say, one.streams), kind="qtwo")
    return [head, refused, beside]


def _filters(say: Speech, found: QualityPage, asked: Filter) -> str:
    """Native fields as text; everything in it is escaped here. The script keeps what is chosen in the address."""
    names = street_names(say, found.streets)
    seen = {row.street for row in found.every}
    streets = [("", say("list.street_all")), *((code, name) for code, name in names.items() if code in seen)]
    letters = [("", say("quality.every_grade")), *((letter, letter) for letter in GRADES)]
    search = say("list.search")
    glass = '<span class="ic ic-search small" aria-hidden="true"></span>'
    text = _unseen(search, f"{glass}{text_field('q', asked.q, search, kind='search')}")
    street = _unseen(say("list.street"), select("street", streets, asked.street))
    grade = _unseen(say("quality.grade"), select("grade", letters, asked.grade))
    return f'<form class="filters" role="search" data-part="qualityform">{text}{street}{grade}</form>'


def _unseen(label: str, field: str) -> str:
    return f'<label><span class="unseen">{escape(label)}</span>{field}</label>'
