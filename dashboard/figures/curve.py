"""People inside today over what is usual, as SVG text: zero-based, the capacity as a rule, what is missing as dots."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from dashboard.figures.axis import begins_at_midnight, ceiling, clock_of, hours, ticks
from dashboard.rows import CurvePoint, Instant, UsualPoint

HOUR = 3_600_000_000
SLOT = 300_000_000
"""A point's `at` is where its five minutes begin; its number is that at their end, or now while they run."""
RIGHT, HEAD, FOOT = 16, 14, 24
LEFT, LETTER, GAP = 40, 7.5, 12
"""Room for the numbers of the scale: at least, for each letter, and before and after them."""

Place = tuple[float, float]


@dataclass(frozen=True)
class Words:
    """The words inside the drawing."""

    label: str
    capacity: str
    """Already holds the number."""
    zone: str
    """Of the clock on the wall."""


@dataclass(frozen=True)
class Frame:
    """Where instants and people lie on the paper; sizes in CSS pixels."""

    width: int
    height: int
    start: Instant
    end: Instant
    top: int

    @property
    def left(self) -> int:
        return max(LEFT, round(LETTER * len(f"{self.top:,}") + GAP))

    @property
    def wide(self) -> int:
        return self.width - self.left - RIGHT

    @property
    def tall(self) -> int:
        return self.height - HEAD - FOOT

    @property
    def foot(self) -> int:
        return self.height - FOOT

    def x(self, at: Instant) -> float:
        return self.left + self.wide * (at - self.start) / (self.end - self.start)

    def y(self, people: float) -> float:
        return HEAD + self.tall * (1 - people / self.top)


def curve(
    today: Sequence[CurvePoint],
    yesterday: Sequence[CurvePoint],
    usual: Sequence[UsualPoint],
    day_start: Instant,
    day_end: Instant,
    now: Instant,
    capacity: int | None,
    words: Words,
    *,
    width: int = 744,
    height: int = 226,
    step_h: int = 2,
) -> str:
    """Draw the day; `yesterday` is laid over today's hours by its distance from the day's start."""
    whole = (day_end - day_start) // HOUR
    is_plain = begins_at_midnight(day_start, words.zone)
    first, last = hours(now - day_start, day_end - day_start) if is_plain else (0, whole)
    highest = max((point.people or 0 for point in (*today, *yesterday)), default=0)
    top = ceiling(max(highest, capacity or 0, 4, *(point.highest for point in usual)))
    frame = Frame(width, height, day_start + first * HOUR, day_start + last * HOUR, top)
    shifted = _onto_today(yesterday, day_start)
    shown = [point for point in today if point.at <= now]
    return "".join(
        (
            _opening(frame, words.label),
            _scale(frame, day_start, first, last, step_h, words.zone),
            _usual(frame, usual),
            _capacity(frame, capacity, words.capacity),
            *_track(frame, shifted, day_end, "yesterday", "gap before"),
            *_track(frame, shown, now, "today", "gap"),
            _end(frame, shown, now),
            "</svg>",
        )
    )


def _onto_today(yesterday: Sequence[CurvePoint], day_start: Instant) -> list[CurvePoint]:
    day = 24 * HOUR
    return [
        CurvePoint(point.at + day, point.people, point.lowest, point.highest)
        for point in yesterday
        if point.at < day_start
    ]


def _opening(frame: Frame, label: str) -> str:
    """The numbers that the live script needs to place a point stand on the drawing itself."""
    numbers = {"start": frame.start, "end": frame.end, "top": frame.top, "left": frame.left, "wide": frame.wide}
    numbers |= {"head": HEAD, "foot": frame.foot, "tall": frame.tall}
    kept = "".join(f' data-{name}="{number}"' for name, number in numbers.items())
    return (
        f'<svg class="curve" viewBox="0 0 {frame.width} {frame.height}" role="img" aria-label="{escape(label)}"{kept}>'
    )


def _scale(frame: Frame, day_start: Instant, first: int, last: int, step_h: int, zone: str) -> str:
    lines = "".join(
        f'<path class="grid" d="M{frame.left},{frame.y(people):.1f}H{frame.width - RIGHT}"/>'
        f'<text class="ax" x="{frame.left - 8}" y="{frame.y(people) + 4:.1f}" text-anchor="end">{people:,}</text>'
        for people in ticks(frame.top)
    )
    words = "".join(
        f'<text class="ax" x="{frame.x(day_start + hour * HOUR):.1f}" y="{frame.height - 6}" '
        f'text-anchor="{_anchor(hour, first, last)}">{clock_of(day_start + hour * HOUR, day_start, zone)}</text>'
        for hour in range(first, last + 1, step_h)
    )
    return lines + words


