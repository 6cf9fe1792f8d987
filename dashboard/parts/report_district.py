"""A day, week, month or year of a street or of the district: by street, by day, and the league of its sites."""

from collections.abc import Sequence
from typing import TypeVar

from dash.development.base_component import Component

from dashboard.parts.available import own_text
from dashboard.parts.card import separator
from dashboard.parts.day_sheet import long_date
from dashboard.parts.day_words import MISSING, number, per_cent, shown
from dashboard.parts.report_sheet import fine
from dashboard.parts.report_words import day_name, period_name
from dashboard.parts.tags import (
    a,
    article,
    b,
    div,
    h2,
    header,
    p,
    section,
    small,
    span,
    table,
    tbody,
    td,
    th,
    thead,
    tr,
)
from dashboard.queries.report_lines import COLUMNS, asked, complete, place_lines
from dashboard.report_rows import PlaceLine, ScopeReport
from dashboard.words import Speech
from models.civil_day import wall_clock
from models.day_sums import Sums

Row = TypeVar("Row")
TILES = ("days", "heard", "unanswered", "ack_p90", "done_rate", "signed")
PART_COLUMNS = ("days", "alarms", "ack_p90", "done_rate", "entries", "hours")
ROWS_A_PAGE = 44
ROWS_ON_THE_FIRST = 37
"""Beside the head and the six figures: six streets and a month's days."""
ROWS_OF_A_TITLE, FEWEST_ROWS = 4, 8
"""What the league's title takes, and how many of its rows are worth one on the first page."""


def district_sheets(say: Speech, rows: ScopeReport, zone: str, simulated: bool) -> list[Component]:
    """The first page, what does not fit on it, then the league: in pages, and each says what it belongs to."""
    parts = rows.parts if rows.period.kind != "day" else ()
    first, *more = _in_pages(rows.streets, ROWS_ON_THE_FIRST, ROWS_A_PAGE)
    whole = PlaceLine("", "", "", "", "", rows.sites, rows.expected, rows.total, None, rows.signed)
    pages = [
        [_head(say, rows), _covered(say, rows), _tiles(say, whole, zone), _streets(say, rows, first, zone)],
        *([_whose(say, rows, ""), _streets(say, rows, some, zone)] for some in more),
    ]
    left = 0 if more else ROWS_ON_THE_FIRST - len(first) - len(parts)
    if parts and left >= 0:
        pages[0].append(_parts(say, rows, parts, zone))
    else:
        pages += [[_whose(say, rows, ""), _parts(say, rows, some, zone)] for some in _in_pages(parts, ROWS_A_PAGE)]
    league = [(place, one) for place, one in zip(rows.places, rows.league, strict=True) if place is not None]
    begun = left - ROWS_OF_A_TITLE if left >= ROWS_OF_A_TITLE + FEWEST_ROWS and len(pages) == 1 else 0
    if begun:
        pages[0] += [section(h2(say("report.league")), *_league(say, rows, league[:begun], zone))]
    for some in _evenly(league[begun:], ROWS_A_PAGE):
        pages.append([_whose(say, rows, say("report.league")), *_league(say, rows, some, zone)])
    if resting := len(rows.league) - len(league):
        pages[-1].append(p(say("report.resting", n=resting), kind="xs mute"))
    at = wall_clock(rows.as_of, zone)
    return [
        article(*page, fine(say, "", at, simulated, f"{n} / {len(pages)}"), kind="sheet report")
        for n, page in enumerate(pages, 1)
    ]


def _in_pages(rows: Sequence[Row], first: int, rest: int = 0) -> list[Sequence[Row]]:
    """`first` on each; with `rest`, which are many a later page, there is a first one in any case."""
    if not rest:
        return [rows[at : at + first] for at in range(0, len(rows), first)]
    return [rows[:first], *_in_pages(rows[first:], rest)]


