"""A day, week, month or year of a street or of the district: by street, by day, and the league of its sites."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard.parts.card import separator
from dashboard.parts.day_words import MISSING, per_cent, shown
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
from dashboard.queries.report_lines import COLUMNS, place_lines
from dashboard.report_rows import PlaceLine, ScopeReport
from dashboard.words import Speech
from models.civil_day import wall_clock
from models.day_sums import Sums

TILES = ("days", "heard", "unanswered", "ack_p90", "done_rate", "signed")
PART_COLUMNS = ("days", "alarms", "ack_p90", "done_rate", "entries", "average")
SITES_A_PAGE = 34


def district_sheets(say: Speech, rows: ScopeReport, zone: str, simulated: bool) -> list[Component]:
    """The first page, then the league in pages; each says what it belongs to."""
    pages = [rows.league[at : at + SITES_A_PAGE] for at in range(0, len(rows.league), SITES_A_PAGE)]
    parts = rows.parts if rows.period.kind != "day" else ()
    count = 1 + len(pages)
    whole = PlaceLine("", "", "", "", "", rows.sites, rows.expected, rows.total, None, rows.signed)

    def foot(page: int) -> Component:
        return fine(say, "", wall_clock(rows.as_of, zone), simulated, f"{page} / {count}")

    first = article(
        _head(say, rows),
        _covered(say, rows),
        _tiles(say, whole, zone),
        section(h2(say("report.by_street")), _table(say, rows.streets, zone, _street_link(rows))),
        *([_parts(say, rows, parts, zone)] if parts else []),
        foot(1),
        kind="sheet report",
    )
    return [first, *(_league(say, rows, some, zone, at, foot(at + 2)) for at, some in enumerate(pages))]


def scope_name(say: Speech, rows: ScopeReport) -> str:
    if not rows.scope:
        return say("report.all_sites")
    return rows.name_zh if say.language == "zh" else rows.name_en


def _head(say: Speech, rows: ScopeReport) -> Component:
    span_ = say("report.span", first=rows.period.first.isoformat(), last=rows.period.last.isoformat())
    return header(
        h2(say(f"report.of.{rows.period.kind}", name=scope_name(say, rows)), kind="name"),
        div(period_name(say, rows.period), kind="d"),
        p(say("report.sites", n=rows.sites), separator(), say("report.league_by")),
        p(span_, kind="q"),
        kind="hd",
    )


def _covered(say: Speech, rows: ScopeReport) -> Component:
    expected, heard = rows.expected, rows.total["days.heard"]
    told = [b(say("report.site_days", n=heard, of=expected))]
    if heard < expected:
        told.append(span(say("report.site_days_missing", n=expected - heard), kind="warn"))
    if rows.signed is not None:
        told.append(span(say("report.signed", n=rows.signed, of=rows.total["days"]), kind="soft"))
    return p(*told, kind="covered")


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
    name = (one.name_zh or one.name_en) if say.language == "zh" else (one.name_en or one.name_zh)
    return th(a(name, href=href, kind="link"), scope="row")


def _cells(say: Speech, one: PlaceLine, zone: str) -> list[Component]:
    return [td(shown(say, line, zone), kind="num", data_line=f"{one.code}.{line.name}") for line in place_lines(one)]


def _league(
    say: Speech, rows: ScopeReport, some: Sequence[PlaceLine], zone: str, page: int, foot: Component
) -> Component:
    heads = [th(say("report.column.rank"), scope="col", kind="num"), th(say("report.column.name"), scope="col")]
    heads += [th(say(f"report.column.{name}"), scope="col", kind="num") for name in COLUMNS]
    body = [
        tr(td(str(place), kind="num"), _named(say, one, _site_link(rows, one.code)), *_cells(say, one, zone))
        for place, one in enumerate(some, 1 + page * SITES_A_PAGE)
    ]
    whose = span(scope_name(say, rows), separator(), period_name(say, rows.period), kind="soft")
    head = div(h2(say("report.league")), whose, kind="row")
    listed = div(table(thead(tr(*heads)), tbody(*body), kind="places"), kind="scroll", tabIndex=0)
    return article(head, p(say("report.league_why"), kind="xs mute"), listed, foot, kind="sheet report")


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
            line.name: line for line in place_lines(PlaceLine("", "", "", "", "", 0, sums["days"], sums, None, None))
        }
        label = f"{per_cent(sums['minutes.heard'], sums['minutes'])} %" if sums["minutes"] else MISSING
        cells = [td(shown(say, known[column], zone), kind="num", title=label) for column in PART_COLUMNS]
        word = day_name(say, name) if len(name) > 7 else name
        body.append(tr(th(a(word, href=f"/district/{name}", kind="link"), scope="row"), *cells))
    listed = div(table(thead(tr(*heads)), tbody(*body), kind="places"), kind="scroll", tabIndex=0)
    return section(h2(say("report.by_day" if rows.period.kind != "year" else "report.by_month")), listed)
