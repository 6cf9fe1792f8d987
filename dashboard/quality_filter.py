"""What of the sites' data quality is asked for: the address of the page and of its export say it alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.quality_rows import QualityRow

GRADES = ("C", "B", "A")


@dataclass(frozen=True, slots=True)
class Filter:
    street: str = ""
    grade: str = ""
    q: str = ""

    def address(self, path: str, **more: str) -> str:
        """With `more` beside it; what is empty is left out."""
        said = {name: value for name, value in (*self.items(), *more.items()) if value}
        return f"{path}?{urlencode(said)}" if said else path

    def items(self) -> tuple[tuple[str, str], ...]:
        return ("street", self.street), ("grade", self.grade), ("q", self.q)


def chosen(rows: Sequence[QualityRow], asked: Filter) -> list[QualityRow]:
    text = asked.q.strip().lower()
    return [
        row
        for row in rows
        if (not asked.street or row.street == asked.street)
        and (not asked.grade or row.grade == asked.grade)
        and (not text or any(text in name.lower() for name in (row.site, row.name_zh, row.name_en)))
    ]
