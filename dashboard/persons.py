"""Who the tokens of a site are, for those who may know: masked at once, in full for a purpose, a few times an hour, audited."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select

import contract
from contract.personal import is_personal
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.queries.places import PlaceFacts, places
from models.audit import AuditEntry, audit
from models.base import HOUR, Instant
from models.bed import Resident
from models.database import transaction
from models.erasing import forget, subject_of
from models.person import (
    CONTACT_MOST,
    NAME_MOST,
    PURPOSES,
    PersonName,
    is_reason,
    masked_contact,
    masked_name,
    names_her,
    purpose_of,
)
from models.sealing import Seal, SealBroken

TOKEN = re.compile(r"[A-Za-z0-9_-]{6,64}")
LINES_MOST = 5000
LOOKS_SHOWN = 50
REVEAL, REFUSED, ENTER = "person.reveal", "person.refused", "person.enter"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """As everybody who may read the site's persons sees her: masked. '' where no name is kept."""

    person: str
    whereabouts: str
    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class InFull:
    name: str
    contact: str


class Why(NamedTuple):
    """Why somebody looks, and from which address."""

    purpose: str
    reason: str
    client: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One that was had at a name, or, with `refused`, was not."""

    at: Instant
    author: str
    role: str
    person: str
    purpose: str
    reason: str
    refused: str


@dataclass(frozen=True, slots=True)
class Entry:
    person: str
    name: str
    contact: str


def read_persons(connection: Connection, viewer: Viewer, site: str, seal: Seal, now: Instant) -> list[PersonRow] | None:
    """Residents on the roll and everybody whose name is kept; None for a site that is not there or not hers, or her role."""
    place = _place(connection, viewer, "person.reveal", site, now)
    if place is None:
        return None
    on_roll = select(Resident.person, Resident.whereabouts).where(Resident.site_id == place.id, Resident.on_roll == 1)
    rolled = dict(connection.execute(on_roll).all())
    kept = {row.person: row for row in connection.execute(select(PersonName).where(PersonName.site_id == place.id))}
    rows = []
    for person in sorted({*rolled, *kept}):
        told = opened(seal, kept[person]) if person in kept else InFull("", "")
        masked = (masked_name(told.name), masked_contact(told.contact)) if told else ("?", "")
        rows.append(PersonRow(person, rolled.get(person, ""), *masked))
    return rows


def read_looks(connection: Connection, seal: Seal, site: str, rows: Sequence[PersonRow]) -> list[Look]:
    """The latest at these persons of a site, for whoever answers for it. Deeds name a person by a mark, never by her token."""
    marks = {subject_of(seal, site, row.person): row.person for row in rows}
    c = AuditEntry
    wanted = select(c.at, c.author, c.role, c.subject, c.what, c.said).where(
        c.subject.in_(marks), c.what.in_((REVEAL, REFUSED))
    )
    found = connection.execute(wanted.order_by(c.id.desc()).limit(LOOKS_SHOWN))
    return [_look(row, marks[row.subject], json.loads(row.said)) for row in found]


def _look(row: Any, person: str, said: dict[str, str]) -> Look:
    purpose, reason, why = (said.get(name, "") for name in ("purpose", "reason", "why"))
    return Look(row.at, row.author, row.role, person, purpose, reason, why)


def reveal(
    engine: Engine,
    viewer: Viewer,
    seal: Seal,
    site: str,
    person: str,
    why: Why,
    most: int,
    now: Instant,
    real_now: Instant,
) -> InFull:
    """A name in full; `most` is how often an hour.

    Raises ActionRefused: `403`, `404` for a person that is not there or not hers, `code` for a purpose that the list does not
    have, `reason`, `named` for a reason that says who she is, `often`.
    """
    try:
        with transaction(engine) as connection:
            told = _checked(connection, viewer, seal, site, person, why, most, now, real_now)
            fields = ["name", *(["contact"] if told.contact else [])]
            said = {"purpose": why.purpose, "reason": why.reason, "fields": fields, "from": why.client[:64]}
            audit(connection, real_now, viewer.name, viewer.role, REVEAL, subject_of(seal, site, person), said)
            return told
    except ActionRefused as refusal:
        if str(refusal) in ("404", "named", "often"):
            noted = {"why": str(refusal), "from": why.client[:64]}
            _note_refused(engine, viewer, subject_of(seal, site, person), noted, most, real_now)
        raise


def _checked(
    connection: Connection,
    viewer: Viewer,
    seal: Seal,
    site: str,
    person: str,
    why: Why,
    most: int,
    now: Instant,
    real_now: Instant,
) -> InFull:
    place = _place_or_refusal(connection, viewer, "person.reveal", site, now)
    if why.purpose not in PURPOSES:
        raise ActionRefused("code")
    if not is_reason(why.reason):
        raise ActionRefused("reason")
    row = row_of(connection, place.id, person)
    told = opened(seal, row) if row is not None else None
    if told is None:
        raise ActionRefused("404")
    if _lately(connection, viewer, real_now) >= most:
        raise ActionRefused("often")
    # After the limit, and counted: else she could guess at a name as often as she likes.
    if names_her(why.reason, told.name, told.contact):
        raise ActionRefused("named")
    return told


def _note_refused(
    engine: Engine, viewer: Viewer, subject: str, said: dict[str, str], most: int, real_now: Instant
) -> None:
    """No more of these than one above the limit, so that nobody fills the disk by asking."""
    with transaction(engine) as connection:
        if _lately(connection, viewer, real_now) <= most:
            audit(connection, real_now, viewer.name, viewer.role, REFUSED, subject, said)


def _lately(connection: Connection, viewer: Viewer, real_now: Instant) -> int:
    """How often she looked at a name within the hour, or was refused one."""
    wanted = select(func.count()).where(
        AuditEntry.at > real_now - HOUR, AuditEntry.author == viewer.name, AuditEntry.what.in_((REVEAL, REFUSED))
    )
    return int(connection.execute(wanted).scalar_one())


def enter(
    engine: Engine, viewer: Viewer, seal: Seal, site: str, entries: list[Entry], now: Instant, real_now: Instant
) -> int:
    """Keep or replace names and contacts, all of them or none. Raises ActionRefused `403`, `404`."""
    with transaction(engine) as connection:
        place = _place_or_refusal(connection, viewer, "person.enter", site, now)
        for one in entries:
            forget(connection, place.id, one.person)
            connection.execute(
                insert(PersonName).values(**_sealed(seal, place.id, one), entered_at=real_now, entered_by=viewer.name)
            )
        audit(connection, real_now, viewer.name, viewer.role, ENTER, site, {"persons": len(entries)})
    return len(entries)


def _sealed(seal: Seal, site_id: int, one: Entry) -> dict[str, Any]:
    contact = seal.close(one.contact, purpose_of(site_id, one.person, "contact")) if one.contact else None
    name = seal.close(one.name, purpose_of(site_id, one.person, "name"))
    return {
        "site_id": site_id,
        "person": one.person,
        "name_sealed": name,
        "contact_sealed": contact,
        "key_id": seal.key_id,
    }


class WrongLines(Exception):
    """Nothing was kept; each of `lines` says which line is wrong and why."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("; ".join(lines[:10]))
        self.lines = lines


