"""A person who goes for good: her name, and every trace of her token; and once more where an older database comes back.

What was erased is noted beside the key that seals, outside of the database and of its backups, by a mark that tells nobody
without the key. A database whose chain of deeds does not hold that erasure is older than it, and forgets her again.
"""

import json
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select, update

from contract import is_site
from models.alarm import Alarm
from models.audit import AuditEntry, audit_command
from models.base import Instant
from models.bed import Resident
from models.database import read_only, transaction, wipe
from models.diary import Diary
from models.event import Event, Rejected
from models.inbox import Inbox
from models.person import PersonName
from models.place import Site
from models.sealing import Seal, seal_of
from models.service import Service

OF_A_SERVICE = ("plan", "start", "finish", "cancel", "confirm")
_IN_JSON = ((Event, ("rest",)), (Diary, ("rest",)), (Service, OF_A_SERVICE))
_IN_BYTES = ((Rejected, "bytes"), (Inbox, "payload"))
_QUOTED = re.compile(r'"([A-Za-z0-9_-]{6,64})"')
_BITE = 2000


class NobodyThere(Exception):
    """No such site, or nothing is kept of this token there."""


def subject_of(seal: Seal, site: str, person: str) -> str:
    """How deeds name a person: they are never erased, so not by her token. A site that cannot be is not quoted."""
    return f"{site if is_site(site) else '?'}/person {seal.mark(f'{site}/{person}', 'audit')[:8].hex()}"


def forget(connection: Connection, site_id: int, person: str) -> int:
    mine = (PersonName.site_id == site_id, PersonName.person == person)
    return int(connection.execute(delete(PersonName).where(*mine)).rowcount)


def site_number(connection: Connection, site: str) -> int:
    """Raises NobodyThere."""
    found = connection.execute(select(Site.id).where(Site.code == site)).scalar()
    if found is None:
        raise NobodyThere(f"the registry has no site {site}")
    return int(found)


def erase(engine: Engine, key_file: str, site: str, person: str, real_now: Instant) -> dict[str, int]:
    """Her name goes, and her token becomes one that leads to nobody; the file is cleaned of what was. Counts by table, all 0
    for somebody who had gone before: then it is only cleaned once more.

    Raises NobodyThere.
    """
    subject = subject_of(seal_of(key_file), site, person)
    with transaction(engine) as connection:
        counts = _erased(connection, site_number(connection, site), site, person)
        if not any(counts.values()) and subject not in erased_before(key_file):
            raise NobodyThere(f"nothing is kept of this person at {site}; is the token the one that the site sends?")
        if any(counts.values()):
            _note(key_file, subject)
            audit_command(connection, real_now, "person.erase", subject, counts)
    wipe(engine)
    return counts


def erase_again(engine: Engine, key_file: str, real_now: Instant) -> int:
    """Whoever was erased and is in this database as if she had not been goes again; how many of them."""
    with read_only(engine) as connection:
        gone = select(AuditEntry.subject).where(AuditEntry.what == "person.erase")
        due = sorted(erased_before(key_file) - set(connection.execute(gone).scalars()))
        found = dict(_found(connection, seal_of(key_file), due)) if due else {}
    for subject in due:
        site = subject.partition("/")[0]
        with transaction(engine) as connection:
            counts = {}
            if subject in found:
                counts = _erased(connection, site_number(connection, site), site, found[subject])
            audit_command(connection, real_now, "person.erase", subject, {**counts, "again": 1})
    if due:
        wipe(engine)
    return len(due)


# -- what is noted outside of the database ------------------------------------------------------------------------------


def erased_file(key_file: str) -> Path:
    return Path(key_file).with_name("erased-persons")


def erased_before(key_file: str) -> set[str]:
    """The subjects of all that were erased here."""
    path = erased_file(key_file)
    return set(path.read_text(encoding="ascii").splitlines()) if path.exists() else set()


def _note(key_file: str, subject: str) -> None:
    """On the disk before the database forgets: were it the other way round, an erasure could be lost between the two."""
    if subject in erased_before(key_file):
        return
    descriptor = os.open(erased_file(key_file), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.writelines((subject, "\n"))
        file.flush()
        os.fsync(file.fileno())


# -- what is done to the tables -----------------------------------------------------------------------------------------


def _erased(connection: Connection, site_id: int, site: str, person: str) -> dict[str, int]:
    """The same new token everywhere, so that what is folded from events stays as it is."""
    gone = f"gone-{secrets.token_hex(8)}"
    counts = {"names": forget(connection, site_id, person)}
    for table, columns in _IN_JSON:
        counts[table.__tablename__] = 0
        for column in columns:
            c = table.__table__.c[column]
            new = func.replace(c, json.dumps(person), json.dumps(gone))
            mine = update(table).where(table.site_id == site_id, c.contains(json.dumps(person), autoescape=True))
            counts[table.__tablename__] += connection.execute(mine.values({column: new})).rowcount
    connection.execute(update(Diary).where(Diary.site_id == site_id, Diary.person == person).values(person=gone))
    for owner in (Resident, Alarm):
        hers = update(owner).where(owner.site_id == site_id, owner.person == person)
        counts[owner.__tablename__] = connection.execute(hers.values(person=gone)).rowcount
    return counts | _bytes_gone(connection, site, person)


def _bytes_gone(connection: Connection, site: str, person: str) -> dict[str, int]:
    """What was refused, and what waited to be taken in, is kept as it came: those bytes go whole."""
    counts = {}
    for table, column in _IN_BYTES:
        counts[table.__tablename__] = 0
        content = table.__table__.c[column]
        for number, kept in connection.execute(select(table.id, content).where(table.site == site)).all():
            if person.encode() in bytes(kept):
                blank: dict[str, Any] = {column: b""} | ({"replayable": 0} if table is Rejected else {})
                connection.execute(update(table).where(table.id == number).values(blank))
                counts[table.__tablename__] += 1
    return counts


def _found(connection: Connection, seal: Seal, subjects: list[str]) -> Iterator[tuple[str, str]]:
    """(subject, token) of those that this database knows: a mark cannot be turned back, so every word of the site is tried."""
    for site in sorted({subject.partition("/")[0] for subject in subjects}):
        site_id = connection.execute(select(Site.id).where(Site.code == site)).scalar()
        if site_id is None:
            continue
        for word in set(_words_of(connection, site_id, site)):
            if (subject := subject_of(seal, site, word)) in subjects:
                yield subject, word


def _words_of(connection: Connection, site_id: int, site: str) -> Iterator[str]:
    for owner in (PersonName, Resident, Alarm):
        column = owner.__table__.c.person
        yield from connection.execute(select(column).where(owner.site_id == site_id, column.is_not(None))).scalars()
    for table, columns in _IN_JSON:
        for column in (table.__table__.c[name] for name in columns):
            wanted = select(column).where(table.site_id == site_id, column.is_not(None))
            for text in connection.execute(wanted.execution_options(yield_per=_BITE)).scalars():
                yield from _QUOTED.findall(text)
    for kept, name in _IN_BYTES:
        for content in connection.execute(select(kept.__table__.c[name]).where(kept.site == site)).scalars():
            yield from _QUOTED.findall(bytes(content).decode("latin-1"))
