"""Once a day: tokens of persons and workers go with the years: what was done, and how often, stays."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select, tuple_, update

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.alarm import Alarm
from models.base import HOUR, Base, Instant
from models.bed import WHEREABOUTS, Resident
from models.database import read_only, transaction
from models.diary import BED_MOVED, STAFF_OFF, STAFF_ON, Diary
from models.place import Site
from models.service import Service

JOB = "forget_tokens"
BITE = 200
WINNERS = ("plan", "start", "finish", "cancel", "confirm")


def forget_tokens(occasion: Occasion) -> Counts:
    """Counts `services` and `alarms` that name nobody now, `residents`, `shifts` and `moves` that went."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    before = occasion.now - occasion.cfg.ingest.keep_tokens_days * 24 * HOUR
    shifts = and_(Diary.kind.in_((STAFF_ON, STAFF_OFF)), Diary.at < before)
    counts = {
        "services": _unname_services(occasion, before),
        "alarms": _unname_alarms(occasion, before),
        "residents": _delete(occasion, Resident, and_(Resident.on_roll == 0, Resident.since < before)),
        "shifts": sum(_delete(occasion, Diary, and_(Diary.site_id == site, shifts)) for site in _sites(occasion)),
        "moves": sum(_forget_moves(occasion, site, before) for site in _sites(occasion)),
    }
    if not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            enter(connection, occasion, JOB, period, counts)
    return counts


def _sites(occasion: Occasion) -> Iterator[int]:
    """The diary is found by site."""
    with read_only(occasion.engine) as connection:
        sites = list(connection.execute(select(Site.id).order_by(Site.id)).scalars())
    for site in sites:
        if occasion.is_stopping():
            return
        yield site


def _unname_services(occasion: Occasion, before: Instant) -> int:
    gone = 0
    while not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            done = _unname_bite(connection, before)
        gone += done
        if done < BITE:
            break
        occasion.breathe()
    return gone


def _unname_bite(connection: Connection, before: Instant) -> int:
    """A row is held from its reading to its writing: the worker may be about to change it."""
    columns = [getattr(Service, name) for name in WINNERS]
    due = select(Service.id, *columns).where(Service.named_at < before).order_by(Service.named_at)
    rows = connection.execute(due.limit(BITE).with_for_update()).all()
    for row in rows:
        won = {name: json.loads(text) for name, text in zip(WINNERS, row[1:], strict=True) if text}
        for _, said in won.values():
            said.pop("person", None)
            said.pop("worker", None)
        texts = {name: json.dumps(said, separators=(",", ":")) for name, said in won.items()}
        connection.execute(update(Service).where(Service.id == row.id).values(**texts, named_at=None))
    return len(rows)


def _unname_alarms(occasion: Occasion, before: Instant) -> int:
    """Those that were settled long ago; one that is still open may yet need its person."""
    due = (
        select(Alarm.id)
        .where(Alarm.person.is_not(None), Alarm.opened_at < before, Alarm.settled_at < before)
        .limit(BITE)
    )
    gone = 0
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            alarms = connection.execute(due).scalars().all()
        if not alarms:
            break
        with transaction(occasion.engine) as connection:
            connection.execute(update(Alarm).where(Alarm.id.in_(alarms), Alarm.settled_at < before).values(person=None))
        gone += len(alarms)
        occasion.breathe()
    return gone


def _forget_moves(occasion: Occasion, site: int, before: Instant) -> int:
    """Of each resident the last of the old moves stays, from which later days go on; of who is gone by then, none."""
    old = and_(Diary.site_id == site, Diary.kind == BED_MOVED, Diary.at < before)
    with read_only(occasion.engine) as connection:
        rows = connection.execute(select(Diary.at, Diary.seq, Diary.id, Diary.rest).where(old)).all()
    moves = [(row, json.loads(row.rest)) for row in sorted(rows, key=lambda r: (r.at, r.seq, r.id.encode()))]
    last = {said["person"]: (row, said["move"]) for row, said in moves}
    kept = {(row.at, row.id) for row, move in last.values() if WHEREABOUTS[move] != "gone"}
    due = [(site, BED_MOVED, row.at, row.id) for row, _ in moves if (row.at, row.id) not in kept]
    for first in range(0, len(due), BITE):
        with transaction(occasion.engine) as connection:
            connection.execute(delete(Diary).where(_key(Diary).in_(due[first : first + BITE])))
        occasion.breathe()
    return len(due)


def _delete(occasion: Occasion, table: type[Base], which: ColumnElement[bool]) -> int:
    gone = 0
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            bite = connection.execute(select(*table.__table__.primary_key).where(which).limit(BITE)).all()
        if not bite:
            break
        with transaction(occasion.engine) as connection:
            # Asked again: a resident may have come back since.
            connection.execute(delete(table).where(_key(table).in_([tuple(row) for row in bite]), which))
        gone += len(bite)
        occasion.breathe()
    return gone


def _key(table: type[Base]) -> Any:
    return tuple_(*table.__table__.primary_key)
