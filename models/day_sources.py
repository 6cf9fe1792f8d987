"""Where a day's blocks come from: one reading for each table, of all the sites of a bite at once; what it finds goes by site."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from models.base import HOUR, Instant, big
from models.bed import Resident, last_move
from models.day import Tally
from models.day_blocks import Door
from models.day_figures import Given, Move, Shift, fields_of, shifts
from models.diary import BED_MOVED, CLOSED, OPENED, STAFF_OFF, STAFF_ON, Diary
from models.event import SLOT_US
from models.occupancy import SiteSlot
from models.own_gap import in_slots
from models.place import Capacity, OpeningHours, Site
from models.quality import NO_DELAYS, Delivered
from models.service import Service

SHIFT_REACH: Instant = 24 * HOUR
"""A shift that begins so long before a day may reach into it."""
BEDS = ("residence", "beds")
"""Areas whose places are beds."""
HOMES = ("INST",)
"""Kinds of sites all of whose places are beds, where the registry says only how many there are."""

# Each statement is made once: to put one together takes as long as to run it.
_SITES: BindParameter[Any] = bindparam("sites", expanding=True)
_FIRST, _UNTIL = bindparam("first", type_=big), bindparam("until", type_=big)
_SINCE, _END, _AT = bindparam("since", type_=big), bindparam("end", type_=big), bindparam("at", type_=big)
_START = bindparam("start", type_=big)
_MOVES = msgspec.json.Decoder(dict[str, Any]).decode
_HEARD = select(SiteSlot.site_id, SiteSlot.slot, SiteSlot.minutes).where(
    SiteSlot.site_id.in_(_SITES), SiteSlot.slot >= _FIRST, SiteSlot.slot < _UNTIL
)
_DELIVERED = (
    select(
        SiteSlot.site_id,
        *(
            func.sum(column)
            for column in (
                SiteSlot.events, SiteSlot.by_hand, SiteSlot.timed, SiteSlot.over_2s, SiteSlot.over_10s, SiteSlot.over_60s,
                SiteSlot.over_600s,
            )
        ),
    )
    .where(SiteSlot.site_id.in_(_SITES), SiteSlot.slot >= _FIRST, SiteSlot.slot < _UNTIL)
    .group_by(SiteSlot.site_id)
)  # fmt: skip
_DIARY = select(Diary.site_id, Diary.at, Diary.seq, Diary.id, Diary.kind, Diary.rest).where(
    Diary.site_id.in_(_SITES),
    Diary.kind.in_(bindparam("kinds", expanding=True)),
    Diary.at >= _SINCE,
    Diary.at < _END,
)
_EVER_MOVED = select(Site.id).where(
    Site.id.in_(_SITES), exists().where(Diary.site_id == Site.id, Diary.kind == BED_MOVED, Diary.at < _END)
)
_STAYED = select(Resident.site_id, Resident.person, Resident.since, Resident.moves).where(
    Resident.site_id.in_(_SITES), Resident.on_roll == 1, Resident.since < _START
)
"""Whose last move of all was before the day: the roll itself says where they went."""
_before = aliased(Diary)
_LAST_BEFORE = (
    select(func.max(_before.at))
    .where(_before.site_id == Resident.site_id, _before.person == Resident.person, _before.at < _START)
    .correlate(Resident)
    .scalar_subquery()
)
_MOVED = select(Diary.site_id, Diary.at, Diary.seq, Diary.id, Diary.person, Diary.rest).where(
    Resident.site_id.in_(_SITES),
    Resident.on_roll.in_((0, 1)),
    Resident.since >= _START,
    Diary.site_id == Resident.site_id,
    Diary.person == Resident.person,
    Diary.at >= func.coalesce(_LAST_BEFORE, _START),
    Diary.at < _END,
)
"""Of whoever has moved since the day began."""
_DUE = select(
    Service.site_id, Service.type, Service.due_at, Service.started_at, Service.completed_at, Service.plan,
    Service.finish, Service.cancel,
).where(Service.site_id.in_(_SITES), Service.due_at >= _SINCE, Service.due_at < _END)  # fmt: skip
_RULES = (
    select(OpeningHours.site_id, OpeningHours.rule)
    .where(OpeningHours.site_id.in_(_SITES), OpeningHours.valid_from <= _AT)
    .order_by(OpeningHours.valid_from)
)
_TALLIES = (
    select(Tally.site_id, Tally.what, Tally.n)
    .where(Tally.day == bindparam("day"), Tally.site_id.in_(_SITES))
    .order_by(Tally.what)
)
_CAPACITIES = (
    select(Capacity.site_id, Capacity.area, Capacity.persons)
    .where(Capacity.site_id.in_(_SITES), Capacity.valid_from <= _AT)
    .order_by(Capacity.valid_from)
)
_KINDS = select(Site.id, Site.kind).where(Site.id.in_(_SITES))


# -- what the registry says -------------------------------------------------------------------------------------------------


def kinds_of(connection: Connection, sites: Collection[int]) -> dict[int, str]:
    return dict(connection.execute(_KINDS, {"sites": list(sites)}).all())


def capacities_at(connection: Connection, sites: Collection[int], at: Instant) -> dict[int, dict[str, int]]:
    """By site, persons at one time by area as it stood at `at`; '' is the whole site, and what has none is not there."""
    newest: dict[int, dict[str, int]] = {site: {} for site in sites}
    for site, area, persons in connection.execute(_CAPACITIES, {"sites": list(sites), "at": at}).all():
        newest[site][area] = persons
    return {site: {area: n for area, n in by_area.items() if n > 0} for site, by_area in newest.items()}


def site_capacity(by_area: Mapping[str, int]) -> int | None:
    """Of the whole site: as said, else the sum of its areas; None where nothing was said."""
    return by_area.get("") or sum(by_area.values()) or None


def open_beds(kind: str, capacity: Mapping[str, int]) -> int | None:
    """Of a site of this kind with places by area, '' being all of it; None where nothing is said of beds."""
    beds = sum(n for area, n in capacity.items() if area in BEDS)
    return beds or (capacity.get("") if kind in HOMES else None) or None


def opening_rules_at(connection: Connection, sites: Collection[int], at: Instant) -> dict[int, str]:
    """By site, as it stood at `at`; one that is not there is always open."""
    return dict(connection.execute(_RULES, {"sites": list(sites), "at": at}).all())


def opening_rule(connection: Connection, site_id: int, at: Instant) -> str:
    """Of one site; '' is always open."""
    return opening_rules_at(connection, [site_id], at).get(site_id, "")


# -- what came in -----------------------------------------------------------------------------------------------------------


def heard_minutes(
    connection: Connection, sites: Collection[int], start: Instant, end: Instant
) -> dict[int, dict[int, int]]:
    """By site bits of minutes by slot."""
    found: dict[int, dict[int, int]] = {site: {} for site in sites}
    for site, slot, minutes in connection.execute(_HEARD, _slots_within(sites, start, end)).all():
        found[site][slot] = minutes
    return found


def arrived(connection: Connection, sites: Collection[int], start: Instant, end: Instant) -> dict[int, Delivered]:
    """By site, how many events of [start, end) there are, how many of them typed, how long they took; where there are any."""
    found = {}
    for site, *sums in connection.execute(_DELIVERED, _slots_within(sites, start, end)).all():
        events, by_hand, timed, *over = (int(n) for n in sums)
        found[site] = Delivered(events, by_hand, timed, tuple(over))
    return found


def late_by_us(
    connection: Connection, sites: Collection[int], gaps: Sequence[tuple[Instant, Instant]]
) -> dict[int, Delivered]:
    """By site those that happened while we did not listen: their delay says nothing of the site's line."""
    some: dict[int, list[Delivered]] = defaultdict(list)
    for gap in in_slots(gaps):
        for site, delivered in arrived(connection, sites, *gap).items():
            some[site].append(delivered)
    return {
        site: Delivered(
            timed=sum(one.timed for one in mine),
            over=tuple(sum(one.over[edge] for one in mine) for edge in range(len(NO_DELAYS))),
        )
        for site, mine in some.items()
    }


