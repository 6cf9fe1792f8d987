"""A long time as SVG text: the average as a line, its range as a band, what is missing as dots, coverage as a strip below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise

from dashboard.figures.axis import ceiling, ticks
from dashboard.history_rows import HistoryPoint, Series

LEFT, RIGHT, HEAD, FOOT, STRIP = 48, 16, 14, 44, 6
MOST = 900
"""Points that are drawn; of more, some neighbours are drawn as one."""
POORLY = 0.9
"""Below this share of minutes the strip says so."""

Place = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """Where points lie: by their share of the time, so that two times lie over each other."""

    width: int
    height: int
    top: int

    def x(self, share: float) -> float:
        return LEFT + (self.width - LEFT - RIGHT) * share

    def y(self, people: float) -> float:
        return HEAD + (self.height - HEAD - FOOT) * (1 - people / self.top)


def past(
    series: Sequence[Series], labels: Sequence[tuple[float, str]], name: str, *, width: int = 1200, height: int = 320
) -> str:
    """`labels` are words of the axis, each by its share of the first one's time."""
    drawn = [thinned(one.points) for one in series]
    top = ceiling(round(max((point.highest or 0 for points in drawn for point in points), default=0)) or 4)
    frame = Frame(width, height, top)
    parts = [
        f'<svg class="past" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(name)}">',
        *_scale(frame, labels),
    ]
    for kind, one, points in reversed(list(zip(("now", "then"), series, drawn, strict=False))):
        parts += _band(frame, points, one) if kind == "now" else []
        parts += _line(frame, points, one, kind)
    parts += _strip(frame, drawn[0], series[0])
    return "".join((*parts, "</svg>"))


def thinned(points: Sequence[HistoryPoint]) -> list[HistoryPoint]:
    """At most MOST of them: of neighbours the mean of those heard, the lowest and the highest, and the worst coverage."""
    size = -(-len(points) // MOST)
    if size <= 1:
        return list(points)
    return [_one(points[n : n + size]) for n in range(0, len(points), size)]


def _one(some: Sequence[HistoryPoint]) -> HistoryPoint:
    heard = [point for point in some if point.people is not None]
    coverage = min(point.coverage for point in some)
    if not heard:
        return HistoryPoint(some[0].at, None, None, None, None, None, coverage)
    people = sum(point.people or 0 for point in heard) / len(heard)
    lowest, highest = min(point.lowest or 0 for point in heard), max(point.highest or 0 for point in heard)
    return HistoryPoint(some[0].at, people, lowest, highest, None, None, coverage)


def _scale(frame: Frame, labels: Sequence[tuple[float, str]]) -> Iterator[str]:
    for people in ticks(frame.top):
        y = frame.y(people)
        yield f'<path class="grid" d="M{LEFT},{y:.1f}H{frame.width - RIGHT}"/>'
        yield f'<text class="ax" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{people:,}</text>'
    for share, word in labels:
        anchor = "start" if share < 0.02 else "end" if share > 0.98 else "middle"
        yield f'<text class="ax" x="{frame.x(share):.1f}" y="{frame.height - 8}" text-anchor="{anchor}">{escape(word)}</text>'


def _places(frame: Frame, points: Sequence[HistoryPoint], one: Series) -> list[tuple[float, HistoryPoint]]:
    """Each in the middle of its step."""
    ends = [point.at for point in points[1:]] + [one.end]
    length = one.end - one.start
    return [
        (frame.x(((point.at + end) / 2 - one.start) / length), point) for point, end in zip(points, ends, strict=True)
    ]


def _runs(frame: Frame, points: Sequence[HistoryPoint], one: Series) -> list[list[tuple[float, HistoryPoint]]]:
    placed = _places(frame, points, one)
    return [list(run) for heard, run in groupby(placed, lambda place: place[1].people is not None) if heard]


def _band(frame: Frame, points: Sequence[HistoryPoint], one: Series) -> Iterator[str]:
    for run in _runs(frame, points, one):
        above = [(x, frame.y(point.highest or 0)) for x, point in run]
        below = [(x, frame.y(point.lowest or 0)) for x, point in reversed(run)]
        yield f'<path class="band" d="{_path([*above, *below])}Z"/>'


def _line(frame: Frame, points: Sequence[HistoryPoint], one: Series, kind: str) -> Iterator[str]:
    runs = [[(x, frame.y(point.people or 0)) for x, point in run] for run in _runs(frame, points, one)]
    for run in runs:
        if len(run) == 1:
            yield f'<circle class="{kind} dot" cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="2.5"/>'
        yield f'<path class="{kind}" d="{_path(run)}"/>'
    for before, after in pairwise(runs):
        yield f'<path class="gap" d="{_path([before[-1], after[0]])}"/>'


def _strip(frame: Frame, points: Sequence[HistoryPoint], one: Series) -> Iterator[str]:
    """Full, in part, or nothing: one rectangle for each run of equals."""
    y, length, at = frame.height - FOOT + 10, one.end - one.start, one.start
    ends = [point.at for point in points[1:]] + [one.end]
    runs = [(_grade(point.coverage), end) for point, end in zip(points, ends, strict=True)]
    for grade, run in groupby(runs, lambda pair: pair[0]):
        end = list(run)[-1][1]
        left, right = frame.x((at - one.start) / length), frame.x((end - one.start) / length)
        yield f'<rect class="cov{grade}" x="{left:.1f}" y="{y}" width="{max(right - left, 0.5):.1f}" height="{STRIP}"/>'
        at = end


def _grade(coverage: float) -> str:
    return "full" if coverage >= POORLY else "part" if coverage else "none"


def _path(places: Sequence[Place]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places)
