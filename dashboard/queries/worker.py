"""What the worker says of itself, and the numbers by which change is noticed."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from models.base import Instant
from models.change import CLOCK_OLD, WORKER_OLD, Change, Worker, clock_seen_at
from models.clock_jump import Jump, by_stopwatch


def numbers(connection: Connection) -> tuple[int, int]:
    """(live, registry)."""
    found = {row.name: row.n for row in connection.execute(select(Change.name, Change.n))}
    return found.get("live", 0), found.get("registry", 0)


def clock_lost(connection: Connection, now: Instant, jumps: tuple[Jump, ...]) -> Instant | None:
    """When the clock process was last seen, if that is too long ago; None also where none has ever run."""
    seen_at = clock_seen_at(connection)
    return seen_at if seen_at is not None and now - by_stopwatch(seen_at, jumps) > CLOCK_OLD else None


def worker_lag(connection: Connection) -> int | None:
    row = connection.execute(select(Worker.lag_p95_ms)).first()
    return row.lag_p95_ms if row else None


@dataclass(frozen=True, slots=True)
class Health:
    """Empty reasons: healthy. `waiting`, `commit_at` and `trouble` are for who has a key."""

    reasons: tuple[str, ...]
    seen_at: Instant | None
    commit_at: Instant | None
    waiting: int | None
    trouble: str | None
    dropped: int | None = None
    clock_seen_at: Instant | None = None


def health(connection: Connection, now: Instant) -> Health:
    """No traffic at all is healthy; a worker that does not say so each second is not."""
    row = connection.execute(select(Worker)).first()
    if row is None:
        return Health(("no worker has ever run",), None, None, None, None, None, clock_seen_at(connection))
    reasons = []
    if now - row.seen_at > WORKER_OLD:
        reasons.append("the worker's row is old")
    if not row.subscribed:
        reasons.append("the worker is not subscribed")
    clock = clock_seen_at(connection)
    return Health(tuple(reasons), row.seen_at, row.commit_at, row.waiting, row.trouble, row.dropped, clock)