def _anchor(hour: int, first: int, last: int) -> str:
    return "start" if hour == first else "end" if hour == last else "middle"


def _capacity(frame: Frame, capacity: int | None, word: str) -> str:
    if not capacity:
        return ""
    y = frame.y(capacity)
    return (
        f'<path class="caprule" d="M{frame.left},{y:.1f}H{frame.width - RIGHT}"/>'
        f'<text class="capword" x="{frame.left + 8}" y="{y - 5:.1f}">{escape(word)}</text>'
    )


def _usual(frame: Frame, points: Sequence[UsualPoint]) -> str:
    """The band of the same weekdays, and their middle dashed in it; of the day to come it is all that is drawn."""
    shown = [point for point in points if frame.start <= point.at <= frame.end]
    if not shown:
        return ""
    above = [(frame.x(point.at), frame.y(point.highest)) for point in shown]
    below = [(frame.x(point.at), frame.y(point.lowest)) for point in reversed(shown)]
    middle = [(frame.x(point.at), frame.y(point.middle)) for point in shown]
    return f'<path class="band" d="{_line([*above, *below])}Z"/><path class="median" d="{_line(middle)}"/>'


def _track(frame: Frame, points: Sequence[CurvePoint], until: Instant, kind: str, gap: str) -> Iterator[str]:
    """Solid where something was heard, a dotted straight line over what is missing."""
    runs = list(_runs(frame, points, until))
    for run in runs:
        yield f'<path class="{kind}" d="{_line(run)}"/>'
    for before, after in pairwise(runs):
        yield f'<path class="{gap}" d="{_line([before[-1], after[0]])}"/>'


def _runs(frame: Frame, points: Sequence[CurvePoint], until: Instant) -> Iterator[list[Place]]:
    run: list[Place] = []
    for point in points:
        at = min(point.at + SLOT, until)
        if not frame.start <= at <= frame.end:
            continue
        if point.people is None:
            if run:
                yield run
            run = []
        else:
            run.append((frame.x(at), frame.y(point.people)))
    if run:
        yield run


def _line(places: Sequence[Place]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _end(frame: Frame, points: Sequence[CurvePoint], now: Instant) -> str:
    """The running end: the live script moves the dot and prolongs the line from `data-from`."""
    heard = [point for point in points if point.people is not None and frame.start <= point.at <= frame.end]
    if not heard or not frame.start <= now <= frame.end:
        return ""
    last = heard[-1]
    people = last.people or 0
    x, y = frame.x(min(last.at + SLOT, now)), frame.y(people)
    begin = "" if points[-1].people is None else f"{x:.1f},{y:.1f}"
    anchor, aside = ("start", 10) if x < frame.width - RIGHT - 48 else ("end", -10)
    return (
        f'<g class="now"><path class="nowline" d="M{x:.1f},{HEAD}V{frame.foot}"/>'
        f'<path class="today" data-from="{begin}" d=""/>'
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        f'<text class="end" x="{x + aside:.1f}" y="{y + 5:.1f}" text-anchor="{anchor}">{people:,}</text></g>'
    )


Hour = tuple[str, int | None, int | None, int | None]


def hourly(
    today: Sequence[CurvePoint],
    yesterday: Sequence[CurvePoint],
    usual: Sequence[UsualPoint],
    day_start: Instant,
    day_end: Instant,
    now: Instant,
    zone: str,
) -> list[Hour]:
    """The same as a table for readers: (hour, today, yesterday, usual), the last value of each hour."""
    now_at, then_at = _by_hour(today, day_start), _by_hour(yesterday, day_start - 24 * HOUR)
    middle = {(point.at - day_start - 1) // HOUR: point.middle for point in usual}
    elapsed = max(now - day_start, 0) // HOUR
    return [
        (
            clock_of(day_start + hour * HOUR, day_start, zone),
            now_at(hour) if hour <= elapsed else None,
            then_at(hour),
            middle.get(hour),
        )
        for hour in range((day_end - day_start) // HOUR)
    ]


def _by_hour(points: Sequence[CurvePoint], start: Instant) -> Callable[[int], int | None]:
    known = {(point.at - start) // HOUR: point.people for point in points if point.people is not None}
    return known.get
