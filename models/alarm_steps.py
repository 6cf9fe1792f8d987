"""The steps of an alarm as they are written: raised, cleared, moved by a person, called up the line.

Every step is a conditional update and one row of `transition`, in the caller's transaction: of two who do the same at once
one writes, and the other is told that she did not.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from models.alarm import Alarm, Transition, grade_of, type_of
from models.alarm_life import MOVES, SETTLED, Move, State, cause_of, step_of
from models.base import Instant
from models.deadlines import Deadlines
from models.escalation import due_of
from models.incident import Account, written

SITE = "site"
"""The author of what came over the wire."""
PLATFORM = ""


@dataclass(frozen=True)
class Place:
    """A site, a whole street, or, with neither, ourselves."""

    site_id: int | None = None
    street: str | None = None

    @property
    def name(self) -> str:
        if self.site_id is not None:
            return f"site:{self.site_id}"
        return f"street:{self.street}" if self.street is not None else "own"


@dataclass(frozen=True)
class Cause:
    """What is raised; `since` is when it began, where that is known better than *now*."""

    place: Place
    type: str
    subject: str = ""
    since: Instant = 0
    grade: int | None = None
    numbers: tuple[int, ...] = ()
    area: str | None = None

    @property
    def key(self) -> str:
        return cause_of(self.place.name, self.type, self.subject)


def raise_alarm(
    connection: Connection,
    cause: Cause,
    now: Instant,
    deadlines: Deadlines,
    *,
    late: bool = False,
    parent: int | None = None,
) -> int | None:
    """The number of the new row; None when its cause was there already. A member of a `parent` calls nobody."""
    calls = not late and parent is None
    row = {
        "site_id": cause.place.site_id, "street": cause.place.street, "ref": None, "cause": cause.key,
        "type": cause.type, "subject": cause.subject, "grade": cause.grade or grade_of(cause.type), "area": cause.area,
        "numbers": json.dumps(cause.numbers), "holds": 1, "open": 1, "late": int(late), "times": 1,
        "parent_id": parent, "raised_at": cause.since or now, "received_at": now, "opened_at": now,
        "state": State.RAISED, "level": 0,
        "due_at": due_of(cause.type, State.RAISED, 0, now, deadlines) if calls else None,
    }  # fmt: skip
    made = sqlite.insert(Alarm) if connection.dialect.name == "sqlite" else postgresql.insert(Alarm)
    once = made.values(**row).on_conflict_do_nothing(index_elements=["cause"], index_where=text("holds = 1"))
    found = connection.execute(once.returning(Alarm.id)).first()
    if found is None:
        return None
    note(connection, found.id, now, State.RAISED, State.RAISED, tell=calls)
    return int(found.id)


def reopen_alarm(
    connection: Connection,
    cause: Cause,
    now: Instant,
    within: Instant,
    deadlines: Deadlines,
    *,
    parent: int | None = None,
) -> int | None:
    """Let the alarm that this cause had a moment ago go on and count once more; None when there is none.

    Whoever has seen it has seen it: what comes and goes must not ring each time. A member of a `parent` calls nobody; one
    that stood behind another alarm and now stands alone has called nobody yet.
    """
    other = aliased(Alarm)
    found = connection.execute(
        select(Alarm.id, Alarm.acknowledged_at, Alarm.state, Alarm.parent_id)
        .where(Alarm.cause == cause.key, Alarm.holds == 0, Alarm.ref.is_(None), Alarm.cleared_at > now - within)
        .where(~exists().where(other.cause == cause.key, other.holds == 1))
        .order_by(Alarm.id.desc())
        .limit(1)
    ).first()
    if found is None or found.state == State.FALSE:
        return None
    state = State.ACKNOWLEDGED if found.acknowledged_at is not None else State.RAISED
    due_at = due_of(cause.type, state, 0, now, deadlines) if parent is None else None
    connection.execute(
        update(Alarm)
        .where(Alarm.id == found.id, Alarm.holds == 0)
        .values(
            holds=1, open=1, times=Alarm.times + 1, cleared_at=None, settled_at=None, state=state, level=0,
            numbers=json.dumps(cause.numbers), due_at=due_at, parent_id=parent,
        )
    )  # fmt: skip
    note(connection, found.id, now, "reopened", state, tell=parent is None and found.parent_id is not None)
    return int(found.id)


def clear_alarm(connection: Connection, alarm: int, now: Instant) -> bool:
    """The cause is gone. What closes by itself is closed, unless people are at it and will say what was done."""
    found = connection.execute(select(Alarm.type, Alarm.state).where(Alarm.id == alarm, Alarm.holds == 1)).first()
    if found is None:
        return False
    state = cleared_state(found.type, found.state, late=False)
    settled = {"settled_at": now} if state in SETTLED else {}
    connection.execute(
        update(Alarm)
        .where(Alarm.id == alarm, Alarm.holds == 1)
        .values(holds=0, open=0, cleared_at=now, due_at=None, state=state, **settled)
    )
    note(connection, alarm, now, "cleared", state)
    return True


def cleared_state(type_: str, state: str, late: bool) -> str:
    """What an alarm is once its cause is gone."""
    if state in SETTLED or state == State.RESOLVED:
        return state
    return State.CLOSED if late or type_of(type_).closes_itself else state


def worsen_alarm(connection: Connection, alarm: int, grade: int, now: Instant) -> bool:
    """A graver grade of the same cause: who has seen the milder one is called again."""
    done = connection.execute(
        update(Alarm)
        .where(Alarm.id == alarm, Alarm.holds == 1, Alarm.grade > grade)
        .values(grade=grade)
        .returning(Alarm.state, Alarm.parent_id, Alarm.late)
    ).first()
    if done is None:
        return False
    note(connection, alarm, now, "worsened", done.state, tell=done.parent_id is None and not done.late)
    return True


def join_alarm(connection: Connection, alarm: int, parent: int, now: Instant) -> None:
    """Another alarm speaks for this one from here on."""
    joined = connection.execute(
        update(Alarm)
        .where(Alarm.id == alarm, Alarm.parent_id.is_(None), Alarm.id != parent)
        .values(parent_id=parent, due_at=None)
        .returning(Alarm.state)
    ).first()
    if joined is not None:
        note(connection, alarm, now, "merged", joined.state)


@dataclass(frozen=True)
class Asked:
    """What a person wants to do."""

    move: Move
    author: str
    code: str | None = None
    post: str | None = None
    account: Account | None = None
    """Of an incident that is closed."""


def move_alarm(
    connection: Connection, alarm: int, asked: Asked, now: Instant, real_now: Instant, deadlines: Deadlines
) -> str | None:
    """The state afterwards; None when the move is not legal from the state in which the alarm is by now."""
    rule = MOVES[asked.move]
    found = connection.execute(
        select(Alarm.type, Alarm.state, Alarm.level, Alarm.acknowledged_at).where(Alarm.id == alarm)
    ).one()
    if found.state not in rule.before:
        return None
    state = rule.after or State(found.state)
    if rule.after is not None:
        done = connection.execute(
            update(Alarm)
            .where(Alarm.id == alarm, Alarm.state == found.state)
            .values(**_moved(found, state, asked, now, deadlines))
        )
        if done.rowcount != 1:
            return None
    note(
        connection, alarm, now, step_of(asked.move), state, author=asked.author, real_at=real_now, code=asked.code,
        post=asked.post, account=asked.account, level=found.level, tell=asked.move is Move.REOPEN,
    )  # fmt: skip
    return str(state)


def _moved(before: Any, state: State, asked: Asked, now: Instant, deadlines: Deadlines) -> dict[str, Any]:
    if asked.move is Move.REOPEN:
        due = due_of(before.type, state, 0, now, deadlines)
        return {"state": state, "open": 1, "level": 0, "opened_at": now, "settled_at": None, "acknowledged_at": None,
                "due_at": due}  # fmt: skip
    seen = {"acknowledged_at": before.acknowledged_at or now}
    if state in SETTLED:
        return {"state": state, "open": 0, "settled_at": now, "due_at": None} | seen
    if state == State.RESOLVED:
        return {"state": state, "open": 0, "due_at": None} | seen
    moved = {"state": state, "due_at": due_of(before.type, state, before.level, now, deadlines)} | seen
    return moved | ({"post": asked.post} if asked.post else {})


def note(
    connection: Connection,
    alarm: int,
    now: Instant,
    step: str,
    state: str,
    *,
    author: str = PLATFORM,
    real_at: Instant | None = None,
    code: str | None = None,
    post: str | None = None,
    account: Account | None = None,
    level: int = 0,
    tell: bool = False,
) -> None:
    """Add to the history; with `tell` it also waits to be told."""
    row = {"alarm_id": alarm, "at": now, "real_at": real_at, "step": str(step), "state": str(state), "author": author,
           "code": code, "post": post, "account": written(account) if account else None, "level": level,
           "tell": int(tell)}  # fmt: skip
    connection.execute(insert(Transition).values(**row))


def numbers_of(kept: str) -> tuple[int, ...]:
    return tuple(json.loads(kept))


def holding(connection: Connection, sites: Sequence[int]) -> dict[int, dict[tuple[str, str], Any]]:
    """What rules have raised and what is still there: by site, then by (code, subject)."""
    found = connection.execute(
        select(
            Alarm.id,
            Alarm.site_id,
            Alarm.type,
            Alarm.subject,
            Alarm.grade,
            Alarm.raised_at,
            Alarm.numbers,
            Alarm.parent_id,
        ).where(Alarm.holds == 1, Alarm.ref.is_(None), Alarm.site_id.in_(sites))
    )
    out: dict[int, dict[tuple[str, str], Any]] = {}
    for row in found:
        out.setdefault(row.site_id, {})[row.type, row.subject] = row
    return out
