"""Which numbers of an outbox are kept: sorted ranges, a highest contiguous number, and what is missing. Pure.

A number is *closed* when it is kept or when its sender reported it lost; `upto` is the highest below which all are closed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

Range = tuple[int, int]

RANGES_KEPT_MAX = 4096
"""Beyond this many separate ranges above `upto` the farthest are forgotten and simply asked for again: a hostile or broken
sender that scatters numbers must not make a row grow without end."""


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Sorted, apart from each other by at least one number."""
    out: list[Range] = []
    for start, end in sorted(ranges):
        if out and start <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def without(ranges: Iterable[Range], taken: Iterable[Range]) -> list[Range]:
    """What is left of `ranges` when `taken` is cut out; both merged."""
    left = list(ranges)
    for start, end in taken:
        left = [piece for held in left for piece in _cut(held, start, end)]
    return left


def _cut(held: Range, start: int, end: int) -> list[Range]:
    low, high = held
    if end < low or high < start:
        return [held]
    return [piece for piece in ((low, start - 1), (end + 1, high)) if piece[0] <= piece[1]]


def size(ranges: Iterable[Range]) -> int:
    return sum(end - start + 1 for start, end in ranges)


@dataclass(frozen=True)
class Kept:
    """The account of one outbox. `beyond`: kept above `upto`. `lost`: given up by the sender and not kept."""

    upto: int = 0
    highest: int = 0
    beyond: tuple[Range, ...] = ()
    lost: tuple[Range, ...] = ()
    received: int = 0

    @property
    def missing(self) -> list[Range]:
        """Between 1 and the highest number seen, what is neither kept nor lost."""
        if self.highest <= self.upto:
            return []
        return without([(self.upto + 1, self.highest)], [*self.beyond, *self.lost])


def keep(kept: Kept, numbers: Iterable[int], lost: Iterable[Range] = ()) -> Kept:
    """The account after these numbers were kept and these ranges were reported lost; any order, any repetition."""
    arrived = merged((n, n) for n in numbers)
    new = _not_yet_kept(kept, arrived)
    beyond = merged([*kept.beyond, *new])
    gone = without(merged([*kept.lost, *_not_yet_kept(kept, merged(lost))]), arrived)
    gone = without(gone, beyond)
    upto = _advance(kept.upto, merged([*beyond, *gone]))
    highest = max([kept.highest, *(end for _, end in arrived), *(end for _, end in gone)])
    above = [(max(start, upto + 1), end) for start, end in beyond if end > upto]
    return replace(
        kept,
        upto=upto,
        highest=highest,
        beyond=tuple(above[:RANGES_KEPT_MAX]),
        lost=tuple(gone),
        received=kept.received + size(new),
    )


def _not_yet_kept(kept: Kept, ranges: list[Range]) -> list[Range]:
    """Numbers at or below `upto` are kept already, unless they had been lost."""
    below = without([(1, kept.upto)] if kept.upto else [], kept.lost)
    return without(without(ranges, below), kept.beyond)


def _advance(upto: int, closed: list[Range]) -> int:
    for start, end in closed:
        if start > upto + 1:
            break
        upto = max(upto, end)
    return upto
