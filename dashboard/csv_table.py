"""A table as CSV for spreadsheets: a byte order mark so that Chinese is read, and no cell that could run as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from fastapi.responses import Response

from contract import format_instant
from models.base import Instant
from models.sheet_cell import is_formula

LEFT_OUT = frozenset(("areas", "numbers", "moves", "subject"))
"""Fields of a row that are no cell, or could name a person."""


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\r\n")
    out.writerow(heads)
    out.writerows([_safe(value) for value in row] for row in rows)
    return "\ufeff" + written.getvalue()


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe; a number stays one."""
    if isinstance(value, str) and is_formula(value):
        return "'" + value
    return "" if value is None else value


def csv_file(name: str, text: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


def told(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


def table_file(name: str, kind: type, rows: Sequence[Any]) -> Response:
    """A column for each field of the rows' type; instants are written out, a yes is 1."""
    columns = [field.name for field in fields(kind) if field.name not in LEFT_OUT]
    return csv_file(
        name, csv_text(columns, ([_cell(column, getattr(row, column)) for column in columns] for row in rows))
    )


def _cell(column: str, value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return told(value) if column == "at" or column.endswith("_at") else value
