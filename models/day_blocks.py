"""The blocks of a site's day, as stored. A block that is None has no source at the site: not reported, which is never zero.

Numerators and denominators are stored, never ratios; money is fen, lengths of time are microseconds.
"""

from dataclasses import dataclass, field

from models.base import Instant


@dataclass(frozen=True)
class Visits:
    """`entries` are person-times: what counters saw come in (`anonymous`), and visits by card where cards are the number.

    `named` are all visits by card, a credential's within five minutes being one; `persons` are distinct credentials, and
    are never added to anything.
    """

    entries: int
    anonymous: int
    named: int
    persons: int | None
    stays: int
    """Closed visits of 1 to 720 minutes that no machine closed."""
    stay_us: int
    """Their sum."""
    stay_median_us: int | None


@dataclass(frozen=True)
class Residents:
    """At the end of the day. `beds` are those of the registry on that day: registered and open ones are the same there."""

    roll_before: int
    admitted: int
    discharged: int
    died: int
    transferred: int
    roll: int
    in_house: int
    on_leave: int
    in_hospital: int
    beds: int | None

    @property
    def is_balanced(self) -> bool:
        """Whether the moves of the day explain the change of the roll."""
        return self.roll == self.roll_before + self.admitted - self.discharged - self.died - self.transferred


@dataclass(frozen=True)
class Meals:
    """`ordered` is booked without what was cancelled; `not_fetched` of it, by meal and way, was never served."""

    booked: int
    cancelled: int
    ordered: int
    served: int
    not_fetched: int
    dine_in: int
    pick_up: int
    delivery: int
    lunch_ordered: int
    lunch_served: int
    subsidised: int
    priced: int
    price_fen: int
    subsidy_fen: int


@dataclass(frozen=True)
class Services:
    """Of those due on this day. `due` were not called off and should have begun by now; `done` of these are finished."""

    planned: int
    due: int
    done: int
    running: int
    late: int
    """Begun more than the allowed minutes after their time, or not begun at all."""
    on_time: int
    """Of the done ones, begun within the allowed minutes before or after their time."""
    cancelled_by_elder: int
    cancelled_by_provider: int
    cancelled_by_system: int
    unplanned: int
    priced: int
    price_fen: int
    by_type: dict[str, tuple[int, int, int, int]]
    """Planned, done, late, cancelled."""


@dataclass(frozen=True)
class ShiftCheck:
    """Care workers on duty at one moment; `need` is the least that the stricter ratio asks for, None without residents."""

    shift: str
    """night, day, evening."""
    at: Instant
    care: int
    need: int | None


@dataclass(frozen=True)
class Staff:
    on_duty: dict[str, int]
    """Distinct workers by role."""
    care_us: int
    """Time worked by care workers and nurses within the day."""
    shifts: tuple[ShiftCheck, ...]


@dataclass(frozen=True)
class Safety:
    """Alarms that arose on this day; what people did about them as known when the summary was made."""

    raised: int
    by_type: dict[str, int]
    by_grade: tuple[int, int, int, int]
    false: int
    open: int
    open_by_type: dict[str, int]
    acknowledged: int
    ack_p50_us: int | None
    ack_p90_us: int | None
    waits_us: tuple[int, ...] = ()
    """From when we knew to the acknowledgement, of each that has one, in order: percentiles of months come from them."""


@dataclass(frozen=True)
class Check:
    """Staff counted heads where a counter stands."""

    at: Instant
    area: str
    counter: int
    staff: int


@dataclass(frozen=True)
class Gear:
    """`open_minutes` of the opening hours are over; `heard_minutes` of them are of five minutes in which something came."""

    open_minutes: int
    heard_minutes: int
    silences: tuple[tuple[Instant, Instant], ...]
    """Stretches of the opening hours in which nothing came, longer than a site may be silent."""
    late: int
    """Events that took more than ten minutes to arrive; what a device had stored is not among them."""
    wrong_clock: int
    events: int
    typed: int
    """Of these, made by hand."""
    checks: tuple[Check, ...] = ()
    below_zero: tuple[str, ...] = ()
    """Areas whose count fell below zero."""


@dataclass(frozen=True)
class Voice:
    ratings: int
    satisfied: int
    """Of these, 4 or 5 of 5."""
    score_sum: int


@dataclass(frozen=True)
class Line:
    """A clause that a page writes in its reader's language: a key of the catalogue and what it counts."""

    what: str
    numbers: dict[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Todo:
    what: str
    owner: str
    """A post, not a person."""
    due_min: int | None
    """Minutes of the day; None: in the course of it."""
    because: str
    numbers: dict[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Usual:
    """Of the last same weekdays that have a summary: the spread without its extremes, and the middle."""

    days: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Reason:
    """A rule of the data's quality; `down` is by how many grades it lowers the A, 0: it holds."""

    what: str
    down: int
    numbers: dict[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What the figures mean, by rules that can be explained; written anew with each version."""

    grade: str
    reasons: tuple[Reason, ...]
    usual: dict[str, Usual]
    usual_hours: tuple[Usual | None, ...]
    differs: tuple[Line, ...]
    open: tuple[Line, ...]
    do: tuple[Line, ...]
    todos: tuple[Todo, ...]
    before_done: int | None
    """Of the day before's to-dos, how many have no cause any more; None: it has no summary."""
    before_open: int | None
