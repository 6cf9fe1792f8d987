"""What the pages of weeks, months and years show: frozen rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.rows import Instant
from models.availability import Availability
from models.day_sums import Sums
from models.period import Period


@dataclass(frozen=True, slots=True)
class Stand:
    """On which days a sum stands. `over`: its days of the period that have ended, without those on which it was closed and
    nothing came; `known` have a summary, `heard` a sound one."""

    over: int
    known: int
    heard: int
    silent: tuple[str, ...]
    """Days that are over and have none, or one in which nothing was heard."""
    ours: int
    """Days that are over and in which we did not listen: not among `over`, nor anywhere else."""
    closed: int
    """Days on which it was closed and nobody was there: they ask for no name."""
    restated: int
    """Days whose newest version is not the first."""
    asked: int
    """Newest versions that ask for a name."""
    signed: int
    """Those of them that bear one."""
    fingerprint: str
    """Of the list of days and versions."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """An hour of a weekday over the whole period; None: nothing was heard in any of these hours."""

    people: float | None
    hours: int
    """Of so many hours in which something was heard."""


@dataclass(frozen=True, slots=True)
class LateCause:
    """The first rule that was true of so many late services; `worst_min` the longest of them."""

    cause: str
    n: int
    worst_min: int | None


@dataclass(frozen=True, slots=True)
class GearRow:
    code: str
    battery_pct: int | None
    heard_at: Instant | None
    alarms: int


@dataclass(frozen=True, slots=True)
class Regulars:
    """Who came often in the four weeks before, and not in the last seven days. `tokens` None: not for this viewer."""

    known: int
    missing: int
    tokens: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class SiteReport:
    site: str
    name_zh: str
    name_en: str
    kind: str
    street_zh: str
    street_en: str
    hours: str
    period: Period
    as_of: Instant
    stand: Stand
    sums: Sums
    before: Sums
    stand_before: Stand
    heat: tuple[tuple[HeatCell, ...], ...]
    """Seven weekdays from Monday, 24 hours each."""
    availability: Availability | None
    longest_silence: tuple[Instant, Instant] | None
    late: tuple[LateCause, ...]
    late_types: tuple[tuple[str, int, int], ...]
    """Type, late, planned; the most first."""
    gear: tuple[GearRow, ...]
    regulars: Regulars | None
    """None: no cards, or the raw events are gone."""
    days: tuple[tuple[str, Sums], ...]


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A street or a site in a report of the district. `signed` of the days that ask for it, None: not told of a year."""

    code: str
    name_zh: str
    name_en: str
    street: str
    kind: str
    sites: int
    expected_days: int
    sums: Sums
    availability: Availability | None
    signed: int | None

    @property
    def rests(self) -> bool:
        """Closed throughout, and nothing came: there is nothing to rank it by."""
        return not self.expected_days and self.sums["days.off"] > 0


@dataclass(frozen=True, slots=True)
class ScopeReport:
    """Of a street, or of all that the viewer sees; `scope` is a street's code or ''."""

    scope: str
    name_zh: str
    name_en: str
    period: Period
    as_of: Instant
    expected: int
    """Site-days of the period that have ended, each site's from its registration to its closing for good, without those of an
    outage of our own and those on which it was closed and nothing came."""
    sites: int
    total: Sums
    before: Sums
    signed: int | None
    streets: tuple[PlaceLine, ...]
    league: tuple[PlaceLine, ...]
    """Best first: by completeness, then by alarms that nobody answered, then by how soon the others were."""
    parts: tuple[tuple[str, Sums], ...]
    """By day, or of a year by month."""
    asked: Mapping[str, int]
    """Of each part what `expected` is of all of them."""
    places: tuple[int | None, ...]
    """Of the league's rows; who is as good has the same, and who was closed throughout stands last and has none."""
