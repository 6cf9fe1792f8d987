"""From the picture to what a wall may say: listed codes, sums, counts below five as a band; everything else stays behind."""

from collections.abc import Iterator, Mapping

from dashboard.build import build
from dashboard.frames.streets import streets_of
from dashboard.frames.strip import strip_of
from dashboard.frames.tiles import tiles_of
from dashboard.frames.waiting import waiting_in
from dashboard.needs import GONE, NEEDS_SHOWN
from dashboard.picture import Picture, alarms_of, gone_of, part_of, wide_of
from dashboard.queries.places import PlaceFacts
from dashboard.rows import Need, SiteRow, StreetRow, Tile, load_band
from dashboard.wall_rows import FEW, Shown, WallAlarm, WallFrame, WallPin, WallStreet, WallTile, WallUsual, shown
from models.alarm import ALARM_TYPES
from models.site_state import State

AREAS = frozenset(
    ("hall", "canteen", "dining", "daycare", "day", "beds", "ward", "residence", "rooms", "rehab", "garden")
)
"""Areas that a wall may name; a site may call an area by a room or by somebody."""
STAYS = frozenset(GONE + code for code, known in ALARM_TYPES.items() if not known.closes_itself)
OURS = frozenset(("SILENT", "JUMP", "NOCLOCK", *ALARM_TYPES)) | STAYS
COUNTED = {"OVERCAP": 2, "LATE": 1, "JUMP": 1}
"""How many of an alarm's numbers its sentence says."""
OTHER = "OTHER"


def wall_frame(picture: Picture, scope: str, after: int) -> WallFrame:
    """The only way from the picture to a wall."""
    part, strip, waiting = part_of(picture, scope), strip_of(picture, scope), waiting_in(picture, scope)
    single = [*alarms_of(picture, scope).values(), *gone_of(picture, scope).values()]
    stages = {one.id: one.state for alarms in single for one in alarms}
    stages |= {one.id: one.state for one in wide_of(picture, scope)}
    return WallFrame(
        as_of=picture.as_of,
        heard_at=part.newest_heard_at,
        build=build(),
        sites_reporting=strip.sites_reporting,
        sites_total=strip.sites_total,
        late=strip.late,
        silent=strip.silent,
        new=strip.new,
        alarms=strip.alarms,
        tiles=tuple(_tile(tile) for tile in tiles_of(picture, scope)),
        streets=tuple(_street(street, part.street(street.code).states) for street in streets_of(picture, scope)),
        waiting=tuple(_alarm(need, stages) for need in waiting[:NEEDS_SHOWN]),
        waiting_total=len(waiting),
        sites=tuple(_pins((picture.facts[id_], picture.rows[id_]) for id_ in part.newer(after))),
    )


def _tile(tile: Tile) -> WallTile:
    usual, value = tile.usual, shown(tile.value)
    beside = None
    if usual is not None and "few" not in (value, shown(tile.of)) and (usual.is_rate or usual.value >= FEW):
        beside = WallUsual(usual.value, usual.middle, usual.low, usual.high, usual.is_rate)
    late = dict(tile.parts).get("late") or 0
    return WallTile(tile.name, value, shown(tile.of), late, beside)


def _street(street: StreetRow, states: Mapping[State, int]) -> WallStreet:
    people = shown(street.people)
    load = round(100 * people / street.capacity) if isinstance(people, int) and street.capacity else None
    return WallStreet(
        code=street.code,
        name_zh=street.name_zh,
        name_en=street.name_en,
        people=people,
        load=load,
        sites_reporting=street.sites_reporting,
        sites_total=street.sites_total,
        live=states[State.LIVE],
        late=states[State.LATE],
        silent=states[State.SILENT],
        new=states[State.NEW],
        open_alarms=street.open_alarms,
        worst_grade=street.worst_grade,
    )


def _pins(sites: Iterator[tuple[PlaceFacts, SiteRow]]) -> Iterator[WallPin]:
    """Only where the registry has a place: a wall has no list of the others."""
    for place, row in sites:
        if place.lat is not None and place.lon is not None:
            yield WallPin(row.site, row.kind, row.street, place.lat, place.lon, row.state, _band(row), row.worst_grade)


def _band(row: SiteRow) -> int | None:
    """As everywhere that of the worst area, but a few people never fill a small room in public."""
    bands = [band for area in row.areas if (band := _public_band(area.people, area.capacity))]
    return max(bands) if bands else _public_band(row.people, row.capacity)


def _public_band(people: int | None, capacity: int | None) -> int | None:
    band = load_band(people, capacity)
    return 1 if band and people is not None and people < FEW else band


def _alarm(need: Need, stages: Mapping[int, str]) -> WallAlarm:
    many = need.site is None
    kind = need.what if need.what in OURS else OTHER
    return WallAlarm(
        kind=kind,
        grade=need.grade,
        site=need.site,
        name_zh=need.name_zh,
        name_en=need.name_en,
        street=need.street,
        area=need.area if need.area in AREAS else None,
        since=need.since,
        numbers=_numbers(kind, need.numbers, many),
        many=many,
        stage=stages.get(need.alarm, "") if need.alarm is not None else "",
    )


def _numbers(kind: str, numbers: tuple[int, ...], many: bool) -> tuple[Shown, ...]:
    """Sites and services are said as they are, people below five are not."""
    if many:
        return numbers[:1]
    kept = numbers[: COUNTED.get(kind, 0)]
    return (shown(kept[0]), *kept[1:]) if kind == "OVERCAP" and kept else kept
