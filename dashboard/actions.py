"""What a person may do: with an alarm, with what was refused, with a device that nobody knows.

Each is a legal move, in her scope and role, written with her name and the real time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select

from contract import AREA, is_site
from dashboard.access import Viewer
from dashboard.queries.desk import may_see
from dashboard.queries.places import places
from dashboard.queries.streams import rejected_row
from dashboard.vendor_tables import checked
from models.alarm import Alarm, Transition
from models.alarm_life import POSTS, Move, is_code_good
from models.alarm_steps import Asked, move_alarm
from models.audit import audit
from models.base import MINUTE, Instant
from models.binding import bind
from models.database import transaction
from models.deadlines import Deadlines
from models.inbox import Inbox
from models.incident import INCIDENTS
from models.place import Site

DEVICE_GRADE = 4


class ActionRefused(Exception):
    """Nothing was done; the message is a key of `refused.`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`done` False: somebody was first; `by`, `at` and `state` say who, when, and what the alarm is now."""

    done: bool
    state: str
    by: str
    at: Instant


def act(
    engine: Engine, viewer: Viewer, alarm: int, asked: Asked, now: Instant, real_now: Instant, deadlines: Deadlines
) -> Outcome:
    """Do it, or say who did something first.

    Raises ActionRefused: `404` for an alarm that is not there or not hers, `403` for a role that may not, `code` for a code
    or post that its catalogue does not have, `account` for an incident that is closed without what must be said of it.
    """
    if not is_code_good(asked.move, asked.code) or (asked.move is Move.ASSIGN) != (asked.post in POSTS):
        raise ActionRefused("code")
    with transaction(engine) as connection:
        _check(connection, viewer, alarm, asked, now)
        state = move_alarm(connection, alarm, asked, now, real_now, deadlines)
        if state is not None:
            chosen = {name: said for name, said in (("code", asked.code), ("post", asked.post)) if said}
            audit(connection, real_now, viewer.name, viewer.role, f"alarm.{asked.move}", f"alarm/{alarm}", chosen)
            return Outcome(True, state, viewer.name, now)
        return _who_was_first(connection, alarm)


def _check(connection: Connection, viewer: Viewer, alarm: int, asked: Asked, now: Instant) -> None:
    found = connection.execute(
        select(Alarm.site_id, Alarm.street, Alarm.grade, Alarm.type, Alarm.raised_at, Alarm.opened_at)
        .outerjoin(Site, Site.id == Alarm.site_id)
        .where(Alarm.id == alarm, may_see(viewer))
    ).first()
    if found is None:
        raise ActionRefused("404")
    ours = found.site_id is None and found.street is None
    if not may_move(viewer, asked.move, found.grade, ours):
        raise ActionRefused("403")
    wanted, account = asked.move is Move.CLOSE and found.type in INCIDENTS, asked.account
    began = min(found.opened_at, found.raised_at or found.opened_at) // MINUTE * MINUTE
    if wanted != (account is not None) or (account and not account.is_good(began, now)):
        raise ActionRefused("account")


def may_move(viewer: Viewer, move: Move, grade: int, ours: bool) -> bool:
    """Whether her role does this with an alarm that she sees; `ours`: it is about the platform itself."""
    if viewer.may("alarm.mend"):
        return ours or grade == DEVICE_GRADE
    return viewer.may("alarm.review" if move in (Move.CLOSE, Move.REOPEN) else "alarm.act")


def _who_was_first(connection: Connection, alarm: int) -> Outcome:
    """Remarks change nothing, so they were not first."""
    last = connection.execute(
        select(Transition.author, Transition.at, Alarm.state)
        .join(Alarm, Alarm.id == Transition.alarm_id)
        .where(Transition.alarm_id == alarm, Transition.step != "commented")
        .order_by(Transition.id.desc())
        .limit(1)
    ).one()
    return Outcome(False, last.state, last.author, last.at)


# -- what was refused, and who is not known -----------------------------------------------------------------------------


def replay_rejected(engine: Engine, viewer: Viewer, number: int, now: Instant, real_now: Instant) -> int:
    """Put a rejected row before the worker again; returns the inbox row that will hold the outcome.

    Raises ActionRefused: `403` for a role that may not, `404` for a row that is not there or not hers, `409` for bytes that
    are not whole or name a person.
    """
    if not viewer.may("rejected.replay"):
        raise ActionRefused("403")
    with transaction(engine) as connection:
        row = rejected_row(connection, viewer, number)
        if row is None:
            raise ActionRefused("404")
        if not row.replayable or row.reason == "personal_data":
            raise ActionRefused("409")
        waits = connection.execute(
            select(Inbox.id).where(Inbox.rejected_id == number, Inbox.done_at.is_(None)).limit(1)
        ).scalar()
        if waits is not None:
            return int(waits)  # pressed twice
        audit(connection, real_now, viewer.name, viewer.role, "rejected.replay", str(number), {"reason": row.reason})
        put = {"put_at": now, "source": "replay", "author": viewer.name, "site": row.site, "topic": row.topic}
        wanted = insert(Inbox).values(**put, payload=row.bytes, rejected_id=row.id).returning(Inbox.id)
        return int(connection.execute(wanted).scalar_one())


def bind_device(
    engine: Engine,
    viewer: Viewer,
    site: str,
    device: str,
    table: str,
    params: Mapping[str, str],
    area: str | None,
    now: Instant,
    real_now: Instant,
) -> int:
    """Bind a device to a vendor table from its first message on; returns how many quarantined messages are replayed.

    Raises ActionRefused (`403`, `404`, `code`), and ChoiceRefused for a table or parameter that cannot be.
    """
    if not viewer.may("device.bind"):
        raise ActionRefused("403")
    if not is_site(device) or (area is not None and not re.fullmatch(AREA, area)):
        raise ActionRefused("code")
    checked(table, params)
    with transaction(engine) as connection:
        found = places(connection, viewer, now, site) if is_site(site) else []
        if not found:
            raise ActionRefused("404")
        chosen = {"table": table, "params": dict(params), "area": area}
        audit(connection, real_now, viewer.name, viewer.role, "device.bind", f"{site}/{device}", chosen)
        return bind(connection, found[0].id, device, table, params, area, None, now, viewer.name)
