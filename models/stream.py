"""Which numbers of an outbox are kept: sorted ranges, a highest contiguous number, and what is missing. Pure.

A number is *closed* when it is kept or when its sender reported it lost; `upto` is the highest below which all are closed.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

Range = tuple[int, int]

_NEVER = 2**62
"""Above every number that crosses the wire."""

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
    left: list[Range] = []
    cuts = iter([*taken, (_NEVER, _NEVER)])
    start, end = next(cuts)
    for low, high in ranges:
        at = low
        while end < low:
            start, end = next(cuts)
        while start <= high:
            if at < start:
                left.append((at, start - 1))
            at = end + 1
            if end > high:
                break
            start, end = next(cuts)
        if at <= high:
            left.append((at, high))
    return left


def size(ranges: Iterable[Range]) -> int:
    return sum(end - start + 1 for start, end in ranges)


class Kept(Struct, frozen=True):
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
        return without([(self.upto + 1, self.highest)], merged([*self.beyond, *self.lost]))


def keep(kept: Kept, numbers: Iterable[int], lost: Iterable[Range] = ()) -> Kept:
    """The account after these numbers were kept and these ranges were reported lost; any order, any repetition."""
    arrived, lost = sorted(numbers), list(lost)
    upto = kept.upto + len(arrived)
    if not lost and not kept.beyond and not kept.lost and arrived == list(range(kept.upto + 1, upto + 1)):
        # Almost every batch of almost every outbox; the general way gives the same at ten times the price.
        return Kept(upto, max(kept.highest, upto), (), (), kept.received + len(arrived))
    return keep_any(kept, merged((n, n) for n in arrived), lost)


def keep_any(kept: Kept, arrived: list[Range], lost: Iterable[Range]) -> Kept:
    """As `keep`, for whatever arrives; `arrived` is merged."""
    new = _not_yet_kept(kept, arrived)
    beyond = merged([*kept.beyond, *new])
    gone = without(merged([*kept.lost, *_not_yet_kept(kept, merged(lost))]), arrived)
    gone = without(gone, beyond)
    gone = gone[: max(RANGES_KEPT_MAX, sum(start <= kept.upto for start, _ in gone))]
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