def entries_of(text: str) -> list[Entry]:
    """CSV with the columns person, name, contact. Raises WrongLines; a wrong line is named by number and never quoted."""
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    if set(rows.fieldnames or ()) - {"contact"} != {"person", "name"}:
        raise WrongLines(["line 1: the columns are person, name and, where there is one, contact"])
    made, wrong = [], []
    for number, row in enumerate(rows, 2):
        one = Entry(*((row.get(name) or "").strip() for name in ("person", "name", "contact")))
        if (fault := _fault(one)) is not None:
            wrong.append(f"line {number}: {fault}")
        made.append(one)
        if number > LINES_MOST:
            raise WrongLines([f"more than {LINES_MOST} lines"])
    if wrong or not made:
        raise WrongLines(wrong or ["no line after the head"])
    return made


def _fault(one: Entry) -> str | None:
    if not TOKEN.fullmatch(one.person) or is_personal(one.person):
        return "person is the token that the site sends, 6 to 64 of A-Z a-z 0-9 _ -"
    if not one.name or len(one.name) > NAME_MOST or not one.name.isprintable():
        return f"name is 1 to {NAME_MOST} signs"
    if len(one.contact) > CONTACT_MOST or not one.contact.isprintable():
        return f"contact is at most {CONTACT_MOST} signs"
    return None


def row_of(connection: Connection, site_id: int, person: str) -> Any:
    return connection.execute(
        select(PersonName).where(PersonName.site_id == site_id, PersonName.person == person)
    ).first()


def opened(seal: Seal, row: Any) -> InFull | None:
    """None for what another key has sealed."""
    try:
        name = seal.open(row.name_sealed, purpose_of(row.site_id, row.person, "name"))
        contact = row.contact_sealed
        return InFull(name, seal.open(contact, purpose_of(row.site_id, row.person, "contact")) if contact else "")
    except SealBroken:
        return None


def _place(connection: Connection, viewer: Viewer, permission: str, site: str, now: Instant) -> PlaceFacts | None:
    if not viewer.may(permission) or not contract.is_site(site):
        return None
    found = places(connection, viewer, now, site)
    return found[0] if found else None


def _place_or_refusal(connection: Connection, viewer: Viewer, permission: str, site: str, now: Instant) -> PlaceFacts:
    if not viewer.may(permission):
        raise ActionRefused("403")
    place = _place(connection, viewer, permission, site, now)
    if place is None:
        raise ActionRefused("404")
    return place
