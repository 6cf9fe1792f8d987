"""Once a day: tokens of persons and workers go with the years: what was done, and how often, stays."""

import json
from collections.abc import Iterator

from sqlalchemy import Connection, and_, delete, select, tuple_, update

from ingest.jobs.bites import bites, change, forget
from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.alarm import Alarm
from models.base import HOUR, Instant
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
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    before = occasion.now - occasion.cfg.ingest.keep_tokens_days * 24 * HOUR
    shifts = and_(Diary.kind.in_((STAFF_ON, STAFF_OFF)), Diary.at < before)
    return {
        "services": change(occasion, lambda connection: _unname_services(connection, before), BITE),
        "alarms": _unname_alarms(occasion, before),
        "residents": forget(occasion, Resident, and_(Resident.on_roll == 0, Resident.since < before), BITE),
        "shifts": sum(forget(occasion, Diary, and_(Diary.site_id == site, shifts), BITE) for site in _sites(occasion)),
        "moves": sum(_forget_moves(occasion, site, before) for site in _sites(occasion)),
    }


def _sites(occasion: Occasion) -> Iterator[int]:
    """The diary is found by site."""
    with read_only(occasion.engine) as connection:
        sites = list(connection.execute(select(Site.id).order_by(Site.id)).scalars())
    for site in sites:
        if occasion.is_stopping():
            return
        yield site


def _unname_services(connection: Connection, before: Instant) -> int:
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
    for bite in bites(occasion, due):
        alarms = [id_ for (id_,) in bite]
        with transaction(occasion.engine) as connection:
            connection.execute(update(Alarm).where(Alarm.id.in_(alarms), Alarm.settled_at < before).values(person=None))
        gone += len(alarms)
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
            connection.execute(delete(Diary).where(tuple_(*Diary.__table__.primary_key).in_(due[first : first + BITE])))
        occasion.breathe()
    return len(due)
