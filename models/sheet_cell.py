"""Texts in a file that spreadsheets open and that is loaded again: harmless there, and the same afterwards."""

import re

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Full-width ones too: East Asian spreadsheets read them alike. Blanks before them are stripped by some."""
LEADING = ("\t", "\r", "\n")
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?(e-?[0-9]+)?")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might take it for one."""
    return text.startswith(LEADING) or text.lstrip().startswith(FORMULA)


def as_cell(text: str) -> str:
    """With an apostrophe before what could be a formula, and before an apostrophe, so that `as_meant` is its inverse."""
    is_plain = _NUMBER.fullmatch(text) or not (text.startswith("'") or is_formula(text))
    return text if is_plain else f"'{text}"


def as_meant(cell: str) -> str:
    """What `as_cell` was given; a text that begins with an apostrophe for its own reasons stays as it is."""
    rest = cell[1:]
    return rest if cell.startswith("'") and (rest.startswith("'") or is_formula(rest)) else cell
