"""Why a number is what it is: the base it starts from, what came and went since, and the same from the raw events."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from dashboard.rows import Ledger, LedgerLine
from models.audit import AuditEntry
from models.base import Instant
from models.event import KIND_NAME, SLOT_US, Event, sender_id
from models.occupancy import COUNTING, Basis, HeadCount, Slot, Step, bases_of, presence, step_of, stored, track_of
from models.place import Area, Site

METHODS = ("sensor", "staff", "reset")
CORRECTIONS_SHOWN = 4

Said = tuple[str, str]
"""Who corrected, by role, and why."""


def ledgers(connection: Connection, site_id: int, count_by: str, day_start: Instant) -> tuple[Ledger, ...]:
    """One for each area that has a number."""
    areas = connection.execute(
        select(Area.id, Area.code, Area.count_by, Site.code.label("site"))
        .join(Site, Site.id == Area.site_id)
        .where(Area.site_id == site_id)
        .order_by(Area.id)
    )
    made = [_ledger(connection, row, row.count_by or count_by, day_start) for row in areas.all()]
    return tuple(one for one in made if one is not None)


def _ledger(connection: Connection, area: Any, count_by: str, day_start: Instant) -> Ledger | None:
    area_id = area.id
    heads = {
        row.track: row
        for row in connection.execute(
            select(HeadCount).where(HeadCount.track.in_([track_of(area_id, basis) for basis in Basis]))
        )
    }
    counter, persons = heads.get(track_of(area_id, Basis.COUNTER)), heads.get(track_of(area_id, Basis.PERSONS))
    basis = presence(
        (counter.signed, bool(counter.own)) if counter else None,
        (persons.signed, bool(persons.own)) if persons else None,
        count_by,
    ).basis
    head = heads.get(track_of(area_id, basis))
    if head is None:
        return None
    start, opening = _opening(connection, track_of(area_id, basis), day_start)
    steps = _steps(connection, area_id, basis, start)
    by_hand = any(method == "staff" for _, method in steps)
    said = _said(connection, f"{area.site}/{area.code}") if by_hand else {}
    lines, total = _lines(steps, opening, start, said)
    gaps = [line.number for line in lines if line.what == "correction" and line.method == "staff"]
    shown = (*_shortened(lines), LedgerLine(None, "total", None, total))
    return Ledger(area.code, shown, head.signed, total, len(gaps), sum(gaps), sum(map(abs, gaps)))


def _said(connection: Connection, subject: str) -> dict[bytes, Said]:
    """By the event's id: the last corrections that were made on a page; a site's own counts by hand are not among them."""
    found = connection.execute(
        select(AuditEntry.role, AuditEntry.said)
        .where(AuditEntry.subject == subject, AuditEntry.what == "count.correct")
        .order_by(AuditEntry.id.desc())
        .limit(CORRECTIONS_SHOWN)
    )
    told = [(row.role, json.loads(row.said)) for row in found]
    return {said["event"].encode(): (role, said["reason"]) for role, said in told}


def _opening(connection: Connection, track: int, day_start: Instant) -> tuple[Instant, int]:
    """The value that the day begins with, by the slots; the rest is told from raw events."""
    row = connection.execute(
        select(Slot).where(Slot.track == track, Slot.slot < day_start // SLOT_US).order_by(Slot.slot.desc()).limit(1)
    ).first()
    return day_start, stored(row).closing if row else 0


def _steps(connection: Connection, area_id: int, basis: Basis, start: Instant) -> list[tuple[Step, str]]:
    found = connection.execute(
        select(Event.kind, Event.at, Event.seq, Event.form, Event.key, Event.id, Event.a, Event.b).where(
            Event.slot >= start // SLOT_US, Event.area_id == area_id, Event.kind.in_(COUNTING)
        )
    )
    steps = [(_step(row), _method(row)) for row in found if basis in bases_of(row.kind, row.b)]
    return sorted(steps, key=lambda pair: pair[0])


def _step(row: Any) -> Step:
    return step_of(row.kind, row.at, row.seq, sender_id(row.form, row.key, row.id).encode(), row.a, row.b)


def _method(row: Any) -> str:
    return METHODS[row.b] if KIND_NAME[row.kind] == "occupancy.count" else ""


def _lines(
    steps: Sequence[tuple[Step, str]], opening: int, start: Instant, said: Mapping[bytes, Said]
) -> tuple[list[LedgerLine], int]:
    """The opening, then each absolute count as a correction of what was believed, with what came and went between."""
    lines = [LedgerLine(start, "opening", None, opening)]
    value, came, went = opening, 0, 0
    for step, method in steps:
        if step.absolute is None:
            came, went = came + step.came, went + step.went
            value += step.came - step.went
            continue
        lines += _passed(came, went)
        lines.append(LedgerLine(step.at, "correction", method, step.absolute - value, *said.get(step.id, ())))
        value, came, went = step.absolute, 0, 0
    lines += _passed(came, went)
    return lines, value


def _passed(came: int, went: int) -> list[LedgerLine]:
    made = [LedgerLine(None, "came", None, came)] if came else []
    return [*made, LedgerLine(None, "went", None, -went)] if went else made


def _shortened(lines: list[LedgerLine]) -> list[LedgerLine]:
    """Many absolute counts make a long story: from the last few on, with what was before in one base line."""
    corrections = [index for index, line in enumerate(lines) if line.what == "correction"]
    if len(corrections) <= CORRECTIONS_SHOWN:
        return lines
    first = corrections[-CORRECTIONS_SHOWN]
    base = sum(line.number for line in lines[: first + 1])
    return [LedgerLine(lines[first].at, "base", lines[first].method, base), *lines[first + 1 :]]
