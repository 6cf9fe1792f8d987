"""What the screens show of alarms: a line of the feed, an alarm on the desk with its steps, how fast it was answered."""

from dataclasses import dataclass

from models.alarm_life import UNSEEN
from models.base import Instant
from models.deadlines import Deadlines
from models.escalation import limit_of
from models.incident import Account


@dataclass(frozen=True, slots=True)
class AlarmRow:
    id: int
    site: str
    type: str
    grade: int
    area: str | None
    open: bool
    late: bool
    raised_at: Instant | None
    cleared_at: Instant | None
    numbers: tuple[int, ...]
    """What its sentence counts: people and capacity, how many services."""
    parent: int | None
    """The alarm of the whole street that speaks for this one."""
    state: str = "raised"
    """How far people are with it."""
    opened_at: Instant | None = None
    """When we knew: limits count from here."""


@dataclass(frozen=True, slots=True)
class WideAlarm:
    """An open alarm of a whole street, or, without one, of the platform itself."""

    id: int
    street: str | None
    type: str
    grade: int
    raised_at: Instant
    members: int
    state: str = "raised"
    opened_at: Instant | None = None
    """When we knew, or somebody opened it again."""
    late: bool = False
    open: bool = True
    parent: None = None


@dataclass(frozen=True, slots=True)
class AlarmStep:
    """One line of an alarm's history; `author` is an account, 'site' for what came over the wire, '' for the platform."""

    at: Instant
    real_at: Instant | None
    step: str
    state: str
    author: str
    code: str | None
    post: str | None
    level: int
    told: tuple[str, ...]
    """Channels by which people heard of it."""
    account: Account | None = None
    """What was said of an incident when it was closed."""


@dataclass(frozen=True, slots=True)
class DeskAlarm:
    """An alarm as the desk shows it: of a site, of a whole street (`site` None), or of ourselves (`street` None too)."""

    id: int
    site: str | None
    name_zh: str
    name_en: str
    street: str | None
    type: str
    subject: str
    area: str | None
    grade: int
    numbers: tuple[int, ...]
    holds: bool
    """The cause is still there."""
    open: bool
    late: bool
    times: int
    raised_at: Instant | None
    opened_at: Instant
    cleared_at: Instant | None
    state: str
    level: int
    """Who was called last: 0 site duty, 1 site manager, 2 street, 3 district."""
    due_at: Instant | None
    """When somebody is called next."""
    post: str | None
    members: int
    """How many alarms this one speaks for."""
    parent: int | None
    moves: tuple[str, ...]
    """What may be done with it now, in the order of the buttons."""
    last_author: str
    last_at: Instant
    limit_at: Instant | None = None
    """By when it must be seen, or, once seen, dealt with; None: no limit, or nobody has said what the limits are."""


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """Seconds from opening to acknowledgement and to closing: median and 90th percentile; None without any."""

    street: str
    site: str | None
    """None: the whole street."""
    grade: int
    """0: all grades together."""
    alarms: int
    acknowledged: int
    ack_p50_s: int | None
    ack_p90_s: int | None
    closed: int
    close_p50_s: int | None
    close_p90_s: int | None
    false: int


def limit_at(row: AlarmRow | WideAlarm | DeskAlarm, deadlines: Deadlines) -> Instant | None:
    """The one limit that every page shows, from when we knew. What came too late to call anybody has none, nor what another
    alarm speaks for; and of what has gone away it is only still to be found out what it was."""
    calls = not row.late and row.parent is None and (row.open or row.state in UNSEEN)
    since = row.raised_at if row.opened_at is None else row.opened_at
    return limit_of(row.type, row.state, since, deadlines) if calls and since is not None else None
