"""What the screens show: frozen rows between queries, figures, pages, the live feed and the API.

Instants are microseconds UTC; `None` is missing and is shown as a dash, never as zero.
"""

from dataclasses import dataclass

from dashboard.alarm_rows import AlarmRow
from models.availability import Availability

Instant = int


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area of a site now. `other` is the count on the other basis, where there is one."""

    area: str
    people: int | None
    signed: int | None
    capacity: int | None
    basis: str
    """`counter` or `persons`."""
    other: int | None
    flags: tuple[str, ...]
    received_at: Instant | None


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site now. `people` is the sum of its areas, None before the first; a silent site keeps its last value."""

    site: str
    name_zh: str
    name_en: str
    kind: str
    street: str
    community: str | None
    people: int | None
    capacity: int | None
    state: str
    """new, live, late, silent, closed."""
    heard_at: Instant | None
    areas: tuple[AreaRow, ...]
    band: int | None
    """Load band 1..5 of its worst area, None without people or capacity."""
    open_alarms: int
    worst_grade: int | None
    lat: float | None = None
    """WGS-84 degrees; None where the registry has no place for it."""
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class StreetRow:
    code: str
    name_zh: str
    name_en: str
    people: int | None
    """Sum over reporting sites, None if none reports."""
    capacity: int | None
    """Capacity of the same sites."""
    sites_reporting: int
    sites_total: int
    open_alarms: int
    worst_grade: int | None
    usual: int | None = None
    """People that the same sites usually have at this time."""


@dataclass(frozen=True, slots=True)
class WorstLag:
    """From event to reception, P95 of the last hour of effective time, of the site where it is longest."""

    site: str | None
    """None: at all sites it is at most the least that is told apart."""
    name_zh: str
    name_en: str
    seconds: int
    bound: str
    """most, about or more: the counts behind it tell no finer."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The first line of the overview."""

    sites_reporting: int
    sites_total: int
    live: int
    late: int
    silent: int
    new: int
    closed: int
    oldest_heard_at: Instant | None
    """Of the sites that report."""
    worst_lag: WorstLag | None
    alarms: tuple[int, int, int, int]
    """Open alarms of grade 1 to 4."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person, worst first. `what` names a rule or an alarm code; `numbers` fill its sentence."""

    what: str
    """An alarm code (SOS …), or SILENT, NOTOPEN, OVERCAP, LATE, JUMP (our own clock's), NOCLOCK (its process), or GONE.SOS and
    the like: the cause went before anybody had looked."""
    grade: int
    site: str | None
    """None where several sites are one row."""
    name_zh: str
    name_en: str
    street: str
    area: str | None
    since: Instant
    limit_at: Instant | None
    """By when somebody must have seen it, or, once it is seen, dealt with it, as at the desk; None: no limit."""
    numbers: tuple[int, ...]
    alarm: int | None = None
    """Its number at the desk; None where several are one row."""
    knew_at: Instant | None = None
    """When we knew: the limit counts from here."""
    unseen: bool = False
    """Nobody has acknowledged it yet: while it is urgent it rings."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the sites that report beside what is usual for just these; a rate is in per mille."""

    value: int
    middle: int
    low: int
    high: int
    is_rate: bool
    sites: int
    days: int
    """Known days behind it, at most eight."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with what it rests on. `of` is the denominator; `parts` are named numbers of the second line."""

    name: str
    """people, visits, lunch, services, beds."""
    value: int | None
    of: int | None
    sites_counted: int
    sites_expected: int
    as_of: Instant | None
    parts: tuple[tuple[str, int | None], ...]
    usual: Compared | None = None
    """None: too few days are known, or no site reports."""


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the feed: no person, no free text."""

    at: Instant
    site: str
    name_zh: str
    name_en: str
    kind: str
    area: str | None
    came: int
    went: int
    people: int | None
    code: str | None
    """Service type or alarm code."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """People at the end of five minutes; None where nothing was heard for the whole time."""

    at: Instant
    people: int | None
    lowest: int | None
    highest: int | None


@dataclass(frozen=True, slots=True)
class UsualPoint:
    """What the same weekday usually has at this moment of today."""

    at: Instant
    lowest: int
    middle: int
    highest: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of why the number is what it is: `what` is opening, base, came, went, correction, total.

    Of a correction by hand `post` is the role of who made it (the name stands in the audit alone), `reason` its code.
    """

    at: Instant | None
    what: str
    method: str | None
    number: int
    post: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The working behind an area's number; `recomputed` is the sum from raw events and must equal `signed`."""

    area: str
    lines: tuple[LedgerLine, ...]
    signed: int | None
    recomputed: int | None
    checks: int = 0
    """How often staff have counted heads today."""
    drift: int = 0
    """What these counts corrected, added up: below zero, the counter had more than there were."""
    drifted: int = 0
    """The same without signs, so that a miss in and a miss out do not cancel."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    device: str
    new: bool
    heard_at: Instant | None
    online: bool | None
    battery_pct: int | None
    clock_offset_ms: int | None
    queued: int | None


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One outbox's account: what the platform keeps and what is missing."""

    site: str
    boot: str
    highest: int
    received: int
    missing: tuple[tuple[int, int], ...]
    lost: int
    duplicates: int
    rejected: int


