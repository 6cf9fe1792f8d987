"""What of the columns belongs to a scope or to one street of it, and its sums."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dashboard.columns import NEVER, STATES, Columns, Day, Flags, Numbers, Row
from models.base import Instant
from models.site_state import REPORTING, State
from models.usual import Figure

_REPORTS = np.array([state in REPORTING for state in STATES])


@dataclass(frozen=True)
class Part:
    """The sites of a scope within the columns, `at` these positions."""

    columns: Columns
    at: Numbers

    def of(self, what: Row | Day) -> Numbers:
        column: Numbers = self.columns.values[what][self.at]
        return column

    def total(self, what: Row | Day, where: Flags | None = None) -> int:
        column = self.of(what)
        return int(column.sum() if where is None else column[where].sum())

    def some(self, what: Row | Day, where: Flags) -> bool:
        return bool(self.of(what)[where].any())

    @cached_property
    def reports(self) -> Flags:
        flags: Flags = _REPORTS[self.of(Row.STATE)]
        return flags

    @cached_property
    def expected(self) -> Flags:
        """Those that are not closed."""
        flags: Flags = self.of(Row.STATE) != STATES.index(State.CLOSED)
        return flags

    @property
    def states(self) -> dict[State, int]:
        """How many sites are in each."""
        counts = np.bincount(self.of(Row.STATE), minlength=len(STATES))
        return {state: int(n) for state, n in zip(STATES, counts, strict=True)}

    @cached_property
    def counted(self) -> Flags:
        """Those that report and know how many are there."""
        return self.reports & (self.of(Row.COUNTED) > 0)

    def of_kind(self, tile: str) -> Flags:
        flags: Flags = self.columns.layout.kinds[tile][self.at]
        return flags

    @property
    def institutions(self) -> Flags:
        flags: Flags = self.columns.layout.institutions[self.at]
        return flags

    @property
    def open_beds(self) -> Numbers:
        beds: Numbers = self.columns.layout.open_beds[self.at]
        return beds

    def usual(self, figure: Figure) -> Numbers:
        """`NEVER` where it is not known."""
        if figure not in self.columns.usual:
            return np.full(len(self.at), NEVER, dtype=np.int64)
        usual: Numbers = self.columns.usual[figure][self.at]
        return usual

    def street(self, code: str) -> "Part":
        return Part(self.columns, self.at[self.columns.layout.streets[self.at] == code])

    @property
    def newest_heard_at(self) -> Instant | None:
        heard = self.of(Row.HEARD)
        return int(heard.max()) if len(heard) and heard.max() != NEVER else None

    @property
    def newest_version(self) -> int:
        """Of the picture in which one of its rows changed last."""
        return int(self.columns.versions[self.at].max(initial=0))

    def newer(self, after: int) -> list[int]:
        """The sites whose rows are newer than a version, by code."""
        where = self.at[self.columns.versions[self.at] > after]
        return [place.id for place in sorted((self.columns.layout.places[n] for n in where), key=lambda p: p.site)]
