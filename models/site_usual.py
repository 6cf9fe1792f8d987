"""A site's past day by quarters of an hour, out of the tables: what the usual is made of."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy import Connection, select

from models.base import Instant
from models.bed import WHEREABOUTS, Resident
from models.civil_day import day_bounds, wall_steps
from models.day import AreaDay
from models.day_areas import AreaRead, areas_read
from models.day_figures import by_card
from models.day_singly import area_events, passings
from models.event import KIND_NUMBER, SLOT_US, Event, key_from
from models.occupancy import SiteSlot
from models.service import Service
from models.usual import STEP_MIN, Figure, Values

_SERVED = KIND_NUMBER["meal.served"]
IN_HOUSE = "in_house"

Steps = Sequence[tuple[Instant, Instant] | None]
Changes = list[tuple[Instant, int]]


@dataclass(frozen=True)
class _Day:
    site_id: int
    start: Instant
    end: Instant
    steps: Steps


def day_values(
    connection: Connection, site_id: int, day: date, zone: str, lunches: Sequence[Instant], on_time: Instant
) -> dict[Figure, Values]:
    """Every figure that the site has; nothing at all of a day on which it was not heard.

    `lunches`: when lunch was served there on this day; `on_time`: how long after its time a service falls due. What
    adds up is known for the whole of a day that was heard at all; people only where they were heard, as a count that
    stands still may be a line that is cut.
    """
    one = _Day(site_id, *day_bounds(day, zone), wall_steps(day, zone, STEP_MIN))
    heard = _heard(connection, one)
    if not heard:
        return {}
    out: dict[Figure, Values] = {}
    areas = areas_read(connection, [site_id], one.start, one.end)[site_id]
    if areas:
        out[Figure.PEOPLE] = _people([area.day for area in areas], one, heard)
        out[Figure.VISITS] = _running(_came(connection, areas, one), one.steps)
    if lunches:
        out[Figure.LUNCH] = _running([(at, 1) for at in lunches], one.steps)
    due, done = _services(connection, one, on_time)
    if due:
        out[Figure.DUE], out[Figure.DONE] = _running(due, one.steps), _running(done, one.steps)
    moved = _moved(connection, site_id)
    if moved and moved[0][0] < one.end:
        out[Figure.IN_HOUSE] = _running(moved, one.steps)
    return out


def _heard(connection: Connection, one: _Day) -> set[int]:
    wanted = select(SiteSlot.slot).where(
        SiteSlot.site_id == one.site_id, SiteSlot.slot >= one.start // SLOT_US, SiteSlot.slot < one.end // SLOT_US
    )
    return set(connection.execute(wanted).scalars())


def _people(areas: Sequence[AreaDay], one: _Day, heard: set[int]) -> Values:
    """The sum of the areas, each shown not below 0; an area stays as its last slot left it."""
    changes: Changes = []
    for area in areas:
        before = max(area.opening, 0)
        changes.append((one.start, before))
        for slot in area.slots:
            now = max(slot.closing, 0)
            changes.append((slot.end, now - before))
            before = now
    values = _running(changes, one.steps)
    return [
        value if step and any(slot in heard for slot in range(step[0] // SLOT_US, step[1] // SLOT_US)) else None
        for value, step in zip(values, one.steps, strict=True)
    ]


def _running(changes: Changes, steps: Steps) -> Values:
    """The sum of everything up to the end of each step; None where the clock left the step out."""
    ordered = sorted(changes)
    ats, sums, total = [at for at, _ in ordered], [0], 0
    for _, change in ordered:
        total += change
        sums.append(total)
    return [sums[bisect_right(ats, step[1])] if step else None for step in steps]


def _came(connection: Connection, areas: Sequence[AreaRead], one: _Day) -> Changes:
    """Visits as the day's summary counts them; where the raw events are gone, each entry by card is one."""
    by_counter = [(slot.end, slot.came) for area in areas if not area.by_persons for slot in area.day.slots]
    if not any(area.by_persons for area in areas):
        return by_counter
    events = area_events(connection, [area.area_id for area in areas], one.start, one.end)
    cards = [(passing.at, 1) for passing in by_card(passings(areas, events)) if passing.counts]
    entries = [(slot.end, slot.came) for area in areas if area.by_persons for slot in area.day.slots]
    return by_counter + (cards or entries)


def _services(connection: Connection, one: _Day, on_time: Instant) -> tuple[Changes, Changes]:
    """When each of the day's planned services fell due, or was finished before that; and when those done were."""
    wanted = select(Service.due_at, Service.completed_at).where(
        Service.site_id == one.site_id,
        Service.planned == 1,
        Service.due_at >= one.start,
        Service.due_at < one.end,
    )
    due: Changes = []
    done: Changes = []
    for row in connection.execute(wanted):
        due.append((min(row.due_at + on_time, row.completed_at or row.due_at + on_time), 1))
        if row.completed_at is not None:
            done.append((row.completed_at, 1))
    return due, done


def _moved(connection: Connection, site_id: int) -> Changes:
    """Who came into the house and who left it, in order. Of each resident the last move of each kind is kept, so an
    absence before the last one of its kind is not seen: the house looks a little fuller then."""
    changes: Changes = []
    for text in connection.execute(select(Resident.moves).where(Resident.site_id == site_id)).scalars():
        inside = False
        # Beside the moves stands which bed was last told.
        kept = [(move, when) for move, when in msgspec.json.decode(text).items() if move in WHEREABOUTS]
        for move, (at, *_) in sorted(kept, key=lambda item: item[1]):
            now = WHEREABOUTS[move] == IN_HOUSE
            if now != inside:
                changes.append((at, 1 if now else -1))
            inside = now
    return sorted(changes)


def lunches_served(connection: Connection, start: Instant, end: Instant) -> list[tuple[int, Instant]]:
    """Site and time of each lunch of [start, end), by one walk along the keys, which are in the order of time."""
    wanted = select(Event.site_id, Event.at, Event.rest).where(
        Event.key >= key_from(start), Event.key < key_from(end), Event.kind == _SERVED
    )
    return [
        (row.site_id, row.at)
        for row in connection.execute(wanted)
        if row.rest and msgspec.json.decode(row.rest).get("meal") == "lunch"
    ]
