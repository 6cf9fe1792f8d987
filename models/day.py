"""A site's day: what its events add up to, and which ended days must be summed up again because something came late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, HOUR, Base, Big, Instant, Words
from models.event import SLOT_US
from models.occupancy import SlotFold


class Tally(Base):
    """How many of something a site's day had; each new event adds once. `what` is e.g. `meal.lunch.dine_in`, `visit`."""

    __tablename__ = "tally"
    __table_args__ = CLUSTERED
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    """ISO date of the civil day."""
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[Big]


class TouchedDay(Base):
    """An ended day that changed after its end; the summary takes the row away when it has restated the day."""

    __tablename__ = "touched_day"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[str] = mapped_column(Text, primary_key=True)


class SiteDay(Base):
    """A version of a day's summary; a restated day gets the next version, the old one stays readable."""

    __tablename__ = "site_day"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[Big]
    summary: Mapped[Words]
    """JSON of `DaySummary`."""


@dataclass(frozen=True)
class Span:
    """A stretch of a track with constant slot statistics: the slot itself, or the quiet time between two slots."""

    start: Instant
    end: Instant
    last: int
    lowest: int
    highest: int
    person_us: int
    came: int
    went: int


def spans(slots: Sequence[SlotFold], opening: int, start: Instant, end: Instant) -> list[Span]:
    """Cover [start, end) by slots in order; between them the value stays as the slot before left it.

    `opening` is the value at `start`; both bounds lie on slot borders.
    """
    covered: list[Span] = []
    at, value = start, opening
    for slot in slots:
        if slot.start > at:
            covered.append(_quiet(at, slot.start, value))
        covered.append(
            Span(slot.start, slot.end, slot.closing, slot.lowest, slot.highest, slot.person_us, slot.came, slot.went)
        )
        at, value = slot.end, slot.closing
    if at < end:
        covered.append(_quiet(at, end, value))
    return covered


def _quiet(start: Instant, end: Instant, value: int) -> Span:
    return Span(start, end, value, value, value, value * (end - start), 0, 0)


@dataclass(frozen=True)
class DaySummary:
    """Numbers of one site-day; None is not reported, which is not zero. `person_hours` and `average` are of signed values."""

    day: str
    people_at_end: int | None
    peak: int | None
    peak_at: Instant | None
    average: float | None
    person_hours: float | None
    came: int | None
    went: int | None
    coverage: float
    tallies: dict[str, int]


def summarise(
    day: str,
    start: Instant,
    end: Instant,
    areas: Iterable[tuple[int, Sequence[SlotFold]]],
    minutes_heard: int,
    tallies: dict[str, int],
) -> DaySummary:
    """Sum up [start, end) of one site; `areas` gives for each area its value at `start` and its slots in order."""
    tracks = [spans(slots, opening, start, end) for opening, slots in areas]
    coverage = minutes_heard / ((end - start) / 60_000_000)
    if not tracks:
        return DaySummary(day, None, None, None, None, None, None, None, coverage, tallies)
    peak_at, peak = _peak(tracks, start, end)
    person_us = sum(span.person_us for track in tracks for span in track)
    return DaySummary(
        day=day,
        people_at_end=sum(max(track[-1].last, 0) for track in tracks),
        peak=peak,
        peak_at=peak_at,
        average=person_us / (end - start),
        person_hours=person_us / HOUR,
        came=sum(span.came for track in tracks for span in track),
        went=sum(span.went for track in tracks for span in track),
        coverage=coverage,
        tallies=tallies,
    )


def _peak(tracks: list[list[Span]], start: Instant, end: Instant) -> tuple[Instant, int]:
    """The five minutes with the highest sum of the areas' highest values, and that sum."""
    count = (end - start) // SLOT_US
    highest = [0] * count
    for track in tracks:
        for span in track:
            for number in range((span.start - start) // SLOT_US, (span.end - start) // SLOT_US):
                highest[number] += max(span.highest, 0)
    peak = max(highest)
    return start + highest.index(peak) * SLOT_US, peak
