"""What the page of services shows: frozen rows without persons. Instants are microseconds UTC."""

from dataclasses import dataclass

from dashboard.rows import Instant


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service that somebody may look after now. `state`: overrun, late or running; the most pressing of these."""

    site: str
    name_zh: str
    name_en: str
    street: str
    type: str
    state: str
    due_at: Instant | None
    started_at: Instant | None
    minutes: int | None
    """How long it should last; None where it is not timed."""


@dataclass(frozen=True, slots=True)
class PlanCell:
    """Today's services of a type in a street, or at a provider."""

    street: str
    type: str
    planned: int
    """Without those that were cancelled."""
    due: int
    """Of these, what should have begun by now, or has."""
    done: int
    running: int
    late: int
    overrun: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class ProviderPlan:
    site: str
    name_zh: str
    name_en: str
    plan: PlanCell


@dataclass(frozen=True, slots=True)
class ServiceMoved:
    """A line of the feed; `what` is started or completed."""

    at: Instant
    what: str
    site: str
    name_zh: str
    name_en: str
    street: str
    type: str


@dataclass(frozen=True, slots=True)
class Question:
    """What does not fit together, with its evidence; a person finds out why. `what` names the sentence."""

    what: str
    site: str
    name_zh: str
    name_en: str
    street: str
    at: Instant
    numbers: tuple[int, ...]
    type: str
    other_zh: str
    other_en: str
    """The second place, where there is one."""


@dataclass(frozen=True, slots=True)
class StreetName:
    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class ServicesFrame:
    """Always whole. The lists hold the most pressing; `lines_total` and `plan` count all."""

    as_of: Instant
    change: int
    streets: tuple[StreetName, ...]
    lines: tuple[ServiceLine, ...]
    lines_total: int
    plan: tuple[PlanCell, ...]
    providers: tuple[ProviderPlan, ...]
    moved: tuple[ServiceMoved, ...]
    questions: tuple[Question, ...]
    open_alarms: tuple[int, ...] = ()
    """By grade, for the menu beside the page; empty where nobody knows."""
