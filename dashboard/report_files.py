"""Reports as files, CSV, XLSX and PDF, from the same lists of figures as their pages."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

import contract
from config import Config
from dashboard.csv_table import told
from dashboard.day_files import file_of, house_of, speech_of
from dashboard.day_rows import DayLine
from dashboard.paper import NoPaper, pdf_of
from dashboard.parts.day_words import line_name, shown
from dashboard.parts.report_district import district_sheets, scope_name
from dashboard.parts.report_sheet import name_of, report_sheet
from dashboard.parts.report_words import period_name
from dashboard.parts.sheet_file import paper
from dashboard.problems import Problem
from dashboard.queries.report_lines import COLUMNS, place_lines, report_lines
from dashboard.queries.reports import scope_report, site_report
from dashboard.report_rows import PlaceLine, ScopeReport, SiteReport
from dashboard.taken import taken_by
from dashboard.words import Speech
from dashboard.workbook import XLSX, Cell, workbook
from models.database import read_only
from models.day_sums import Sums
from models.period import Period, period_of

router = APIRouter(prefix="/export", include_in_schema=False)
Table = list[list[Cell]]
FIGURES: list[Cell] = ["block", "figure", "name", "value", "of", "unit", "shown"]
KINDS = ("csv", "xlsx", "pdf")


@router.get("/reports/{name}")
def of_scope(request: Request, name: str, street: str = "") -> Response:
    """`/export/reports/2026-11.csv`: a row for each street and site; the workbook has the days beside them."""
    period, kind = _asked(name)
    here, say, taken = house_of(request), speech_of(request), taken_by(request)
    with read_only(here.engine) as connection:
        rows = scope_report(connection, request.state.viewer, street, period, here.clock.now(), here.rules)
    if rows is None:
        raise Problem(404, "no such street or period")
    file = f"report-{rows.scope or 'all'}-{period.name}"
    if kind == "pdf":
        cfg: Config = request.app.state.cfg
        sheets = district_sheets(say, rows, cfg.time.zone, cfg.web.simulated)
        return _paper(cfg, paper(say, f"{scope_name(say, rows)} · {period_name(say, period)}", sheets, taken), file)
    places = _places(say, rows)
    if kind == "csv":
        return file_of(places, file, kind, "", taken)
    sheets_ = [
        (say("report.sheet.places"), places),
        (say("report.sheet.total"), _figures(say, rows.total, here.rules.zone)),
    ]
    return _book([*sheets_, (say("report.sheet.parts"), _parts(say, rows.parts, here.rules.zone))], file, taken)


@router.get("/reports/{site}/{name}")
def of_site(request: Request, site: str, name: str) -> Response:
    """`/export/reports/SITE/2026-11.csv`: a row for each figure; the workbook has the days and the weekdays' hours beside them."""
    period, kind = _asked(name, ("week", "month"))
    here, say, taken = house_of(request), speech_of(request), taken_by(request)
    if not contract.is_site(site):
        raise Problem(404, "no such site")
    with read_only(here.engine) as connection:
        rows = site_report(connection, request.state.viewer, site, period, here.clock.now(), here.rules)
    if rows is None:
        raise Problem(404, "no such site or period")
    file = f"{rows.site}-{period.name}"
    if kind == "pdf":
        cfg: Config = request.app.state.cfg
        sheet = report_sheet(say, rows, cfg.time.zone, cfg.web.simulated)
        return _paper(cfg, paper(say, f"{name_of(say, rows)} · {period_name(say, period)}", [sheet], taken), file)
    figures = _figures(say, rows.sums, here.rules.zone)
    if kind == "csv":
        return file_of(figures, file, kind, "", taken)
    days = (say("report.sheet.parts"), _parts(say, rows.days, here.rules.zone))
    return _book(
        [(say("report.sheet.total"), figures), days, (say("report.sheet.heat"), _heat(say, rows))], file, taken
    )


def _asked(name: str, kinds: tuple[str, ...] = ("day", "week", "month", "year")) -> tuple[Period, str]:
    said, _, kind = name.rpartition(".")
    period = period_of(said)
    if period is None or kind not in KINDS or period.kind not in kinds:
        raise Problem(404, f"a file is PERIOD.{' or .'.join(KINDS)}; a period is one of {', '.join(kinds)}")
    return period, kind


def _figures(say: Speech, sums: Sums, zone: str) -> Table:
    return [[*FIGURES], *(_line(say, line, zone) for line in report_lines(sums))]


def _line(say: Speech, line: DayLine, zone: str) -> list[Cell]:
    value = told(int(line.value)) if line.unit == "moment" and line.value is not None else line.value
    named = line_name(say, line.block, line.name)
    return [line.block, line.name, named, value, line.of, line.unit, shown(say, line, zone)]


def _places(say: Speech, rows: ScopeReport) -> Table:
    """Numerator and denominator of each column, so that a spreadsheet can add them up again; and the minutes that availability
    leaves out, as we ourselves did not listen."""
    heads: list[Cell] = ["level", "rank", "code", "name", "street", "kind", "sites"]
    for column in COLUMNS:
        heads += [column, f"{column}_of"]
    table = [[*heads, "available_ours_min"]]
    table += [_place(say, "street", None, one) for one in rows.streets]
    return table + [_place(say, "site", rank, one) for rank, one in zip(rows.places, rows.league, strict=True)]


def _place(say: Speech, level: str, rank: int | None, one: PlaceLine) -> list[Cell]:
    name = say.either(one.name_zh, one.name_en)
    row: list[Cell] = [level, rank, one.code, name, one.street, one.kind, one.sites]
    for line in place_lines(one):
        row += [line.value, line.of]
    return [*row, one.availability.own_min if one.availability else None]


def _parts(say: Speech, parts: tuple[tuple[str, Sums], ...], zone: str) -> Table:
    """A row for each figure of each day or month."""
    return [
        ["part", *FIGURES],
        *([name, *_line(say, line, zone)] for name, sums in parts for line in report_lines(sums)),
    ]


def _heat(say: Speech, rows: SiteReport) -> Table:
    table: Table = [["weekday", "hour", "people", "hours"]]
    for weekday, cells in enumerate(rows.heat):
        table += [[say(f"report.weekday.{weekday}"), hour, cell.people, cell.hours] for hour, cell in enumerate(cells)]
    return table


def _book(sheets: list[tuple[str, Table]], file: str, taken: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{file}.xlsx"'}
    return Response(workbook(sheets, taken), media_type=XLSX, headers=headers)


def _paper(cfg: Config, document: str, file: str) -> Response:
    try:
        printed = pdf_of(document, cfg.web.chromium)
    except NoPaper as why:
        raise Problem(503, str(why)) from why
    headers = {"content-disposition": f'attachment; filename="{file}.pdf"'}
    return Response(printed, media_type="application/pdf", headers=headers)
