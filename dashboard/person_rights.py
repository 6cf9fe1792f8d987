"""What one person may ask of us: all that is kept of her as a file. Why it was asked for is a deed."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, or_, select

from dashboard.persons import InFull, opened, row_of
from models.alarm import Alarm
from models.audit import AuditEntry, audit_command
from models.base import Instant
from models.bed import Resident
from models.database import read_only, transaction
from models.erasing import OF_A_SERVICE, NobodyThere, site_number, subject_of
from models.event import KIND_NAME, Event
from models.person import is_reason, names_her
from models.sealing import Seal
from models.service import Service


class NoReason(Exception):
    """What is lacking in a reason that stands in the chain of deeds for ever."""


def export(
    engine: Engine, seal: Seal, site: str, person: str, why: tuple[str, str], real_now: Instant
) -> dict[str, Any]:
    """As `told_of`; `why` is purpose and reason, written down before anything is told. Raises NoReason, NobodyThere."""
    purpose, reason = why
    if not is_reason(reason):
        raise NoReason("--reason takes a few words, and no number by which somebody could be found")
    told = told_of(engine, seal, site, person)
    if names_her(reason, told["name"] or "", told["contact"] or "") or person in reason:
        raise NoReason("--reason says who this is: leave that out, as it is kept for ever")
    with transaction(engine) as connection:
        said = {"purpose": purpose, "reason": reason}
        audit_command(connection, real_now, "person.export", subject_of(seal, site, person), said)
    return told


def told_of(engine: Engine, seal: Seal, site: str, person: str) -> dict[str, Any]:
    """All that is kept of her at this site, and who has looked at her name. Raises NobodyThere."""
    with read_only(engine) as connection:
        site_id = site_number(connection, site)
        kept = row_of(connection, site_id, person)
        name = (opened(seal, kept) if kept is not None else None) or InFull("", "")
        told: dict[str, Any] = {
            "site": site,
            "person": person,
            "name": name.name or None,
            "contact": name.contact or None,
            "events": list(_events(connection, site_id, person)),
            "resident": _rows(connection, Resident, Resident.site_id == site_id, Resident.person == person),
            "services": _rows(connection, Service, Service.site_id == site_id, _in_service(person)),
            "alarms": _rows(connection, Alarm, Alarm.site_id == site_id, Alarm.person == person),
            "looked_at": _looks(connection, subject_of(seal, site, person)),
        }
    if kept is None and not any(told[part] for part in ("events", "resident", "services", "alarms")):
        raise NobodyThere(f"nothing is kept of this person at {site}; is the token the one that the site sends?")
    return told


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
