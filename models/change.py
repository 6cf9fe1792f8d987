"""Small rows by which processes notice each other: change numbers, and what the worker says of itself."""

from sqlalchemy import Connection, Text, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, HOT, SECOND, Base, Big, Flag, Instant, Words


class Change(Base):
    """`live`: one more for each commit of the worker; `registry`: one more for each change of the registry.

    Taken inside the transaction whose writes it numbers, so its order is the order of the commits.
    """

    __tablename__ = "change"
    __table_args__ = HOT
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[Big]


class Worker(Base):
    """The one row that health reads. `subscribed` is written at a SUBACK and cleared when a session is not present."""

    __tablename__ = "worker"
    __table_args__ = HOT
    id: Mapped[int] = mapped_column(primary_key=True)
    pid: Mapped[int]
    started_at: Mapped[Big]
    seen_at: Mapped[Big]
    commit_at: Mapped[Big | None]
    """When it last stored anything."""
    subscribed: Mapped[Flag]
    subscription: Mapped[Words | None]
    """JSON of filters, client id and broker that the SUBACK was for."""
    connected: Mapped[Flag]
    waiting: Mapped[Big]
    """Messages received and not yet committed."""
    lag_p95_ms: Mapped[Big | None]
    """Receive to commit, over the last minute."""
    trouble: Mapped[Words | None]
    """What stops it now, in a sentence."""
    dropped: Mapped[Big | None]
    """Messages that the broker has dropped since its start; null where it does not tell."""


class ClockProcess(Base):
    """The one row in which `ingest clock` says that it runs: nobody else would notice that nothing is summed up or told."""

    __tablename__ = "clock_process"
    __table_args__ = HOT
    id: Mapped[int] = mapped_column(primary_key=True)
    pid: Mapped[int]
    seen_at: Mapped[Big]
    watcher_at: Mapped[Big | None]
    """When the watcher elsewhere last took our call; null: none is configured, or it never did."""


CLOCK_OLD: Instant = 60 * SECOND
"""Six times the pause between two words of the clock process."""


def clock_seen_at(connection: Connection) -> Instant | None:
    """None: none has ever run."""
    return connection.execute(select(ClockProcess.seen_at)).scalar()


WORKER_OLD: Instant = 15 * SECOND
"""The worker says each second that it runs."""


def is_listening(connection: Connection, now: Instant) -> bool:
    """Whether a message that is sent now would be kept: the worker runs, and has its line and its subscription."""
    row = connection.execute(select(Worker.seen_at, Worker.connected, Worker.subscribed)).first()
    return row is not None and now - row.seen_at <= WORKER_OLD and bool(row.connected) and bool(row.subscribed)


class JobRun(Base):
    """The ledger: a job does a period's work once, whoever wakes it and however often."""

    __tablename__ = "job_run"
    __table_args__ = CLUSTERED
    job: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    done_at: Mapped[Big]
    result: Mapped[Words | None]


def registry_number(connection: Connection) -> int:
    return connection.execute(select(Change.n).where(Change.name == "registry")).scalar() or 0


def registry_changed(connection: Connection) -> None:
    """A running worker and the screens read the registry again: call it in the transaction that changes it."""
    moved = connection.execute(update(Change).where(Change.name == "registry").values(n=Change.n + 1))
    if not moved.rowcount:
        connection.execute(insert(Change).values(name="registry", n=1))
