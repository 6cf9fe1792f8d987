"""Once a day: raw events older than they are kept go, in bites; slots, tallies and summaries stay, and what a summary still needs.

The ledger's row is the record of it: how many went, and from when on there are any.
"""

import logging
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, select, tuple_

from ingest.jobs.occasion import FORGET_EVENTS, Counts, Occasion, once_a_day
from ingest.jobs.summarise_days import first_day_needed
from models.base import HOUR, SECOND, Instant
from models.civil_day import day_bounds
from models.database import read_only, transaction
from models.event import Event, key_from
from models.event_days import days_before, drop_day

log = logging.getLogger(__name__)

JOB = FORGET_EVENTS
BITE = 500
"""Events looked at before the writers' lock is given back: a few milliseconds."""

_DAY = 24 * HOUR
_AFTER_ALL = b"\xff" * 17
"""A key has sixteen bytes."""


class Place(NamedTuple):
    """In the order of the table's own key."""

    key: bytes
    site_id: int


def forget_events(occasion: Occasion) -> Counts:
    """Counts `days` that went whole, `events` that went singly; `before_s` is the Unix time before which they lay."""
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    before = _before(occasion)
    counts = {"days": 0, "events": 0, "before_s": before // SECOND}
    _drop_days(occasion, before, counts)
    # The oldest keys, and those of senders that made them for a day to come, which age would never reach.
    _walk(occasion, Place(b"", 0), key_from(before), before, counts)
    _walk(occasion, Place(key_from(occasion.now + _DAY), 0), _AFTER_ALL, before, counts)
    return counts


def _before(occasion: Occasion) -> Instant:
    """A day more than is promised: nothing that would still be taken in may miss its own slot's other events."""
    before = occasion.now - (occasion.cfg.ingest.keep_raw_days + 1) * _DAY
    first = first_day_needed(occasion)
    needed = day_bounds(first, occasion.cfg.time.zone)[0] - _DAY
    if needed < before:
        log.warning("raw events are kept longer: a day is not summed up yet", extra={"day": str(first)})
    return min(before, needed)


def _drop_days(occasion: Occasion, before: Instant, counts: Counts) -> None:
    with read_only(occasion.engine) as connection:
        days = days_before(connection, before)
    for day in days:
        if occasion.is_stopping():
            return
        with transaction(occasion.engine) as connection:
            counts["days"] += drop_day(connection, day, before)
        occasion.breathe()


def _walk(occasion: Occasion, after: Place, end: bytes, before: Instant, counts: Counts) -> None:
    """A key tells when its sender says that it made it, so each event is asked itself."""
    while not occasion.is_stopping():
        last, due = _bite(occasion.engine, after, end, before)
        if last is None:
            return
        if due:
            old = and_(_between(after, last), Event.at < before)
            with transaction(occasion.engine) as connection:
                connection.execute(delete(Event).where(old))
            counts["events"] += due
            occasion.breathe()
        after = last


def _bite(engine: Engine, after: Place, end: bytes, before: Instant) -> tuple[Place | None, int]:
    """The last place of the next bite, and how many of it may go."""
    with read_only(engine) as connection:
        rows = _rows(connection, after, end)
    if not rows:
        return None, 0
    return Place(rows[-1].key, rows[-1].site_id), sum(row.at < before for row in rows)


def _rows(connection: Connection, after: Place, end: bytes) -> list[Event]:
    place = tuple_(Event.key, Event.site_id)
    wanted = (
        select(Event.key, Event.site_id, Event.at)
        .where(Event.key >= after.key, Event.key < end, place > tuple_(*after))
        .order_by(Event.key, Event.site_id)
        .limit(BITE)
    )
    return list(connection.execute(wanted))  # type: ignore[arg-type]


def _between(after: Place, last: Place) -> ColumnElement[bool]:
    """The bounds of the key alone let the planner leave out other days."""
    place = tuple_(Event.key, Event.site_id)
    return and_(Event.key >= after.key, Event.key <= last.key, place > tuple_(*after), place <= tuple_(*last))
