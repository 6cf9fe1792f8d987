"""PostgreSQL 15 or newer, by psycopg 3: the connection's settings, which errors pass, and the locks that we share."""

from typing import Any, NamedTuple

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from models.refusal import DatabaseRefused

OLDEST_SERVER = 150000
_GRACE_S = 2.0
"""So much longer than the server we wait ourselves: where it lives, its own word about a slow statement comes first."""

_CONNECT_TIMEOUT_S = 5
_POOL, _POOL_MORE = 5, 20
"""Connections kept and lent beyond; a web process has `web.workers` threads, the feed and the gate."""

BEGIN_WRITING = "begin; select pg_advisory_xact_lock(1701602405, 1)"
"""One writer at a time, as in SQLite: what a transaction has read stays true until it commits. The number spells "elde",
as other programs may take advisory locks in the same database; 2 is the one worker's for the length of its life. Both
statements in one text, and so in one round trip."""

_PASSING_CLASSES = ("08", "40", "53", "57", "58")
_PASSING_STATES = ("25006", "55P03")
"""Of SQLSTATE: connection, rollback by the server, no room or memory or connections, an operator's intervention or a
timeout, the server's disk; read-only while a standby takes over, lock not available in time."""


class BoundedConnection(psycopg.Connection[Any]):
    """Gives up a server that says nothing: one that is frozen still holds its sockets, so no timeout of TCP notices it."""

    patience_s: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Until the server has answered. After OperationalError for its silence the connection is closed."""
        try:
            return super().wait(gen, interval, self.patience_s if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as silence:
            self.close()
            raise psycopg.OperationalError(f"the server has said nothing for {self.patience_s} s") from silence


def open_server(url: str, busy_timeout_s: float, answer_timeout_s: float, name: str = "eldercare") -> Engine:
    """Nothing is asked of the server yet. We are in charge of our own BEGIN."""
    settings = {
        "lock_timeout": f"{round(busy_timeout_s * 1000)}",
        "statement_timeout": f"{round(answer_timeout_s * 1000)}",
        "idle_in_transaction_session_timeout": "60000",
        "synchronous_commit": "on",
        "client_min_messages": "warning",
        "timezone": "UTC",
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
    }
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        pool_size=_POOL,
        max_overflow=_POOL_MORE,
        pool_pre_ping=True,
        use_native_hstore=False,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "application_name": name,
            "client_encoding": "utf8",
            # libpq takes one second for two.
            "connect_timeout": max(2, min(_CONNECT_TIMEOUT_S, round(answer_timeout_s))),
            # A line that is dead without a word is noticed in about 15 s, with or without something on its way.
            "keepalives_idle": 5,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": 15000,
        },
    )

    def connect(_dialect: Any, _record: Any, arguments: Any, named: dict[str, Any]) -> BoundedConnection:
        connection = BoundedConnection.connect(*arguments, **named)
        connection.patience_s = answer_timeout_s + _GRACE_S
        return connection

    event.listen(engine, "do_connect", connect)
    return engine


def check_server(version: int, encoding: str | None) -> None:
    """Raises DatabaseRefused for a server that is too old or cannot keep every name."""
    if version < OLDEST_SERVER:
        raise DatabaseRefused(
            f"PostgreSQL {version // 10000} is too old: {OLDEST_SERVER // 10000} or newer is needed; upgrade the server"
        )
    if encoding != "UTF8":
        raise DatabaseRefused(
            f"the database's encoding is {encoding}: make it anew with `create database … encoding 'UTF8' template template0`"
        )


def is_open(raw: Any) -> bool:
    """Whether a transaction is still there. Raises nothing for a connection that is gone."""
    return not raw.closed and raw.info.transaction_status != TransactionStatus.IDLE


def is_spoilt(raw: Any) -> bool:
    """An error inside was swallowed: PostgreSQL would answer COMMIT with a rollback, and without an error."""
    return bool(raw.info.transaction_status == TransactionStatus.INERROR)


def passes(error: BaseException) -> bool:
    """Whether this error of the driver goes away by itself. The outcome of a COMMIT that it interrupts is unknown."""
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(_PASSING_CLASSES) or error.sqlstate in _PASSING_STATES


def unhurried(connection: Connection) -> None:
    """For a migration, which has its connection for itself: no statement is too slow."""
    raw: Any = connection.connection.driver_connection
    raw.patience_s = None
    connection.exec_driver_sql("set local statement_timeout = 0")


class Holder(NamedTuple):
    backend: int
    """The server's process for this connection."""
    name: str
    """What the program calls itself."""


def holder_of_guard(connection: Connection) -> Holder | None:
    """Who holds the one worker's lock; None if nobody does."""
    found = connection.exec_driver_sql(
        "select a.pid, a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid"
        " where l.locktype = 'advisory' and l.granted and l.classid = 1701602405 and l.objid = 2"
        " and l.database = (select oid from pg_database where datname = current_database())"
    ).first()
    return Holder(*found) if found else None


WIPE_TRIES = 12
_WRITTEN_ANEW = (
    "vacuum (full, analyze) person_name",
    "vacuum (full, analyze) resident",
    "vacuum (full, analyze) alarm",
    "vacuum (full, analyze) service",
    "vacuum (full, analyze) diary",
    "vacuum (full, analyze) rejected",
    "vacuum (full, analyze) inbox",
    "vacuum (full, analyze) event",
    # What the planner remembers of a column are values of it.
    "vacuum full pg_statistic",
)
"""A plain VACUUM only marks the room of old rows as free: their bytes stay until the next rows come. Partition by partition."""


def wipe(connection: Connection) -> None:
    """Write anew whatever held persons. Raises DatabaseRefused while somebody reads one of these tables for too long.

    The server's own log of changes (WAL), its archive and its copies elsewhere keep what was until they are thrown away.
    """
    raw: Any = connection.connection.driver_connection
    raw.patience_s = None
    connection.detach()
    connection.exec_driver_sql("set statement_timeout = 0")
    for statement in _WRITTEN_ANEW:
        _patiently(connection, statement)


def _patiently(connection: Connection, statement: str) -> None:
    """Each try waits as long as any writer does: all others wait behind it."""
    for _ in range(WIPE_TRIES):
        try:
            connection.exec_driver_sql(statement)
            return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":
                raise
    raise DatabaseRefused("erased, but somebody still reads what was: run it again, or stop what runs")
