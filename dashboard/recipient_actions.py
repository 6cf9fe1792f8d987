"""Staff say who is told of alarms, end it, and ask for a test message: in their scope, audited, without addresses."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from contract import is_site
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.queries.places import places
from dashboard.queries.recipients import hers
from models.audit import audit
from models.base import SECOND, Instant
from models.database import read_only, transaction
from models.escalation import HIGHEST, LEVELS
from models.place import Street
from models.recipient import CHANNEL_NAMES, WHOLE_DISTRICT, Recipient, is_address

MOST_OF_A_PLACE = 20
"""Recipients of one level and place: each step is told to all of them."""
_TEST_EVERY: Instant = 15 * SECOND
_TESTING = ("waiting", "sending")


@dataclass(frozen=True, slots=True)
class Named:
    level: int
    scope: str
    channel: str
    address: str


def may_change(viewer: Viewer, level: int) -> bool:
    """Whom the district's duty hears is said by those who answer for the whole district."""
    return viewer.may("recipient.manage") and (not viewer.scope or level < HIGHEST)


def add_recipient(engine: Engine, viewer: Viewer, said: Named, now: Instant, real_now: Instant) -> int:
    """Its number.

    Raises ActionRefused: `403` for a role that may not, or a level that is not hers, `404` for a place that is not there or
    not hers, `code`, `address` for one that is none, `same` when it is told already, `count` when there are too many.
    """
    if said.channel not in CHANNEL_NAMES or not 0 <= said.level < len(LEVELS):
        raise ActionRefused("code")
    if not is_address(said.channel, said.address):
        raise ActionRefused("address")
    if not may_change(viewer, said.level):
        raise ActionRefused("403")
    with transaction(engine) as connection:
        _check_place(connection, viewer, said.scope, now)
        _check_room(connection, said)
        row = {"level": said.level, "scope": said.scope, "channel": said.channel, "address": said.address,
               "made_by": viewer.name, "made_at": real_now, "test_state": "", "test_detail": ""}  # fmt: skip
        number = int(connection.execute(insert(Recipient).values(**row).returning(Recipient.id)).scalar_one())
        _note(connection, viewer, "recipient.add", number, said, real_now)
    return number


def end_recipient(engine: Engine, viewer: Viewer, number: int, real_now: Instant) -> None:
    """Raises ActionRefused `404` for one that has ended, is not there or not hers, and `403`."""
    with transaction(engine) as connection:
        found = _found(connection, viewer, number)
        connection.execute(update(Recipient).where(Recipient.id == number).values(ended_at=real_now))
        _note(connection, viewer, "recipient.end", number, found, real_now)


def ask_for_test(engine: Engine, viewer: Viewer, number: int, real_now: Instant) -> None:
    """The clock process sends it. Raises ActionRefused `404`, `403`, and `often` right after another."""
    with transaction(engine) as connection:
        found = _found(connection, viewer, number)
        if found.test_at is not None and found.test_at > real_now - _TEST_EVERY:
            raise ActionRefused("often")
        asked = {"test_state": "waiting", "test_at": real_now, "test_detail": ""}
        connection.execute(update(Recipient).where(Recipient.id == number).values(**asked))
        _note(connection, viewer, "recipient.test", number, found, real_now)


def answer_of_test(engine: Engine, number: int) -> tuple[str, str] | None:
    """State and what was answered; None while nothing was."""
    wanted = select(Recipient.test_state, Recipient.test_detail).where(Recipient.id == number)
    with read_only(engine) as connection:
        found = connection.execute(wanted.where(Recipient.test_state.not_in(_TESTING))).first()
    return None if found is None else (found.test_state, found.test_detail)


def _found(connection: Connection, viewer: Viewer, number: int) -> Any:
    if not viewer.may("recipient.manage"):
        raise ActionRefused("403")
    wanted = select(Recipient).where(Recipient.id == number, Recipient.ended_at.is_(None), hers(viewer))
    found = connection.execute(wanted).first()
    if found is None:
        raise ActionRefused("404")
    if not may_change(viewer, found.level):
        raise ActionRefused("403")
    return found


def _check_place(connection: Connection, viewer: Viewer, scope: str, now: Instant) -> None:
    kind, _, code = scope.partition(":")
    if kind == "site":
        known = is_site(code) and bool(places(connection, viewer, now, code))
    elif kind == "street":
        is_hers = viewer.scope in ("", scope)
        known = is_hers and connection.execute(select(Street.code).where(Street.code == code)).first() is not None
    else:
        known = scope == WHOLE_DISTRICT and not viewer.scope
    if not known:
        raise ActionRefused("404")


def _check_room(connection: Connection, said: Named) -> None:
    live = (Recipient.ended_at.is_(None), Recipient.level == said.level, Recipient.scope == said.scope)
    the_same = (Recipient.channel == said.channel, Recipient.address == said.address)
    if connection.execute(select(Recipient.id).where(*live, *the_same)).first():
        raise ActionRefused("same")
    if connection.execute(select(func.count()).where(*live)).scalar_one() >= MOST_OF_A_PLACE:
        raise ActionRefused("count")


def _note(connection: Connection, viewer: Viewer, what: str, number: int, said: Any, real_now: Instant) -> None:
    """The address stays in the recipient's own row, which is never deleted."""
    told = {"level": said.level, "scope": said.scope, "channel": said.channel}
    audit(connection, real_now, viewer.name, viewer.role, what, f"recipient/{number}", told)
