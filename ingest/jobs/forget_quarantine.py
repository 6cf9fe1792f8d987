"""Once a day: the bytes of unknown sites and devices go when nobody registered them in time. How many went stays in the ledger."""

from sqlalchemy import Connection, Engine, delete, exists, func, select

from contract import QUARANTINE
from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import HOUR, Instant
from models.database import read_only, transaction
from models.event import Rejected
from models.inbox import Inbox

JOB = "forget_quarantine"
BITE = 1000
"""Rows looked at before the writers' lock is given back: a few milliseconds."""

_REASONS = [str(reason) for reason in QUARANTINE]
_COPIES = ("replay", "register")


def forget_quarantine(occasion: Occasion) -> Counts:
    """Counts `rows`, `bytes`: quarantine forgotten; `copies`: answered inbox rows that held the same bytes."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    before = occasion.now - occasion.cfg.ingest.keep_quarantine_days * 24 * HOUR
    counts = {"rows": 0, "bytes": 0, "copies": 0}
    if not (_forget_rejected(occasion, before, counts) and _forget_copies(occasion, before, counts)):
        return counts
    with transaction(occasion.engine) as connection:
        enter(connection, occasion, JOB, period, counts)
    return counts


def _forget_rejected(occasion: Occasion, before: Instant, counts: Counts) -> bool:
    """Walk the rows in the order in which they came; False when told to stop."""
    after = 0
    while not occasion.is_stopping():
        last = _end_of_bite(occasion.engine, after, before)
        if last is None:
            return True
        _forget_bite(occasion, after, last, before, counts)
        after = last
    return False


def _end_of_bite(engine: Engine, after: int, before: Instant) -> int | None:
    """The last number of the next bite; None when the rest is younger."""
    with read_only(engine) as connection:
        rows = connection.execute(
            select(Rejected.id, Rejected.received_at).where(Rejected.id > after).order_by(Rejected.id).limit(BITE)
        ).all()
    return rows[-1].id if rows and rows[0].received_at < before else None


def _forget_bite(occasion: Occasion, after: int, last: int, before: Instant, counts: Counts) -> None:
    # A row whose replay still waits in the inbox is answered there; without it a second refusal would be lost.
    due = (
        (Rejected.id > after)
        & (Rejected.id <= last)
        & Rejected.reason.in_(_REASONS)
        & (Rejected.last_at < before)
        & ~exists().where(Inbox.rejected_id == Rejected.id, Inbox.done_at.is_(None))
    )
    with read_only(occasion.engine) as connection:
        if not _counted(connection, due)[0]:
            return
    with transaction(occasion.engine) as connection:
        rows, octets = _counted(connection, due)
        connection.execute(delete(Rejected).where(due))
    counts["rows"] += rows
    counts["bytes"] += octets
    occasion.breathe()


def _counted(connection: Connection, due: object) -> tuple[int, int]:
    rows, octets = connection.execute(
        select(func.count(), func.coalesce(func.sum(func.length(Rejected.bytes)), 0)).where(due)  # type: ignore[arg-type]
    ).one()
    return rows, octets


def _forget_copies(occasion: Occasion, before: Instant, counts: Counts) -> bool:
    """What registration and replays copied into the inbox, once answered."""
    while not occasion.is_stopping():
        due = select(Inbox.id).where(Inbox.done_at < before, Inbox.source.in_(_COPIES)).limit(BITE)
        with read_only(occasion.engine) as connection:
            numbers = connection.execute(due).scalars().all()
        if not numbers:
            return True
        with transaction(occasion.engine) as connection:
            connection.execute(delete(Inbox).where(Inbox.id.in_(numbers)))
        counts["copies"] += len(numbers)
        occasion.breathe()
    return False
