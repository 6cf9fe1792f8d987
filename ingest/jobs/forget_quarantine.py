"""Once a day: the bytes of unknown sites and devices go when nobody registered them in time; what was refused for other
reasons goes with the raw events of its age. How many went stays in the ledger.
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, exists, func, select

from contract import QUARANTINE
from ingest.jobs.bites import forget
from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.base import HOUR, Instant
from models.database import read_only, transaction
from models.event import Rejected
from models.inbox import Inbox

JOB = "forget_quarantine"
BITE = 1000
"""Rows looked at before the writers' lock is given back: a few milliseconds."""

_REASONS = [str(reason) for reason in QUARANTINE]
_OTHERS = Rejected.reason.not_in(_REASONS)
_COPIES = ("replay", "register")
_BODIES = ("http",)
"""A staff's deed stays: a correction names its row."""


class _Class(NamedTuple):
    """Which rows, and the names under which they and their bytes are counted."""

    which: ColumnElement[bool]
    rows: str
    octets: str


def forget_quarantine(occasion: Occasion) -> Counts:
    """Counts `rows`, `bytes` of quarantine, `refused`, `refused_bytes` of other reasons, `copies`: answered inbox rows."""
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    kept = occasion.cfg.ingest
    before, long_before = (occasion.now - days * 24 * HOUR for days in (kept.keep_quarantine_days, kept.keep_raw_days))
    counts = {"rows": 0, "bytes": 0, "refused": 0, "refused_bytes": 0, "copies": 0}
    _forget_rejected(occasion, before, _Class(Rejected.reason.in_(_REASONS), "rows", "bytes"), counts)
    _forget_rejected(occasion, long_before, _Class(_OTHERS, "refused", "refused_bytes"), counts)
    # What registration and replays copied into the inbox, or others put there, once answered.
    for sources, until in ((_COPIES, before), (_BODIES, long_before)):
        answered = and_(Inbox.done_at < until, Inbox.source.in_(sources))
        counts["copies"] += forget(occasion, Inbox, answered, BITE)
    return counts


def _forget_rejected(occasion: Occasion, before: Instant, class_: _Class, counts: Counts) -> None:
    """Walk the rows in the order in which they came."""
    after = 0
    while not occasion.is_stopping():
        last = _end_of_bite(occasion.engine, after, before)
        if last is None:
            return
        _forget_bite(
            occasion, class_, (Rejected.id > after) & (Rejected.id <= last) & (Rejected.last_at < before), counts
        )
        after = last


def _end_of_bite(engine: Engine, after: int, before: Instant) -> int | None:
    """The last number of the next bite; None when the rest is younger."""
    with read_only(engine) as connection:
        rows = connection.execute(
            select(Rejected.id, Rejected.received_at).where(Rejected.id > after).order_by(Rejected.id).limit(BITE)
        ).all()
    return rows[-1].id if rows and rows[0].received_at < before else None


def _forget_bite(occasion: Occasion, class_: _Class, bite: ColumnElement[bool], counts: Counts) -> None:
    # A row whose replay still waits in the inbox is answered there; without it a second refusal would be lost.
    due = bite & class_.which & ~exists().where(Inbox.rejected_id == Rejected.id, Inbox.done_at.is_(None))
    with read_only(occasion.engine) as connection:
        if not _counted(connection, due)[0]:
            return
    with transaction(occasion.engine) as connection:
        rows, octets = _counted(connection, due)
        connection.execute(delete(Rejected).where(due))
    counts[class_.rows] += rows
    counts[class_.octets] += octets
    occasion.breathe()


def _counted(connection: Connection, due: object) -> tuple[int, int]:
    rows, octets = connection.execute(
        select(func.count(), func.coalesce(func.sum(func.length(Rejected.bytes)), 0)).where(due)  # type: ignore[arg-type]
    ).one()
    return rows, octets
