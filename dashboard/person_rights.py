"""What one person may ask of us: all that is kept of her as a file, and that it goes. Counts stay; nobody is in them."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, or_, select, update

from dashboard.persons import forget, opened, row_of, subject_of
from models.alarm import Alarm
from models.audit import AuditEntry, audit
from models.base import Instant
from models.bed import Resident
from models.database import read_only, transaction, wipe
from models.diary import Diary
from models.event import KIND_NAME, Event, Rejected
from models.inbox import Inbox
from models.place import Site
from models.sealing import Seal
from models.service import Service

OF_A_SERVICE = ("plan", "start", "finish", "cancel", "confirm")


class NobodyThere(Exception):
    """No such site, or nothing is kept of this token there."""


def told_of(engine: Engine, seal: Seal, site: str, person: str) -> dict[str, Any]:
    """All that is kept of her at this site, and who has looked at her name. Raises NobodyThere."""
    with read_only(engine) as connection:
        site_id = _site(connection, site)
        kept = row_of(connection, site_id, person)
        name = opened(seal, kept) if kept is not None else None
        told: dict[str, Any] = {
            "site": site,
            "person": person,
            "name": name.name if name else None,
            "contact": name.contact if name else None,
            "events": list(_events(connection, site_id, person)),
            "resident": _rows(connection, Resident, Resident.site_id == site_id, Resident.person == person),
            "services": _rows(connection, Service, Service.site_id == site_id, _in_service(person)),
            "alarms": _rows(connection, Alarm, Alarm.site_id == site_id, Alarm.person == person),
            "looked_at": _looks(connection, subject_of(seal, site, person)),
        }
    if kept is None and not any(told[part] for part in ("events", "resident", "services", "alarms")):
        raise NobodyThere(f"nothing is kept of this person at {site}; is the token the one that the site sends?")
    return told


def erase(engine: Engine, seal: Seal, site: str, person: str, author: str, real_now: Instant) -> dict[str, int]:
    """Her name goes, and her token becomes one that leads to nobody; the file is cleaned of what was. Counts by table.

    Raises NobodyThere.
    """
    gone = f"gone-{secrets.token_hex(8)}"
    with transaction(engine) as connection:
        site_id = _site(connection, site)
        counts = {"names": forget(connection, site_id, person), **_renamed(connection, site_id, person, gone)}
        counts |= _bytes_gone(connection, site, person)
        if not any(counts.values()):
            raise NobodyThere(f"nothing is kept of this person at {site}; is the token the one that the site sends?")
        audit(connection, real_now, author, "command", "person.erase", subject_of(seal, site, person), counts)
    wipe(engine)
    return counts


def _renamed(connection: Connection, site_id: int, person: str, gone: str) -> dict[str, int]:
    """The same new token everywhere, so that what is folded from events stays as it is."""
    counts = {}
    for name, table, columns in (
        ("events", Event, ("rest",)),
        ("diary", Diary, ("rest",)),
        ("services", Service, OF_A_SERVICE),
    ):
        counts[name] = 0
        for column in columns:
            c = table.__table__.c[column]
            new = func.replace(c, json.dumps(person), json.dumps(gone))
            mine = update(table).where(table.site_id == site_id, c.contains(json.dumps(person), autoescape=True))
            counts[name] += connection.execute(mine.values({column: new})).rowcount
    for name, owner in (("residents", Resident), ("alarms", Alarm)):
        hers = update(owner).where(owner.site_id == site_id, owner.person == person)
        counts[name] = connection.execute(hers.values(person=gone)).rowcount
    return counts


def _bytes_gone(connection: Connection, site: str, person: str) -> dict[str, int]:
    """What was refused, and what waited to be taken in, is kept as it came: those bytes go whole."""
    counts = {"rejected": 0, "inbox": 0}
    for name, table, column in (("rejected", Rejected, "bytes"), ("inbox", Inbox, "payload")):
        content = table.__table__.c[column]
        for number, kept in connection.execute(select(table.id, content).where(table.site == site)).all():
            if person.encode() in bytes(kept):
                blank: dict[str, Any] = {column: b""} | ({"replayable": 0} if table is Rejected else {})
                connection.execute(update(table).where(table.id == number).values(blank))
                counts[name] += 1
    return counts


def _site(connection: Connection, site: str) -> int:
    found = connection.execute(select(Site.id).where(Site.code == site)).scalar()
    if found is None:
        raise NobodyThere(f"the registry has no site {site}")
    return int(found)


def _events(connection: Connection, site_id: int, person: str) -> Iterator[dict[str, Any]]:
    mine = Event.rest.contains(json.dumps(person), autoescape=True)
    wanted = select(Event.at, Event.kind, Event.rest).where(Event.site_id == site_id, mine).order_by(Event.at)
    for row in connection.execute(wanted):
        yield {"at": row.at, "kind": KIND_NAME[row.kind], **json.loads(row.rest)}


def _in_service(person: str) -> ColumnElement[bool]:
    columns = (Service.__table__.c[name] for name in OF_A_SERVICE)
    return or_(*(column.contains(json.dumps(person), autoescape=True) for column in columns))


def _rows(connection: Connection, table: Any, *where: ColumnElement[bool]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table.__table__).where(*where)).mappings()]


def _looks(connection: Connection, subject: str) -> list[dict[str, Any]]:
    wanted = select(AuditEntry.at, AuditEntry.author, AuditEntry.role, AuditEntry.what, AuditEntry.said)
    found = connection.execute(wanted.where(AuditEntry.subject == subject).order_by(AuditEntry.id))
    return [{"at": r.at, "by": r.author, "role": r.role, "what": r.what, **json.loads(r.said)} for r in found]