def _evenly(rows: Sequence[Row], most: int) -> list[Sequence[Row]]:
    """On as few pages as hold them, about as many on each: no last page with two rows."""
    return _in_pages(rows, -(-len(rows) // max(1, -(-len(rows) // most)))) if rows else []


def _streets(say: Speech, rows: ScopeReport, some: Sequence[PlaceLine], zone: str) -> Component:
    return section(h2(say("report.by_street")), _table(say, some, zone, _street_link(rows)))


def _whose(say: Speech, rows: ScopeReport, title: str) -> Component:
    """The head of a later page."""
    whose = span(scope_name(say, rows), separator(), period_name(say, rows.period), kind="soft")
    return div(*([h2(title)] if title else []), whose, kind="row")


def scope_name(say: Speech, rows: ScopeReport) -> str:
    if not rows.scope:
        return say("report.all_sites")
    return rows.name_zh if say.language == "zh" else rows.name_en


def _head(say: Speech, rows: ScopeReport) -> Component:
    of_day = rows.period.kind == "day"
    span_ = say("report.span", first=rows.period.first.isoformat(), last=rows.period.last.isoformat())
    return header(
        h2(say(f"report.of.{rows.period.kind}", name=scope_name(say, rows)), kind="name"),
        div(long_date(say, rows.period.name) if of_day else period_name(say, rows.period), kind="d"),
        p(say("report.sites", n=rows.sites), separator(), say("report.league_by")),
        p("" if of_day else span_, kind="q"),
        kind="hd",
    )


def _covered(say: Speech, rows: ScopeReport) -> Component:
    expected, heard = rows.expected, rows.total["days.heard"]
    told = [b(say("report.site_days", n=number(heard), of=number(expected)))]
    if heard < expected:
        told.append(span(say("report.site_days_missing", n=number(expected - heard)), kind="warn"))
    told += [span(text, kind="soft") for text in _ours(say, rows)]
    if rows.signed is not None:
        told.append(span(say("report.signed", n=number(rows.signed), of=number(asked(rows.total))), kind="soft"))
    if closed := rows.total["days.closed"]:
        told.append(span(say("report.closed_site_days", n=number(closed)), kind="soft"))
    return p(*told, kind="covered")


def _ours(say: Speech, rows: ScopeReport) -> list[str]:
    """What of our own is counted for nobody."""
    days = rows.total["days.ours"]
    known = [one.availability for one in rows.league if one.availability and one.availability.own_min]
    worst = max(known, key=lambda one: one.own_min, default=None)
    told = [say("report.ours_site_days", n=days)] if days else []
    return [*told, say("report.ours_up_to", length=own_text(say, worst))] if worst else told


def _tiles(say: Speech, whole: PlaceLine, zone: str) -> Component:
    known = {line.name: line for line in place_lines(whole)}
    made = []
    for name in TILES:
        text, _, of = shown(say, known[name], zone).partition(" / ")
        made.append(
            div(
                p(say(f"report.column.{name}"), kind="label"),
                p(text, *([small(f" / {of}")] if of else []), kind="value"),
            )
        )
    return div(*made, kind="six")


def _street_link(rows: ScopeReport) -> str:
    return f"/district/{rows.period.name}?street="


def _table(say: Speech, places: Sequence[PlaceLine], zone: str, link: str) -> Component:
    heads = [th(say("report.column.name"), scope="col"), th(say("report.column.sites"), scope="col", kind="num")]
    heads += [th(say(f"report.column.{name}"), scope="col", kind="num") for name in COLUMNS]
    body = [
        tr(_named(say, one, link + one.code), td(str(one.sites), kind="num"), *_cells(say, one, zone)) for one in places
    ]
    return div(table(thead(tr(*heads)), tbody(*body), kind="places"), kind="scroll", tabIndex=0)


def _named(say: Speech, one: PlaceLine, href: str) -> Component:
    name = say.either(one.name_zh, one.name_en)
    return th(a(name, href=href, kind="link"), scope="row")


def _cells(say: Speech, one: PlaceLine, zone: str) -> list[Component]:
    return [td(shown(say, line, zone), kind="num", data_line=f"{one.code}.{line.name}") for line in place_lines(one)]


def _league(say: Speech, rows: ScopeReport, some: Sequence[tuple[int, PlaceLine]], zone: str) -> list[Component]:
    heads = [th(say("report.column.rank"), scope="col", kind="num"), th(say("report.column.name"), scope="col")]
    heads += [th(say(f"report.column.{name}"), scope="col", kind="num") for name in COLUMNS]
    body = [
        tr(td(str(place), kind="num"), _named(say, one, _site_link(rows, one.code)), *_cells(say, one, zone))
        for place, one in some
    ]
    listed = div(table(thead(tr(*heads)), tbody(*body), kind="places"), kind="scroll", tabIndex=0)
    return [p(say("report.league_why"), kind="xs mute"), listed]


def _site_link(rows: ScopeReport, site: str) -> str:
    """To the same period of the site, where there is a page of it."""
    if rows.period.kind == "day":
        return f"/days/{site}/{rows.period.name}"
    return f"/reports/{site}/{rows.period.name}" if rows.period.kind != "year" else f"/sites/{site}"


def _parts(say: Speech, rows: ScopeReport, parts: Sequence[tuple[str, Sums]], zone: str) -> Component:
    """By day; of a year by month: what the total is the sum of."""
    heads = [th(say("report.column.part"), scope="col")]
    heads += [th(say(f"report.column.{name}"), scope="col", kind="num") for name in PART_COLUMNS]
    body = []
    for name, sums in parts:
        known = {
            line.name: line
            for line in place_lines(PlaceLine("", "", "", "", "", 0, rows.asked[name], sums, None, None))
        }
        heard, expected_min = complete(sums)
        label = f"{per_cent(heard, expected_min)} %" if expected_min else MISSING
        cells = [td(shown(say, known[column], zone), kind="num", title=label) for column in PART_COLUMNS]
        word = day_name(say, name) if len(name) > 7 else name
        body.append(tr(th(a(word, href=f"/district/{name}", kind="link"), scope="row"), *cells))
    listed = div(table(thead(tr(*heads)), tbody(*body), kind="places"), kind="scroll", tabIndex=0)
    return section(h2(say("report.by_day" if rows.period.kind != "year" else "report.by_month")), listed)