def _slots_within(sites: Collection[int], start: Instant, end: Instant) -> dict[str, Any]:
    return {"sites": list(sites), "first": start // SLOT_US, "until": -(-end // SLOT_US)}


def tallies(connection: Connection, sites: Collection[int], day: str) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {site: {} for site in sites}
    for site, what, n in connection.execute(_TALLIES, {"sites": list(sites), "day": day}).all():
        found[site][what] = n
    return found


# -- what is told from the diary and the services -----------------------------------------------------------------------------


def moves(connection: Connection, sites: Collection[int], start: Instant, end: Instant) -> dict[int, list[Move]]:
    """By site where anybody has ever moved: those of [start, end) and, of everybody who was on the roll as it began, the last
    one before it. Who had gone by then is on no roll, so what is read does not grow with the years.
    """
    within = {"sites": list(sites), "start": start, "end": end}
    found: dict[int, list[Move]] = {site: [] for site in connection.execute(_EVER_MOVED, within).scalars()}
    if not found:
        return {}
    for site, person, since, kept in connection.execute(_STAYED, within | {"sites": list(found)}).all():
        found[site].append(
            Move(since, person, last_move({move: key for move, key in _MOVES(kept).items() if move != "bed"}))
        )
    for site, rows in _in_order(connection.execute(_MOVED, within | {"sites": list(found)}).all()).items():
        found[site] += [Move(row.at, row.person, fields_of(row.rest)["move"]) for row in rows]
    return found


def doors(connection: Connection, sites: Collection[int], start: Instant, end: Instant) -> dict[int, tuple[Door, ...]]:
    return {
        site: tuple(Door(row.at, row.kind == OPENED) for row in rows)
        for site, rows in _written_down(connection, sites, [OPENED, CLOSED], start, end).items()
    }


def worked(connection: Connection, sites: Collection[int], start: Instant, end: Instant) -> dict[int, list[Shift]]:
    """By site shifts that may reach into the day."""
    written = _written_down(connection, sites, [STAFF_ON, STAFF_OFF], start - SHIFT_REACH, end)
    return {site: shifts(_came_and_went(rows), end) for site, rows in written.items()}


def _came_and_went(rows: Sequence[Any]) -> Iterator[tuple[Instant, bool, str, str]]:
    for row in rows:
        said = fields_of(row.rest)
        yield row.at, row.kind == STAFF_ON, said["worker"], said["role"]


def _by_site(rows: Sequence[Any], arranged: Any = list) -> dict[int, list[Any]]:
    """The first of each row's columns is the site."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return {site: arranged(mine) for site, mine in found.items()}


def _written_down(
    connection: Connection, sites: Collection[int], kinds: list[int], since: Instant, end: Instant
) -> dict[int, list[Any]]:
    asked = {"sites": list(sites), "kinds": kinds, "since": since, "end": end}
    return _in_order(connection.execute(_DIARY, asked).all())


def _in_order(rows: Sequence[Any]) -> dict[int, list[Any]]:
    """By site in the contract's order."""
    return _by_site(rows, lambda mine: sorted(mine, key=lambda r: (r.at, r.seq, r.id.encode())))


def given(connection: Connection, sites: Collection[int], start: Instant, end: Instant) -> dict[int, list[Given]]:
    """By site services due in [start, end)."""
    found = connection.execute(_DUE, {"sites": list(sites), "since": start, "end": end}).all()
    return {site: [_given(row, end) for row in rows] for site, rows in _by_site(found).items()}


def _given(row: Any, end: Instant) -> Given:
    _, type_, due_at, started_at, completed_at, plan, finish, cancel = row
    off = msgspec.json.decode(cancel) if cancel else None
    return Given(
        type_ or "",
        due_at,
        started_at,
        completed_at,
        off[1].get("by", "system") if off and off[0][0] < end else None,
        plan is not None,
        _said(finish).get("price_fen", _said(plan).get("price_fen")),
    )


def _said(won: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(won)[1] if won else {}
    return fields
