"""All that a wall can say. There is no field here for a person, a note, a number of ours or an exact count below five."""

from dataclasses import dataclass

from models.base import Instant

Shown = int | str | None
"""A count of people: the number, `few` below five (zero included), None where nothing is known."""
FEW = 5
"""Fewer people than this are not counted in public: one at home could be known by it."""


def shown(people: int | None) -> Shown:
    return "few" if people is not None and people < FEW else people


@dataclass(frozen=True, slots=True)
class WallUsual:
    """A figure beside what is usual for it; a rate is in per mille."""

    value: int
    middle: int
    low: int
    high: int
    is_rate: bool


@dataclass(frozen=True, slots=True)
class WallTile:
    name: str
    """people, visits, lunch, services, beds."""
    value: Shown
    of: Shown
    late: int
    """Services that should have begun; of the other tiles 0."""
    usual: WallUsual | None


@dataclass(frozen=True, slots=True)
class WallStreet:
    code: str
    name_zh: str
    name_en: str
    people: Shown
    load: int | None
    """Per cent of the capacity of the sites that report."""
    sites_reporting: int
    sites_total: int
    live: int
    late: int
    silent: int
    new: int
    open_alarms: int
    worst_grade: int | None


@dataclass(frozen=True, slots=True)
class WallPin:
    """A site on the map, without its count."""

    site: str
    kind: str
    street: str
    lat: float
    lon: float
    state: str
    band: int | None
    grade: int | None


@dataclass(frozen=True, slots=True)
class WallAlarm:
    """What waits for somebody: a listed kind, where, since when, how far it is. `name_*` are those of a site, or ''."""

    kind: str
    grade: int
    site: str | None
    name_zh: str
    name_en: str
    street: str
    area: str | None
    """One of the few areas that have a name of their own: never a room."""
    since: Instant
    numbers: tuple[Shown, ...]
    """People and capacity, how many services, how many sites."""
    many: bool
    stage: str


@dataclass(frozen=True, slots=True)
class WallFrame:
    """A snapshot carries all pins, later frames only those that changed; everything else is always whole."""

    as_of: Instant
    heard_at: Instant | None
    """When the last event of the scope was received."""
    build: str
    sites_reporting: int
    sites_total: int
    late: int
    silent: int
    new: int
    alarms: tuple[int, int, int, int]
    tiles: tuple[WallTile, ...]
    streets: tuple[WallStreet, ...]
    waiting: tuple[WallAlarm, ...]
    waiting_total: int
    sites: tuple[WallPin, ...]


@dataclass(frozen=True, slots=True)
class WallService:
    """Today's services of one type of the catalogue; what is not listed there stands together under ''."""

    type: str
    planned: Shown
    done: Shown
    running: Shown
    late: int


@dataclass(frozen=True, slots=True)
class WallBeside:
    """What moves slowly: asked for every few seconds, not streamed."""

    curve: str
    """The day's curve as SVG, '' where nobody is counted; counts below five are drawn as four."""
    services: tuple[WallService, ...]
    ack_p50_s: int | None
    """Seconds from opening to acknowledgement of today's alarms, the median."""