@dataclass(frozen=True, slots=True)
class ServiceCount:
    """Today's services of one type at a site."""

    type: str
    planned: int
    running: int
    done: int
    late: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class OverviewFrame:
    """A snapshot carries all sites, later frames only those that changed; everything else is always whole."""

    as_of: Instant
    change: int
    """The worker's change number; 0 for a narrower scope, to which it would tell what happens elsewhere."""
    strip: Strip
    tiles: tuple[Tile, ...]
    needs: tuple[Need, ...]
    needs_total: int
    urgent: tuple[Need, ...]
    """Of grade 1 and 2 at one site, worst first: what has a tag on the map."""
    streets: tuple[StreetRow, ...]
    sites: tuple[SiteRow, ...]
    just_now: tuple[Happening, ...] | None
    """None: somebody has only just begun to look at this scope, and it was not read yet."""


@dataclass(frozen=True, slots=True)
class MapFrame:
    """A snapshot carries all sites, later frames only those that changed; without their areas, which the map does not show."""

    as_of: Instant
    change: int
    strip: Strip
    urgent: tuple[Need, ...]
    """Of grade 1 and 2 at one site, worst first: what has a tag in the margin."""
    streets: tuple[StreetRow, ...]
    sites: tuple[SiteRow, ...]


@dataclass(frozen=True, slots=True)
class AlarmsFrame:
    """Every open alarm, worst first, then oldest; always whole."""

    as_of: Instant
    change: int
    strip: Strip
    needs: tuple[Need, ...]
    alarms: tuple[AlarmRow, ...]


@dataclass(frozen=True, slots=True)
class SiteFrame:
    as_of: Instant
    change: int
    site: SiteRow
    ledgers: tuple[Ledger, ...]
    happenings: tuple[Happening, ...]
    """Newest first, at most 12."""
    services: tuple[ServiceCount, ...]
    alarms: tuple[AlarmRow, ...]
    devices: tuple[DeviceRow, ...]
    point: CurvePoint | None
    """The running five minutes, to move the curve's end."""
    visits: int | None
    persons: int | None
    """Distinct cards of today; None where the site sends none."""
    opens_at: Instant | None
    closes_at: Instant | None
    missing: int
    """Numbers of its outboxes that have not arrived."""


@dataclass(frozen=True, slots=True)
class CalmRow:
    """A stretch of time that staff keep calm; `site` None: a whole street. The author stands in the audit alone."""

    id: int
    kind: str
    """maintenance, quiet."""
    site: str | None
    name_zh: str
    name_en: str
    street: str
    since: Instant
    until: Instant
    reason: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Available:
    """A site's availability over 24 hours, 30 days, a year; None: nothing is known or expected of that time."""

    day: Availability | None
    month: Availability | None
    year: Availability | None


@dataclass(frozen=True, slots=True)
class Kin:
    """When a site closed for good; (code, since) of who goes on with its work, and of those with whose it goes on."""

    ended_from: Instant | None = None
    successors: tuple[tuple[str, Instant], ...] = ()
    predecessors: tuple[tuple[str, Instant], ...] = ()


@dataclass(frozen=True, slots=True)
class SitePageRows:
    """What the page of one site needs before its stream speaks."""

    frame: SiteFrame
    street_zh: str
    street_en: str
    address: str | None
    hours: str
    """Opening hours as in the registry, '' if always open."""
    today: tuple[CurvePoint, ...]
    yesterday: tuple[CurvePoint, ...]
    usual: tuple[UsualPoint, ...]
    """Empty where too few of the last eight same weekdays are known."""
    day_start: Instant
    day_end: Instant
    may_act: bool
    """Whether the viewer may correct a count here and open or close the doors."""
    available: Available
    calm: tuple[CalmRow, ...]
    unreported: tuple[str, ...]
    """Kinds of alarms whose rules have nothing to read here."""
    zone: str
    """Of the clock on the wall."""
    kin: Kin = Kin()


@dataclass(frozen=True, slots=True)
class ScopeCurve:
    """Today's people of a scope, without its sites that are silent, over what is usual for the others."""

    today: tuple[CurvePoint, ...]
    usual: tuple[UsualPoint, ...]
    day_start: Instant
    day_end: Instant
    now: Instant
    zone: str


def load_band(people: int | None, capacity: int | None) -> int | None:
    """1 free (< 40 %), 2 moderate (< 70), 3 busy (< 90), 4 nearly full (<= 100), 5 over capacity."""
    if people is None or not capacity:
        return None
    share = 100 * people / capacity
    return 1 if share < 40 else 2 if share < 70 else 3 if share < 90 else 4 if share <= 100 else 5
