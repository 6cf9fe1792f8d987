"""A table as a workbook: numbers are numbers, texts stay texts, the head stands still, and columns are as wide as they read."""

import io
import unicodedata
from collections.abc import Sequence

from xlsxwriter import Workbook

Cell = str | int | float | None
Rows = Sequence[Sequence[Cell]]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST, MARGIN = 48, 2
"""Characters; a longer text is cut on the screen of a spreadsheet, not in the cell."""
_NO_GUESSING = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""What somebody typed at a site must not become a formula, a link or a number in a spreadsheet."""


class _Exact(float):
    """The library would write sixteen digits; the seventeenth makes the number the same one again."""

    def __format__(self, _spec: str) -> str:
        return repr(float(self))


def workbook(sheets: Sequence[tuple[str, Rows]], taken: str = "") -> bytes:
    """One sheet for each (name, rows); the first row of each is its head. `taken` by whom and when, on each printed page too."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True} | _NO_GUESSING) as book:
        book.set_properties({"author": taken})
        head = book.add_format({"bold": True, "bottom": 1})
        for name, rows in sheets:
            sheet = book.add_worksheet(sheet_name(name))
            sheet.freeze_panes(1, 0)
            sheet.set_footer("&R" + taken.replace("&", "&&"))
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, str):
                        sheet.write_string(row, column, cell, None if row else head)
                    elif cell is not None:
                        sheet.write_number(row, column, _Exact(cell) if isinstance(cell, float) else cell)
            for column, width in enumerate(_widths(rows)):
                sheet.set_column(column, column, width)
    return out.getvalue()


def sheet_name(name: str) -> str:
    """Spreadsheets refuse some signs and more than 31 of any."""
    clean = "".join(" " if sign in "[]:*?/\\" else sign for sign in name)
    return clean[:31].strip("' ") or "1"


def _widths(rows: Rows) -> list[int]:
    columns = max((len(row) for row in rows), default=0)
    return [
        min(WIDEST, MARGIN + max((_width(row[column]) for row in rows if column < len(row)), default=0))
        for column in range(columns)
    ]


def _width(cell: Cell) -> int:
    """A Chinese sign takes the room of two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in str("" if cell is None else cell))
