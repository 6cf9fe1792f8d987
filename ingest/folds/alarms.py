"""Alarms that sites raise and clear: there while the last raise is later than the last clear.

What people have done about an alarm stands in the same row and is touched only when its cause comes or goes.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingest.folds import Fresh
from ingest.store import Store
from models.alarm import grade_of, type_of
from models.alarm_life import SETTLED, UNSEEN, State, cause_of
from models.alarm_steps import SITE, cleared_state
from models.base import MINUTE, Instant
from models.bed import Key, later
from models.deadlines import Deadlines
from models.escalation import due_of

_HELD = (
    "select type, area, person, late, raised_key, cleared_key, received_at, holds, open, times, opened_at, state, level,"
    " due_at, acknowledged_at, settled_at from alarm where site_id = ? and ref = ?"
)
_SAVE = (
    "insert into alarm (site_id, ref, cause, type, subject, grade, numbers, area, person, late, raised_key, cleared_key,"
    " received_at, holds, open, times, opened_at, state, level, due_at, acknowledged_at, settled_at, raised_at, cleared_at)"
    " values (?, ?, ?, ?, '', ?, '[]', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " on conflict (site_id, ref) do update set type = excluded.type, grade = excluded.grade, area = excluded.area,"
    " person = excluded.person, late = excluded.late, raised_key = excluded.raised_key,"
    " cleared_key = excluded.cleared_key, received_at = excluded.received_at, holds = excluded.holds,"
    " open = excluded.open, times = excluded.times, opened_at = excluded.opened_at, state = excluded.state,"
    " level = excluded.level, due_at = excluded.due_at, acknowledged_at = excluded.acknowledged_at,"
    " settled_at = excluded.settled_at, raised_at = excluded.raised_at, cleared_at = excluded.cleared_at returning id"
)
_NOTE = "insert into transition (alarm_id, at, step, state, author, level, tell) values (?, ?, ?, ?, ?, 0, ?)"


@dataclass(frozen=True, slots=True)
class _Line:
    """The columns that the fold reads and writes."""

    type: str
    area: str | None = None
    person: str | None = None
    late: int = 0
    raised: Key | None = None
    cleared: Key | None = None
    received_at: Instant = 0
    holds: int = 0
    open: int = 0
    times: int = 0
    opened_at: Instant = 0
    state: str = State.RAISED
    level: int = 0
    due_at: Instant | None = None
    acknowledged_at: Instant | None = None
    settled_at: Instant | None = None


def fold_alarms(
    store: Store,
    fresh: Iterable[Fresh],
    page_within_min: int,
    reopen_within_min: int,
    now: Instant,
    deadlines: Deadlines,
) -> set[tuple[int, Instant, Instant]]:
    """An alarm that is too old when it is kept opens as late, however long it lay unread.

    Returns by site when an event happened, and when the alarm was raised that it says something of, before it and since.
    """
    raised = set[tuple[int, Instant, Instant]]()
    heard: dict[tuple[int, str], list[Fresh]] = defaultdict(list)
    for new in fresh:
        if new.kind in ("alarm.raised", "alarm.cleared"):
            heard[new.row.site_id, new.event.alarm].append(new)
    rows: list[tuple[object, ...]] = []
    steps: list[tuple[int, str, _Line, bool]] = []
    alarms = sorted(heard)
    for place, (alarm, found) in enumerate(zip(alarms, store.each(_HELD, alarms), strict=True)):
        news = sorted(heard[alarm], key=lambda new: new.order)
        line = _held(found, news[0])
        for new in news:
            before, line = line, _folded(line, new, now - page_within_min * MINUTE)
            goes_on = _goes_on(before, line, reopen_within_min * MINUTE)
            line = _lived(before, line, goes_on, now, deadlines)
            raised |= {(alarm[0], new.row.at, one.raised[0]) for one in (before, line) if one.raised}
            step = _step(before, line)
            steps += [(place, step, line, not goes_on)] if step else []
        rows.append(_columns(alarm, news[0].event.type, line))
    kept = store.each(_SAVE, rows)
    if steps:
        store.write(_NOTE, [_note(kept[place][0][0], step, line, calls, now) for place, step, line, calls in steps])
    return raised


def _held(found: Sequence[Sequence[Any]], first: Fresh) -> _Line:
    if not found:
        return _Line(first.event.type, opened_at=first.received_at)
    type_, area, person, late, raised, cleared, *rest = found[0]
    return _Line(type_, area, person, late, _key(raised), _key(cleared), *rest)


def _folded(line: _Line, new: Fresh, page_since: Instant) -> _Line:
    """What the site says: the same in every order of its events."""
    if new.kind == "alarm.raised":
        if line.raised is None or later(new.order, line.raised):
            said = new.event
            line = replace(
                line, raised=new.order, type=said.type, area=said.area, person=said.person,
                late=int(new.row.at < page_since), received_at=new.received_at,
            )  # fmt: skip
    elif line.cleared is None or later(new.order, line.cleared):
        line = replace(line, cleared=new.order, type=new.event.type if line.raised is None else line.type)
    holds = line.raised is not None and (line.cleared is None or later(line.raised, line.cleared))
    return replace(line, holds=int(holds), received_at=line.received_at or new.received_at)


def _goes_on(before: _Line, line: _Line, within: Instant) -> bool:
    """What ends by itself and comes back soon goes on and is counted; it does not call each time. A second press does."""
    if not line.holds or before.holds or not before.times or before.late or before.state == State.FALSE:
        return False
    raised, cleared = line.raised, before.cleared
    return type_of(line.type).closes_itself and bool(raised and cleared and raised[0] - cleared[0] <= within)


def _lived(before: _Line, line: _Line, goes_on: bool, now: Instant, deadlines: Deadlines) -> _Line:
    """What that does to the life that people see."""
    if goes_on:
        state = State.RAISED if before.acknowledged_at is None else State.ACKNOWLEDGED
        due = None if line.late else due_of(line.type, state, 0, now, deadlines)
        return replace(line, open=1, times=line.times + 1, state=state, level=0, due_at=due, settled_at=None)
    if line.holds and not before.holds:
        due = None if line.late else due_of(line.type, State.RAISED, 0, now, deadlines)
        return replace(
            line, open=1, times=line.times + 1, opened_at=now, state=State.RAISED, level=0, due_at=due,
            acknowledged_at=None, settled_at=None,
        )  # fmt: skip
    if not line.holds and (before.holds or before.raised is None):
        return _gone(before, line, now, deadlines)
    return line


def _gone(before: _Line, line: _Line, now: Instant, deadlines: Deadlines) -> _Line:
    """Cleared, whether the raise was seen before it, comes after it, or is still on its way.

    Many a button takes its call back by itself, so whoever must see it is called until somebody has.
    """
    state = State.RAISED if before.raised is None else before.state
    state = State(cleared_state(line.type, state, late=bool(line.late) or line.raised is None))
    settled_at = (before.settled_at or now) if state in SETTLED else None
    due = before.due_at if before.holds else due_of(line.type, state, line.level, now, deadlines)
    return replace(line, open=0, times=max(line.times, int(line.raised is not None)), due_at=due if state in UNSEEN else None,
                   state=state, settled_at=settled_at)  # fmt: skip


def _step(before: _Line, after: _Line) -> str | None:
    if before.holds == after.holds:
        return None
    return "cleared" if before.holds else "raised" if after.times == 1 else "reopened"


def _note(id_: int, step: str, line: _Line, calls: bool, now: Instant) -> tuple[object, ...]:
    return id_, now, step, line.state, SITE, int(step != "cleared" and calls and not line.late)


def _columns(alarm: tuple[int, str], first_type: str, line: _Line) -> tuple[object, ...]:
    """`first_type`: of the first event that was heard of it, by which its cause is named for good."""
    site_id, ref = alarm
    return (
        site_id, ref, cause_of(f"site:{site_id}", first_type, ref), line.type, grade_of(line.type), line.area, line.person,
        line.late, json.dumps(line.raised) if line.raised else None, json.dumps(line.cleared) if line.cleared else None,
        line.received_at, line.holds, line.open, line.times, line.opened_at, str(line.state), line.level, line.due_at,
        line.acknowledged_at, line.settled_at, line.raised[0] if line.raised else None,
        line.cleared[0] if line.cleared else None,
    )  # fmt: skip


def _key(text: str | None) -> Key | None:
    if text is None:
        return None
    at, seq, id_ = json.loads(text)
    return at, seq, id_
