"""How each site's data arrives: from slots, outboxes, devices and what was rejected; no query walks the events."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select

from contract.personal import without_tokens
from dashboard.access import Viewer
from dashboard.quality_rows import QualityRow, RejectedRow, Said
from dashboard.queries.live import Rules, live_parts, site_row
from dashboard.queries.places import PlaceFacts, places
from dashboard.queries.services_now import Known
from dashboard.queries.streams import outbox_sums, sites_seen
from dashboard.rows import SiteRow
from models.base import HOUR, SECOND, Instant, big
from models.device import Device
from models.event import KIND_NAME, SLOT_US, Event, Rejected
from models.event_keys import AMONG_KEYS, keys_around
from models.heard_slots import Packed, by_step, heard_slots
from models.occupancy import SiteSlot
from models.own_gap import in_slots, own_gaps
from models.place import Area, Site
from models.quality import LAG_EDGES_S, NO_DELAYS, Delivered, lag_p95
from models.quality_grade import Arrived, Grade, Limits, grade

DAY: Instant = 24 * HOUR
_SLOT = SiteSlot.__table__.c
_IN_HOUR = _SLOT.slot.between(bindparam("first", type_=big), bindparam("last", type_=big))
_SITES: Any = bindparam("sites", expanding=True)
_DELIVERED = (
    select(
        _SLOT.site_id,
        *(
            func.sum(_SLOT[name])
            for name in ("events", "by_hand", "timed", "over_2s", "over_10s", "over_60s", "over_600s")
        ),
    )
    .where(_SLOT.site_id.in_(_SITES), _IN_HOUR)
    .group_by(_SLOT.site_id)
)
_TIMED = (
    select(Site.id, func.sum(_SLOT.timed), *(func.sum(_SLOT[f"over_{edge}s"]) for edge in LAG_EDGES_S))
    .join(SiteSlot, and_(_SLOT.site_id == Site.id, _IN_HOUR))
    .group_by(Site.id)
    .having(func.sum(_SLOT.timed) > 0)
)
_OFFSETS = (
    select(Device.site_id, Device.clock_offset_ms)
    .where(Device.site_id.in_(_SITES), Device.clock_offset_ms.is_not(None))
    .order_by(Device.site_id, Device.code)
)
NEWEST = 20_000
"""Rejected rows looked at: whoever floods us with rubbish must not make the page slow."""
ORDER = ("C", "B", "A")
PERSONAL = "personal_data"


def quality(
    connection: Connection,
    viewer: Viewer,
    now: Instant,
    rules: Rules,
    limits: Limits,
    known: Known | None = None,
) -> list[QualityRow]:
    """C before B before A, then by the sites' codes. `known`: the viewer's sites, where somebody has read them already."""
    found = known.places if known else places(connection, viewer, now)
    live = known.live if known else live_parts(connection, found)
    delivered = delivered_by_site(connection, [place.id for place in found], now)
    rejected, outboxes = _rejected_by_site(connection, viewer, now), outbox_sums(connection, viewer)
    offsets = _offsets(connection, [place.id for place in found])
    rows = []
    for place in found:
        row = (known.rows.get(place.id) if known else None) or site_row(place, live[place.id], (), now, rules)
        told = _Told(
            delivered.get(place.id, Delivered()),
            rejected.get(place.site, Counter()),
            *outboxes.get(place.site, (0, 0, 0)),
            offsets.get(place.id),
        )
        rows.append(_row(place, row, told, _judged(row, told, now, limits)))
    return sorted(rows, key=lambda row: (ORDER.index(row.grade), row.site))


@dataclass(frozen=True, slots=True)
class _Told:
    """Of one site, beside its live row: how its events came, what was refused, and what its outboxes and clocks say."""

    delivered: Delivered
    rejected: Counter[str]
    missing: int
    lost: int
    duplicates: int
    offset_ms: int | None


def _judged(live: SiteRow, told: _Told, now: Instant, limits: Limits) -> Grade:
    arrived = Arrived(
        state=live.state,
        silent_s=None if live.heard_at is None else (now - live.heard_at) // SECOND,
        missing=told.missing,
        lag_p95_s=told.delivered.lag_p95_s,
        offset_ms=told.offset_ms,
        negative=len(_negative(live)),
        rejected=told.rejected.total(),
        automatic=told.delivered.automatic,
    )
    return grade(arrived, limits)


def _negative(live: SiteRow) -> tuple[str, ...]:
    return tuple(area.area for area in live.areas if "negative" in area.flags)


def _row(place: PlaceFacts, live: SiteRow, told: _Told, judged: Grade) -> QualityRow:
    return QualityRow(
        site=place.site,
        name_zh=place.name_zh,
        name_en=place.name_en,
        street=place.street,
        kind=place.kind,
        state=live.state,
        heard_at=live.heard_at,
        events=told.delivered.events,
        lag_p95_s=told.delivered.lag_p95_s,
        rejected=tuple(told.rejected.most_common()),
        duplicates=told.duplicates,
        missing=told.missing,
        lost=told.lost,
        clock_offset_ms=told.offset_ms,
        negative=_negative(live),
        automatic=told.delivered.automatic,
        grade=judged.letter,
        why=judged.why,
        number=judged.number,
    )


def delivered_by_site(connection: Connection, sites: Sequence[int], now: Instant) -> dict[int, Delivered]:
    """Of the last hour of effective time, by site number: at most thirteen rows of each site."""
    found = connection.execute(_DELIVERED, {"sites": list(sites)} | _last_hour(now))
    ours = _by_us(connection, now)
    return {
        id_: Delivered(int(e), int(h), *_without(ours.get(id_, _NONE), timed, over))
        for id_, e, h, timed, *over in found
    }


def lag_by_site(connection: Connection, now: Instant) -> dict[int, float]:
    """Event to reception, P95 of the last hour of effective time, of every site that sent anything timed."""
    ours = _by_us(connection, now)
    found = (
        (id_, lag_p95(*_without(ours.get(id_, _NONE), timed, over)))
        for id_, timed, *over in connection.execute(_TIMED, _last_hour(now))
    )
    return {id_: lag for id_, lag in found if lag is not None}


_NONE: Sequence[int] = (0, *NO_DELAYS)


def _by_us(connection: Connection, now: Instant) -> dict[int, list[int]]:
    """By site how many timed events of the last hour are of slots in which we did not listen, and how many of these took
    longer than each edge: nobody's line is late for that."""
    hour, ours = _last_hour(now), dict[int, list[int]]()
    for since, until in in_slots(own_gaps(connection, now - HOUR, now)):
        within = {"first": max(since // SLOT_US, hour["first"]), "last": min(until // SLOT_US - 1, hour["last"])}
        for id_, *numbers in connection.execute(_TIMED, within):
            ours[id_] = [a + int(b) for a, b in zip(ours.get(id_, _NONE), numbers, strict=True)]
    return ours


def _without(ours: Sequence[int], timed: int, over: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    return int(timed) - ours[0], tuple(int(n) - late for n, late in zip(over, ours[1:], strict=True))


def _last_hour(now: Instant) -> dict[str, int]:
    return {"first": (now - HOUR) // SLOT_US, "last": now // SLOT_US}


def coverage(connection: Connection, sites: Sequence[str], now: Instant) -> dict[str, tuple[int, ...]]:
    """By site: of each of the last 24 hours, the newest last, how many of its twelve slots were heard."""
    codes = {row.id: row.code for row in connection.execute(select(Site.id, Site.code).where(Site.code.in_(sites)))}
    heard = heard_slots(connection, list(codes), (now - DAY) // SLOT_US + 1, now // SLOT_US)
    return dict.fromkeys(sites, (0,) * 24) | {codes[id_]: covered(slots, now) for id_, slots in heard.items()}


def covered(slots: Sequence[Packed], now: Instant) -> tuple[int, ...]:
    """The same of one site whose slots are known, of a day or more."""
    return by_step(slots, (now - DAY) // SLOT_US + 1, 12, 24)


def newest_waiting() -> Any:
    """The newest rejected rows, without their bytes; a subquery to choose from."""
    c = Rejected.__table__.c
    columns = (c.id, c.site, c.topic, c.reason, c.received_at, c.last_at, c.times)
    return select(*columns).where(c.replayed_at.is_(None)).order_by(c.id.desc()).limit(NEWEST).subquery()


def _rejected_by_site(connection: Connection, viewer: Viewer, now: Instant) -> dict[str, Counter[str]]:
    newest = newest_waiting()
    wanted = (
        select(newest.c.site, newest.c.reason, func.count())
        .where(newest.c.last_at > now - DAY)
        .group_by(newest.c.site, newest.c.reason)
    )
    out: dict[str, Counter[str]] = defaultdict(Counter)
    for site, reason, rows in connection.execute(_scoped(wanted, newest.c.site, viewer)):
        out[site][reason] = rows
    return out


def _scoped(wanted: Select[Any], column: Any, viewer: Viewer) -> Select[Any]:
    return wanted.where(column.in_(sites_seen(viewer))) if viewer.scope else wanted


def _offsets(connection: Connection, sites: Sequence[int]) -> dict[int, int]:
    worst: dict[int, int] = {}
    for site_id, offset in connection.execute(_OFFSETS, {"sites": list(sites)}):
        if offset is not None and abs(offset) >= abs(worst.get(site_id, 0)):
            worst[site_id] = offset
    return worst


def rejected_of(
    connection: Connection, viewer: Viewer, site: str, reason: str | None = None, most: int = 50
) -> list[RejectedRow]:
    """What waits of one site, newest first; without tokens for a role that knows of no person."""
    wanted = select(Rejected).where(Rejected.site == site, Rejected.replayed_at.is_(None))
    if reason:
        wanted = wanted.where(Rejected.reason == reason)
    wanted = _scoped(wanted, Rejected.site, viewer).order_by(Rejected.last_at.desc(), Rejected.id.desc()).limit(most)
    whole = viewer.may("person.reveal")
    return [_rejected_row(row, whole) for row in connection.execute(wanted)]


def _rejected_row(row: Any, whole: bool) -> RejectedRow:
    personal = row.reason == PERSONAL
    return RejectedRow(
        id=row.id,
        site=row.site,
        topic=row.topic,
        received_at=row.received_at,
        last_at=row.last_at,
        reason=row.reason,
        detail=row.detail,
        content=None if personal else row.bytes if whole else without_tokens(row.bytes),
        length=row.length,
        index=row.index,
        times=row.times,
        replayable=bool(row.replayable) and not personal,
    )


def said_lately(connection: Connection, viewer: Viewer, site: str, now: Instant, most: int = 12) -> list[Said]:
    """The last messages of a site's areas within the last hour, newest first: along the index of slots and areas."""
    found = places(connection, viewer, now, site)
    if not found:
        return []
    areas = select(Area.id).where(Area.site_id == found[0].id)
    last = now // SLOT_US
    wanted = (
        select(Event.at, Event.received_at, Event.kind, Area.code, Device.code.label("device"))
        .join(Area, Area.id == Event.area_id)
        .outerjoin(Device, Device.id == Event.device_id)
        .where(Event.slot.in_(range(last - 12, last + 3)), Event.area_id.in_(areas), *AMONG_KEYS)
        .order_by(Event.at.desc(), Event.key.desc())
        .limit(most)
    )
    lately = connection.execute(wanted, keys_around(now - HOUR, now, 24 * HOUR))
    return [Said(r.at, r.received_at, KIND_NAME[r.kind], r.code, r.device or "") for r in lately]
