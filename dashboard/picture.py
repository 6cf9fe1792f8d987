"""The picture of this moment that every frame is made of, and what of it belongs to a scope."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.access import Viewer
from dashboard.alarm_rows import AlarmRow, WideAlarm
from dashboard.columns import Columns
from dashboard.expected import Expected
from dashboard.part import Part
from dashboard.queries.live import Live
from dashboard.queries.places import PlaceFacts, StreetFacts
from dashboard.queries.services_now import Known
from dashboard.rows import Happening, SiteRow
from dashboard.today_reader import TodaySums
from models.base import Instant
from models.clock_jump import Jump
from models.deadlines import Deadlines
from models.usual import Points


@dataclass(frozen=True)
class Picture:
    """Everything that the frames are made of, at one moment; replaced as a whole, so that every frame adds up."""

    version: int
    as_of: Instant
    change: int
    facts: dict[int, PlaceFacts]
    streets: tuple[StreetFacts, ...]
    live: dict[int, Live]
    rows: dict[int, SiteRow]
    columns: Columns
    """The same rows, and today's sums of the same sites, to be added up."""
    alarms: dict[int, list[AlarmRow]]
    gone: dict[int, list[AlarmRow]]
    """Alarms whose cause is gone and that nobody has closed, of kinds that do not close by themselves."""
    wide: tuple[WideAlarm, ...]
    """Open alarms of whole streets, and of the platform itself."""
    today: TodaySums
    just_now: dict[str, tuple[Happening, ...]]
    """By scope, of those that somebody looks at: what happens elsewhere must not crowd out what happens here."""
    lag_p95_ms: int | None
    """Receive to commit at the worker, last minute."""
    lags: dict[int, float]
    """Event to reception in seconds, P95 of the last hour, of sites that sent anything."""
    usual: dict[tuple[str, str], Points]
    """What is usual today, by scope and figure."""
    expected: Expected
    """The same at this minute."""
    registry: int
    facts_until: Instant | None
    """When a capacity or opening hours take effect that the registry knows already."""
    registered_version: int
    """The version at which the facts were read: who has sent less starts anew, so no row of a site that left stays."""
    ticked_version: int
    """The version of the last full second, which is news for everybody."""
    deadlines: Deadlines = field(default_factory=dict)
    """Of alarms, as the configuration has them."""
    jumps: tuple[Jump, ...] = ()
    """Of our own clock; while they count, sites are judged as a stopwatch would."""
    clock_lost: Instant | None = None
    """When the clock process was last seen, if that is too long ago."""


EMPTY = Picture(
    0, 0, 0, {}, (), {}, {}, Columns(), {}, {}, (), TodaySums(), {}, None, {}, {}, Expected(), -1, None, 0, 0
)


def place_of(picture: Picture, site: str, viewer: Viewer) -> PlaceFacts | None:
    found = next((one for one in picture.facts.values() if one.site == site), None)
    return found if found and viewer.sees(found.site, found.street, found.community) else None


def part_of(picture: Picture, scope: str) -> Part:
    return Part(picture.columns, picture.columns.layout.of_scope(scope))


def sites_of(picture: Picture, scope: str) -> frozenset[int]:
    return picture.columns.layout.sites_of(scope)


def known_of(picture: Picture, scope: str) -> Known:
    """What the page of services need not read again. Only a district's and a street's plans are added up already."""
    mine = sorted((picture.facts[id_] for id_ in sites_of(picture, scope)), key=lambda place: place.site)
    plan = picture.today.plan if scope.partition(":")[0] in ("", "street") else None
    return Known(mine, picture.live, picture.today.sites, plan, picture.rows)


def alarms_of(picture: Picture, scope: str) -> dict[int, list[AlarmRow]]:
    """The open alarms of single sites, by the site's number."""
    return _within(picture, scope, picture.alarms)


def gone_of(picture: Picture, scope: str) -> dict[int, list[AlarmRow]]:
    return _within(picture, scope, picture.gone)


def _within(picture: Picture, scope: str, alarms: Mapping[int, list[AlarmRow]]) -> dict[int, list[AlarmRow]]:
    mine = sites_of(picture, scope)
    return {id_: rows for id_, rows in alarms.items() if id_ in mine}


def wide_of(picture: Picture, scope: str) -> list[WideAlarm]:
    """Those that concern a scope: a street's office its street's, the district all."""
    return [alarm for alarm in picture.wide if not scope or scope == f"street:{alarm.street}"]
