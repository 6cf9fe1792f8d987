"""Days as files, CSV, XLSX and PDF, from the same list of figures as the page."""

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

import contract
from config import Config
from dashboard.csv_table import csv_text
from dashboard.day_rows import DayListRow, DayPageRows
from dashboard.guarded import House
from dashboard.paper import NoPaper, pdf_of
from dashboard.parts.day_list import state_of
from dashboard.parts.day_words import line_name, shown
from dashboard.parts.sheet_file import sheet_file
from dashboard.problems import Problem
from dashboard.queries.day_lines import page_lines
from dashboard.queries.days import day_list, day_page
from dashboard.taken import taken_by
from dashboard.words import Speech, language_of
from dashboard.workbook import XLSX, Cell, workbook
from models.database import read_only
from models.period import day_named

router = APIRouter(prefix="/export", include_in_schema=False)
HEADS = ("site", "day", "version", "block", "figure", "name", "value", "of", "unit", "shown")
LIST_HEADS = ("site", "name", "kind", "street", "day", "version", "grade", "heard_minutes", "open_minutes", "late",
              "state", "signed_by", "signed_at", "ours_minutes")  # fmt: skip


@router.get("/days/{site}/{name}")
def one_day(request: Request, site: str, name: str, version: int | None = None) -> Response:
    """`/export/days/SITE/2026-11-23.csv` or `.xlsx`: every figure, a row each; `.pdf`: the sheet."""
    day, kind = _day_and_kind(name, ("csv", "xlsx", "pdf"))
    here, say = house_of(request), speech_of(request)
    with read_only(here.engine) as connection:
        if not contract.is_site(site):
            raise Problem(404, "no such site")
        rows = day_page(connection, request.state.viewer, site, day, version, here.clock.now(), here.rules)
    if rows is None:
        raise Problem(404, "no such day")
    if kind == "pdf":
        return _paper(request, say, rows)
    table: list[list[Cell]] = [[*HEADS]]
    for line in page_lines(rows):
        named = line_name(say, line.block, line.name)
        text = shown(say, line, here.rules.zone)
        where: list[Cell] = [rows.site, rows.day, rows.version, line.block, line.name, named]
        table.append([*where, line.value, line.of, line.unit, text])
    return file_of(table, f"{site}-{rows.day}-v{rows.version}", kind, say("day.files.sheet"), taken_by(request))


@router.get("/days/{name}")
def all_days(request: Request, name: str) -> Response:
    """`/export/days/2026-11-23.csv` or `.xlsx`: every site of the viewer, a row each."""
    day, kind = _day_and_kind(name)
    here, say = house_of(request), speech_of(request)
    with read_only(here.engine) as connection:
        found = day_list(connection, request.state.viewer, day, here.clock.now(), here.rules)
    table: list[list[Cell]] = [[*LIST_HEADS], *(_listed(say, row, found.day) for row in found.sites)]
    return file_of(table, f"days-{found.day}", kind, say("day.files.sheet"), taken_by(request))


def _listed(say: Speech, row: DayListRow, day: str) -> list[Cell]:
    name = say.either(row.name_zh, row.name_en)
    signed = contract.format_instant(row.signed_at) if row.signed_at else None
    figures: list[Cell] = [row.version, row.grade, row.heard, row.open_minutes, row.late]
    return [row.site, name, row.kind, row.street, day, *figures, state_of(row), row.signed_by, signed, row.ours]


def _paper(request: Request, say: Speech, rows: DayPageRows) -> Response:
    cfg: Config = request.app.state.cfg
    try:
        sheet = sheet_file(say, [rows], cfg.time.zone, cfg.web.simulated, taken_by(request))
        printed = pdf_of(sheet, cfg.web.chromium)
    except NoPaper as why:
        raise Problem(503, str(why)) from why
    headers = {"content-disposition": f'attachment; filename="{rows.site}-{rows.day}-v{rows.version}.pdf"'}
    return Response(printed, media_type="application/pdf", headers=headers)


def _day_and_kind(name: str, kinds: tuple[str, ...] = ("csv", "xlsx")) -> tuple[date, str]:
    written, _, kind = name.rpartition(".")
    day = day_named(written)
    if day is None or kind not in kinds:
        raise Problem(404, f"a file is YYYY-MM-DD.{' or .'.join(kinds)}")
    return day, kind


def house_of(request: Request) -> House:
    found: House = request.app.state.house
    return found


def speech_of(request: Request) -> Speech:
    wanted = request.query_params.get("lang"), request.cookies.get("lang"), request.headers.get("accept-language")
    return Speech(language_of(*wanted, request.app.state.cfg.time.language))


def file_of(table: list[list[Cell]], name: str, kind: str, sheet: str, taken: str) -> Response:
    """The rows as CSV, or as a workbook whose one sheet has this name, `taken` by whom and when."""
    if kind == "csv":
        body, media = csv_text([str(head) for head in table[0]], table[1:]).encode(), "text/csv; charset=utf-8"
    else:
        body, media = workbook([(sheet, table)], taken), XLSX
    return Response(body, media_type=media, headers={"content-disposition": f'attachment; filename="{name}.{kind}"'})
