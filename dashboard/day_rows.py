"""What the pages of days show: frozen rows, and the one list of figures behind the sheet and the exports."""

from dataclasses import dataclass

from dashboard.rows import CurvePoint, Instant, UsualPoint
from models.day import DaySummary
from models.day_sums import Sums

Value = int | float | None


@dataclass(frozen=True, slots=True)
class DayLine:
    """A figure of a day. `of` is its denominator.

    `unit`: n a number; pair `value / of`; rate `value / of` in per cent; fen; us a length of time; mean `value / of` as a
    length of time; per `value / of` as a number; mille of a thousand; lag a length of time between 2 s and 10 min; h hours;
    at a time of the day; moment with its date; yes 1 or 0.
    """

    block: str
    name: str
    value: Value
    of: Value = None
    unit: str = "n"


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: int
    made_at: Instant
    why: str
    changes: tuple[tuple[str, object, object], ...]
    fingerprint: str
    signed_by: str | None
    signed_at: Instant | None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    what: str
    subject: str
    at: Instant
    n: int
    reason: str
    author: str
    made_at: Instant


@dataclass(frozen=True, slots=True)
class Correctable:
    """What may still be said of a day: services that nobody has finished or called off, and who lives at the site."""

    services: tuple[tuple[str, str, Instant], ...] = ()
    """Reference, type, when it was due."""
    residents: tuple[tuple[str, str], ...] = ()
    """Token and whereabouts, as they are now."""


@dataclass(frozen=True, slots=True)
class DayPageRows:
    """`version` 0: computed now, of a day that runs or whose night work is not done; it cannot be signed."""

    site: str
    name_zh: str
    name_en: str
    kind: str
    street_zh: str
    street_en: str
    hours: str
    day: str
    day_start: Instant
    day_end: Instant
    zone: str
    as_of: Instant
    version: int
    newest: int
    summary: DaySummary
    versions: tuple[VersionRow, ...]
    """Newest first."""
    corrections: tuple[CorrectionRow, ...]
    curve: tuple[CurvePoint, ...]
    usual: tuple[UsualPoint, ...]
    areas: tuple[str, ...]
    may_sign: bool
    correctable: Correctable | None
    """None for who may not."""
    planned: tuple[tuple[str, str], ...]
    """(from, until) on the wall: when the site should have been open, as the calendar has it."""
    calendar: str
    """'' an ordinary day, else what `days.csv` says of it: open, closed, or as_ and the number of a weekday."""
    missing: tuple[str, ...]
    """Tokens of the regulars who stay away, as is known now; none for who may not know them."""
    month: Sums | None
    """Of its month up to this day, of the newest versions; None while the day runs."""
    sign_by: Instant
    """When its report should be signed."""
    begun_h: int = 0
    ended_h: int = 0
    """The hours at which it began, and the next one."""


@dataclass(frozen=True, slots=True)
class DayListRow:
    """One site's day in the district's list; `version` 0: no summary yet."""

    site: str
    name_zh: str
    name_en: str
    kind: str
    street: str
    version: int
    grade: str
    heard: int
    open_minutes: int
    late: int
    made_at: Instant | None
    signed_by: str | None
    signed_at: Instant | None
    superseded: bool
    """An older version is signed, the newest is not."""
    asked: bool
    """Whether the newest version asks for a name at all."""
    ours: int
    """Minutes of its opening hours that are not counted, as we ourselves did not listen."""


@dataclass(frozen=True, slots=True)
class UnsignedDay:
    """Of a site; `superseded`: an older version is signed."""

    site: str
    name_zh: str
    name_en: str
    day: str
    superseded: bool


@dataclass(frozen=True, slots=True)
class DayListRows:
    day: str
    streets: tuple[tuple[str, str, str], ...]
    """Code and names."""
    sites: tuple[DayListRow, ...]
    as_of: Instant
    day_end: Instant


@dataclass(frozen=True, slots=True)
class NotBegun:
    """Today's date, of a site at which the day before still runs."""

    site: str
    name_zh: str
    name_en: str
    day: str
    begins_at: Instant
    running: str
    """The day that runs, as ISO date."""
