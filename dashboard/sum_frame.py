"""Adding days up: a frame with a row for each site and day (or month), a column for each figure, grouped as a page asks.

Whole numbers throughout, so pandas adds them without rounding; what a row does not have is 0 in it and not missing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from models.day_sums import Sums, beside


class SumFrame:
    """Made of (by what it may be grouped, what it adds): `{"site": "d-001", "street": "440309001"}` and a day's sums."""

    def __init__(self, rows: Sequence[tuple[Mapping[str, str], Sums]]) -> None:
        self._keys = [keys for keys, _ in rows]
        self._sums = [sums for _, sums in rows]
        names = sorted({name for sums in self._sums for name in sums.n})
        table = np.zeros((len(rows), len(names)), dtype=np.int64)
        column = {name: number for number, name in enumerate(names)}
        for number, sums in enumerate(self._sums):
            for name, value in sums.n.items():
                table[number, column[name]] = value
        self._figures = pd.DataFrame(table, columns=names)

    def grouped(self, what: str) -> dict[str, Sums]:
        """The sums of each value of `what`, in its order."""
        labels = [keys[what] for keys in self._keys]
        parts: dict[str, list[Sums]] = defaultdict(list)
        for label, sums in zip(labels, self._sums, strict=True):
            parts[label].append(sums)
        counted = self._figures.groupby(np.array(labels, dtype=object)).sum() if labels else self._figures
        return {label: _with(parts[label], counted.loc[[label]].sum()) for label in sorted(parts)}

    def total(self) -> Sums:
        return _with(self._sums, self._figures.sum())


def _with(parts: Sequence[Sums], counted: "pd.Series[int]") -> Sums:
    values = counted.to_numpy()
    return beside(parts, {name: int(value) for name, value in zip(counted.index, values, strict=True) if value})
