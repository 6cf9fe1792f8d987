"""What the gate writes down of those whom it knows: files that were taken, and what was refused."""

import logging
import re
from typing import NamedTuple, Protocol

from sqlalchemy import Engine

from dashboard.access import Viewer
from models.audit import audit
from models.base import Instant
from models.database import is_transient, transaction

log = logging.getLogger(__name__)


class Asking(Protocol):
    @property
    def client(self) -> str: ...
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


class Withheld(NamedTuple):
    """A page that looked as if it were not there, because it is not or because it is not hers: which, we do not say."""

    address: str
    search: str


ABOUT_SOMETHING = ("/api/", "/export/", "/act/", "/live")
"""Where what is not hers answers as if it were not there. Whoever tries is written down either way: the time that takes
would tell the two apart."""


def deed_of(asked: Asking, status: int, withheld: Withheld | None = None) -> Deed | None:
    came = {"from": asked.client[:64]}
    if asked.path.startswith("/export/") and status < 300:
        return Deed("export", nameless(asked.path)[:120], came | _asked(asked.query))
    if withheld is not None:
        return Deed(
            "refused",
            nameless(withheld.address)[:120],
            came | {"method": "GET", "why": "404"} | _asked(withheld.search),
        )
    said = came | {"method": asked.method[:8]}
    if status == 403:
        return Deed("refused", nameless(asked.path)[:120], said)
    if status == 404 and asked.path.startswith(ABOUT_SOMETHING):
        return Deed("refused", nameless(asked.path)[:120], said | {"why": "404"} | _asked(asked.query))
    return None


def _asked(query: str) -> dict[str, str]:
    return {"asked": query[:200]} if query else {}


def nameless(path: str) -> str:
    """Without the token of a person, which must be able to go for good: from deeds and logs nothing is ever erased.

    And without what no database keeps in a text: an address may hold any bytes.
    """
    kept = "".join(letter if letter.isprintable() else "\ufffd" for letter in path)
    return re.sub(r"^(/act/persons/[^/]*/)[^/]*", r"\1…", kept)


def note_deed(engine: Engine, viewer: Viewer, deed: Deed, real_now: Instant) -> None:
    """A file does not leave when this raises; a refusal is answered also while the database is busy."""
    try:
        with transaction(engine) as connection:
            audit(connection, real_now, viewer.name, viewer.role, deed.what, deed.subject, deed.said)
    except Exception as error:
        if not (deed.is_refusal and is_transient(error)):
            raise
        log.warning("a refusal is not among the deeds: the database was busy", extra={"path": deed.subject})
