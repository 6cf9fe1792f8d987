"""One row for each figure: its median and spread over the repeats, and the limit that it is held against."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width


@dataclass(frozen=True)
class Limit:
    """`most`: the figure may not be above it; else not below it."""

    value: float
    most: bool = True

    def __str__(self) -> str:
        return f"{'≤' if self.most else '≥'} {_number(self.value)}"

    def is_met(self, figure: float) -> bool:
        return figure <= self.value if self.most else figure >= self.value


@dataclass(frozen=True)
class Row:
    what: str
    unit: str
    figures: tuple[float, ...]
    """One for each repeat."""
    limit: Limit | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.figures)

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        return "met" if self.limit.is_met(self.median) else "MISSED"


def most(value: float) -> Limit:
    return Limit(value)


def least(value: float) -> Limit:
    return Limit(value, most=False)


def of(runs: Sequence[object], figure: Callable[[object], float]) -> tuple[float, ...]:
    """The same figure of each repeat."""
    return tuple(figure(run) for run in runs)


def table(title: str, rows: Sequence[Row]) -> str:
    """Plain text that fits a terminal and a page."""
    head = ("what", "median", "min..max", "unit", "limit", "", "note")
    body = [_cells(row) for row in rows]
    widths = [max(_width(line[n]) for line in [head, *body]) for n in range(len(head))]
    lines = ["  ".join(_padded(cell, widths[n]) for n, cell in enumerate(line)).rstrip() for line in [head, *body]]
    return "\n".join([title, "-" * max(map(_width, lines)), *lines, ""])


def _cells(row: Row) -> tuple[str, ...]:
    spread = f"{_number(min(row.figures))}..{_number(max(row.figures))}" if len(row.figures) > 1 else ""
    limit = str(row.limit) if row.limit else ""
    return row.what, _number(row.median), spread, row.unit, limit, row.verdict, row.note


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
