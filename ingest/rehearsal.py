"""What the rules would have rung in days gone by: the same rules and the same judge, walked along what was kept of a site.

The walk looks every five minutes, as slots are kept, so that what lasted less can be missed or found five minutes late.
Doors follow the schedule. What is kept only as it is now (batteries, clocks, beds, shifts, meals) is not rehearsed.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.areas import AreaKnown
from ingest.judge import judge_site
from ingest.rules.lasting import Hearing
from ingest.rules.situation import AreaNow, Limits, Situation
from models.availability import HeardSlot, Span
from models.base import MINUTE, Instant
from models.event import SLOT_US
from models.occupancy import Basis, SlotFold, presence, track_of

REHEARSED = ("OVERCAP", "NEARCAP", "OFFLINE", "NOTOPEN", "LATE", "OVERRUN")


class Planned(NamedTuple):
    """A service as it is known now: `over_at` is when it was started, done or called off; None: never."""

    due_at: Instant
    over_at: Instant | None


class Run(NamedTuple):
    started_at: Instant
    ended_at: Instant | None
    minutes: int


@dataclass(frozen=True)
class Kept:
    """All that is kept of one site, each list in order of time. `own`: tracks that are an area's own basis."""

    site_id: int
    registered_at: Instant
    areas: tuple[AreaKnown, ...]
    whole: int | None
    own: frozenset[int]
    slots: Mapping[int, Sequence[SlotFold]]
    heard: Sequence[HeardSlot]
    opened: Sequence[Span]
    planned: Sequence[Planned] = ()
    runs: Sequence[Run] = ()


@dataclass
class _Row:
    """An alarm that is there, as the judge reads its row."""

    id: int
    grade: int
    numbers: str


@dataclass
class _Course:
    """How one site's alarms go on from look to look."""

    held: dict[tuple[str, str], _Row] = field(default_factory=dict)
    brewing: dict[str, Instant] = field(default_factory=dict)
    cleared: dict[tuple[str, str], Instant] = field(default_factory=dict)
    rung: Counter[str] = field(default_factory=Counter)
    _number: int = 0

    def look(self, site: Situation, limits: Limits, now: Instant, hearing: Hearing, reopen_within: Instant) -> None:
        judged = judge_site(site, self.held, self.brewing, limits, now, hearing)
        self.brewing = judged.brewing
        for number in judged.resolves:
            key = next(key for key, row in self.held.items() if row.id == number)
            del self.held[key]
            self.cleared[key] = now
        for cause in judged.raises:
            key = cause.type, cause.subject
            self._number += 1
            self.held[key] = _Row(self._number, cause.grade or 0, str(list(cause.numbers)))
            # What comes back soon is the same alarm.
            if now - self.cleared.get(key, -reopen_within) >= reopen_within:
                self.rung[cause.type] += 1


def rehearse(kept: Kept, span: Span, limits: Limits, reopen_within: Instant) -> Counter[str]:
    """How many alarms of each kind there would have been in `span`; we are taken to have listened all the time."""
    course, since = _Course(), span[0]
    hearing = Hearing(since - 24 * 60 * MINUTE, 0)
    opened = [start for start, _ in kept.opened]
    heard = list(_heard(kept.heard))
    people = {track: _Line(slots) for track, slots in kept.slots.items()}
    for now in range((since // SLOT_US + 1) * SLOT_US, span[1] + 1, SLOT_US):
        course.look(_situation(kept, now, limits, opened, heard, people), limits, now, hearing, reopen_within)
    return Counter({kind: n for kind, n in course.rung.items() if kind in REHEARSED})


def _heard(slots: Iterable[HeardSlot]) -> Iterator[Instant]:
    """The minutes in which the site was heard; what came long afterwards made nobody live."""
    for one in slots:
        if one.came_in_time:
            yield from (one.slot * SLOT_US + n * MINUTE for n in range(5) if one.minutes >> n & 1)


class _Line:
    """A track's value along time."""

    def __init__(self, slots: Sequence[SlotFold]) -> None:
        self._ends = [slot.end for slot in slots]
        self._values = [slots[0].opening, *(slot.closing for slot in slots)] if slots else []

    def at(self, now: Instant) -> int | None:
        return self._values[bisect_right(self._ends, now)] if self._values else None


def _situation(
    kept: Kept, now: Instant, limits: Limits, opened: list[Instant], heard: list[Instant], people: Mapping[int, _Line]
) -> Situation:
    last = bisect_right(opened, now) - 1
    start, end = kept.opened[last] if last >= 0 else (now, now)
    is_open = start <= now < end
    heard_at = heard[n - 1] if (n := bisect_right(heard, now)) else None
    areas = tuple(_area(kept, area, now, people) for area in kept.areas)
    counted = [area.people for area in areas if area.people is not None]
    forgotten = now - limits.service_forget_min * MINUTE
    return Situation(
        site_id=kept.site_id,
        registered_at=kept.registered_at,
        is_open=is_open,
        opened_at=start if is_open and last >= 0 else None,
        closed_at=None,
        heard_at=heard_at,
        areas=areas,
        people=sum(counted) if counted else None,
        capacity=kept.whole,
        late_due=tuple(
            one.due_at
            for one in kept.planned
            if forgotten < one.due_at <= now + SLOT_US and (one.over_at is None or one.over_at > now)
        ),
        running=tuple(
            (run.started_at, run.minutes)
            for run in kept.runs
            if run.started_at <= now and (run.ended_at is None or run.ended_at > now)
        ),
    )


def _area(kept: Kept, area: AreaKnown, now: Instant, people: Mapping[int, _Line]) -> AreaNow:
    tracks = track_of(area.id, Basis.COUNTER), track_of(area.id, Basis.PERSONS)
    counter, persons = ((line.at(now) if (line := people.get(track)) else None) for track in tracks)
    here = presence(
        None if counter is None else (counter, tracks[0] in kept.own),
        None if persons is None else (persons, tracks[1] in kept.own),
        area.count_by,
    )
    # As no counter: whether one stands still hangs on how it counted a week before.
    return AreaNow(area.code, here.people, here.signed, area.capacity, None, by_counter=False)
