"""What the gate writes down of those whom it knows: files that were taken, and what was refused."""

import logging
from typing import NamedTuple, Protocol

from sqlalchemy import Engine

from dashboard.access import Viewer
from models.audit import audit
from models.base import Instant
from models.database import is_transient, transaction

log = logging.getLogger(__name__)


class Asking(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def method(self) -> str: ...


class Deed(NamedTuple):
    what: str
    subject: str
    said: dict[str, str]

    @property
    def is_refusal(self) -> bool:
        return self.what == "refused"


def deed_of(asked: Asking, status: int) -> Deed | None:
    if asked.path.startswith("/export/") and status < 300:
        return Deed("export", asked.path[:120], {"asked": asked.query[:200]} if asked.query else {})
    if status == 403:
        return Deed("refused", asked.path[:120], {"method": asked.method[:8]})
    return None


def note_deed(engine: Engine, viewer: Viewer, deed: Deed, real_now: Instant) -> None:
    """A file does not leave when this raises; a refusal is answered also while the database is busy."""
    try:
        with transaction(engine) as connection:
            audit(connection, real_now, viewer.name, viewer.role, deed.what, deed.subject, deed.said)
    except Exception as error:
        if not (deed.is_refusal and is_transient(error)):
            raise
        log.warning("a refusal is not among the deeds: the database was busy", extra={"path": deed.subject})
