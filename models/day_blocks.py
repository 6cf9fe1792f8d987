"""The blocks of a site's day, as stored. A block that is None has no source at the site: not reported, which is never zero.

Numerators and denominators are stored, never ratios; money is fen, lengths of time are microseconds.
"""

from dataclasses import dataclass, field

from models.base import Instant
from models.quality import NO_DELAYS


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
    """Of those due on this day that the elder did not call off. `due` should have begun by now; `done` of these are finished.

    What the provider or the system calls off was planned and not done: only the elder's own choice is nobody's failure.
    """

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
    due_off: int = 0
    """Of the due ones, called off by the provider or the system. In older versions these are not among the due."""

    @property
    def missed(self) -> int:
        """Due, and neither done nor called off: somebody still waits for them."""
        return max(self.due - self.done - self.due_off, 0)


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
class OpenAlarm:
    type: str
    since: Instant
    """When we knew."""


@dataclass(frozen=True)
class Safety:
    """`raised`, `by_type` and `by_grade` arose on this day. `open` are all that were not settled as it ended, whenever they
    arose. From `false` on is what people did about those of the day that called somebody (`models.response`), as known when
    the summary was made; a report asks again."""

    raised: int
    by_type: dict[str, int]
    by_grade: tuple[int, int, int, int]
    false: int
    open: int
    open_by_type: dict[str, int]
    acknowledged: int
    ack_p50_us: int | None
    ack_p90_us: int | None
    called: int = 0
    unanswered: int = 0
    close_p50_us: int | None = None
    close_p90_us: int | None = None
    arrive_p50_us: int | None = None
    arrive_p90_us: int | None = None
    limited: int = 0
    """Those whose time to be dealt with is over, or that are closed."""
    in_limit: int = 0
    """Of these, closed within it."""
    open_alarms: tuple[OpenAlarm, ...] = ()
    """The oldest first. Older versions have none, and counted as open only what arose on the day."""
    incidents: int = 0
    family_told: int = 0
    """Incidents of the day, and those of them whose family, or guardian, was reached, as their accounts say."""


@dataclass(frozen=True)
class Check:
    """Staff counted heads where a counter stands."""

    at: Instant
    area: str
    counter: int
    staff: int


@dataclass(frozen=True)
class Gear:
    """`open_minutes` of the opening hours are over, without those of `ours`; `heard_minutes` of them are of five minutes in
    which something came."""

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
    timed: int = 0
    """Events whose delay says something of the line."""
    over: tuple[int, ...] = NO_DELAYS
    """Of these, how many took longer than each of `models.quality.LAG_EDGES_S`."""
    ours: tuple[tuple[Instant, Instant], ...] = ()
    """Stretches of the opening hours in which we ourselves did not listen and of which nothing came later."""
    late_by_us: int = 0
    """Events that took more than ten minutes because we did not listen; neither among `late` nor in `timed` and `over`."""


@dataclass(frozen=True)
class Door:
    """The site said that it opened, or closed."""

    at: Instant
    opened: bool


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
    since: str = ""
    """The day (ISO) that asked for it first; '' in older versions."""


@dataclass(frozen=True)
class Followed:
    """What became of a to-do of the day before; `numbers` are of what is left of it."""

    what: str
    owner: str
    since: str
    """The day (ISO) that asked for it first."""
    done: bool
    numbers: dict[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Usual:
    """Of the last days lived as the same weekday that have a summary: the spread without its extremes, and the middle."""

    days: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Guests:
    """By card. `new` had not come in the five weeks before; of the `regulars`, `missing` have not come for a week."""

    new: int
    regulars: int
    missing: int


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
    """All of them; a page shows the first."""
    before: tuple[Followed, ...] | None = None
    """The day before's to-dos, each done or not; None: it has no summary."""
    before_done: int | None = None
    """In versions from before they were followed one by one: how many had no cause any more, and how many had."""
    before_open: int | None = None
    guests: Guests | None = None
    """None where nobody comes by card, or not for long enough."""
