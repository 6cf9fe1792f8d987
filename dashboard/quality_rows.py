"""What the pages of data quality and of quarantine show: frozen rows, no person, no drawing."""

from dataclasses import dataclass

from models.base import Instant


@dataclass(frozen=True, slots=True)
class Drift:
    """Counters beside staff's counts: `total` is counter less staff, `gap` the same without signs."""

    checks: int
    total: int
    gap: int
    counted: int

    @property
    def share(self) -> float | None:
        """The gap to what staff counted."""
        return self.gap / self.counted if self.counted else None


@dataclass(frozen=True, slots=True)
class QualityRow:
    """How a site's data arrives. Rate, lag and share are of the last hour."""

    site: str
    name_zh: str
    name_en: str
    street: str
    kind: str
    state: str
    heard_at: Instant | None
    events: int
    lag_p95_s: float | None
    """`inf`: beyond the last edge that is counted; the first edge means at most."""
    rejected: tuple[tuple[str, int], ...]
    """Reason and rows of the last day that wait, most first."""
    duplicates: int
    missing: int
    lost: int
    clock_offset_ms: int | None
    """The worst of its devices."""
    negative: tuple[str, ...]
    """Areas whose signed count is below zero: their counter drifts."""
    automatic: float | None
    """Share of events that nobody typed, 0..1."""
    grade: str
    """A, B or C."""
    why: str
    """The word's name under `why.`; '' for an A."""
    number: int
    """What stands in that word."""


@dataclass(frozen=True, slots=True)
class OwnHealth:
    """The platform's own row; None where it does not say."""

    reasons: tuple[str, ...]
    seen_at: Instant | None
    commit_at: Instant | None
    connected: bool
    subscribed: bool
    waiting: int | None
    inbox: int
    lag_p95_ms: int | None
    trouble: str | None
    database_bytes: int | None
    disk_free: int | None
    disk_total: int | None
    dropped: int | None
    """Messages that the broker has thrown away since its start."""
    clock_seen_at: Instant | None
    watcher_at: Instant | None
    """When the watcher elsewhere last took our call."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    id: int
    site: str
    topic: str
    received_at: Instant
    last_at: Instant
    reason: str
    detail: str
    content: bytes | None
    """None for what names a person: it was masked, and is not shown even so."""
    length: int
    index: int
    times: int
    replayable: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a site: when, what kind, where, by which device."""

    at: Instant
    received_at: Instant
    kind: str
    area: str
    device: str


@dataclass(frozen=True, slots=True)
class UnknownSite:
    """A code that nobody registered, of the newest rows that wait."""

    site: str
    rows: int
    times: int
    last_at: Instant
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownDevice:
    """Bytes of a registered site that no table reads, of the newest rows that wait."""

    site: str
    name_zh: str
    name_en: str
    device: str
    rows: int
    last_at: Instant
    table: str | None
    """The table that is bound and could not read them."""


@dataclass(frozen=True, slots=True)
class VendorMessage:
    """A device's own bytes as they wait in quarantine."""

    id: int
    topic: str
    """The device's own."""
    payload: bytes
    heard_at: Instant
