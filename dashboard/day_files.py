"""Days as files, CSV, XLSX and PDF, from the same list of figures as the page."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from fastapi.responses import Response

import contract
from config import Config
from dashboard.csv_table import csv_text
from dashboard.day_rows import DayListRow, DayPageRows
from dashboard.guarded import House
from dashboard.paper import NoPaper, pdf_of
from dashboard.parts.day_list import state_of
from dashboard.parts.day_words import shown
from dashboard.parts.sheet_file import sheet_file
from dashboard.problems import Problem
from dashboard.queries.day_lines import day_lines
from dashboard.queries.days import day_list, day_page
from dashboard.words import Speech, language_of
from models.database import read_only

router = APIRouter(prefix="/export", include_in_schema=False)
Cell = str | int | float | None
Rows = list[list[Cell]]
HEADS = ("site", "day", "version", "block", "figure", "name", "value", "of", "unit", "shown")
LIST_HEADS = ("site", "name", "kind", "street", "day", "version", "grade", "heard_minutes", "open_minutes", "late",
              "state", "signed_by", "signed_at")  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/days/{site}/{name}")
def one_day(request: Request, site: str, name: str, version: int | None = None) -> Response:
    """`/export/days/SITE/2026-11-23.csv` or `.xlsx`: every figure, a row each; `.pdf`: the sheet."""
    day, kind = _day_and_kind(name, ("csv", "xlsx", "pdf"))
    here, say = _house(request), _speech(request)
    with read_only(here.engine) as connection:
        if not contract.is_site(site):
            raise Problem(404, "no such site")
        rows = day_page(connection, request.state.viewer, site, day, version, here.clock.now(), here.rules)
    if rows is None:
        raise Problem(404, "no such day")
    if kind == "pdf":
        return _paper(request, say, rows)
    table: Rows = [[*HEADS]]
    for line in day_lines(rows.summary):
        named = say.named("day.line", f"{line.block}.{line.name}")
        text = shown(say, line, here.rules.zone)
        where: list[Cell] = [rows.site, rows.day, rows.version, line.block, line.name, named]
        table.append([*where, line.value, line.of, line.unit, text])
    return _file(table, f"{site}-{rows.day}-v{rows.version}", kind)


@router.get("/days/{name}")
def all_days(request: Request, name: str) -> Response:
    """`/export/days/2026-11-23.csv` or `.xlsx`: every site of the viewer, a row each."""
    day, kind = _day_and_kind(name)
    here, say = _house(request), _speech(request)
    with read_only(here.engine) as connection:
        found = day_list(connection, request.state.viewer, day, here.clock.now(), here.rules)
    return _file([[*LIST_HEADS], *(_listed(say, row, found.day) for row in found.sites)], f"days-{found.day}", kind)


def _listed(say: Speech, row: DayListRow, day: str) -> list[Cell]:
    name = (row.name_zh or row.name_en) if say.language == "zh" else (row.name_en or row.name_zh)
    signed = contract.format_instant(row.signed_at) if row.signed_at else None
    figures: list[Cell] = [row.version, row.grade, row.heard, row.open_minutes, row.late]
    return [row.site, name, row.kind, row.street, day, *figures, state_of(row), row.signed_by, signed]


def _paper(request: Request, say: Speech, rows: DayPageRows) -> Response:
    cfg: Config = request.app.state.cfg
    try:
        printed = pdf_of(sheet_file(say, [rows], cfg.time.zone, cfg.web.simulated), cfg.web.chromium)
    except NoPaper as why:
        raise Problem(503, str(why)) from why
    headers = {"content-disposition": f'attachment; filename="{rows.site}-{rows.day}-v{rows.version}.pdf"'}
    return Response(printed, media_type="application/pdf", headers=headers)


def _day_and_kind(name: str, kinds: tuple[str, ...] = ("csv", "xlsx")) -> tuple[date, str]:
    day, _, kind = name.rpartition(".")
    try:
        if kind in kinds and re.fullmatch(r"(?:19[789]|20[0-9])[0-9]-[0-9]{2}-[0-9]{2}", day):
            return date.fromisoformat(day), kind
    except ValueError:
        pass
    raise Problem(404, f"a file is YYYY-MM-DD.{' or .'.join(kinds)}")


def _house(request: Request) -> House:
    found: House = request.app.state.house
    return found


def _speech(request: Request) -> Speech:
    wanted = request.query_params.get("lang"), request.cookies.get("lang"), request.headers.get("accept-language")
    return Speech(language_of(*wanted, request.app.state.cfg.time.language))


def _file(table: Rows, name: str, kind: str) -> Response:
    body = csv_text([str(head) for head in table[0]], table[1:]).encode() if kind == "csv" else xlsx_bytes(table)
    headers = {"content-disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(body, media_type="text/csv; charset=utf-8" if kind == "csv" else XLSX, headers=headers)


_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
        'sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="days" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def xlsx_bytes(table: Rows) -> bytes:
    """A workbook of one sheet. Texts are inline strings, which no program reads as formulas."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in _PARTS.items():
            book.writestr(name, _XML + text)
        book.writestr("xl/worksheets/sheet1.xml", "".join(_sheet(table)))
    return out.getvalue()


def _sheet(table: Sequence[Sequence[Cell]]) -> Iterator[str]:
    yield f'{_XML}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    for row in table:
        yield f"<row>{''.join(_cell(cell) for cell in row)}</row>"
    yield "</sheetData></worksheet>"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, str):
        text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", cell)
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
    return f"<c><v>{cell!r}</v></c>"
