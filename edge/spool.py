"""The outbox on disk: what has been promised to the source and is not yet acknowledged by the platform.

One file holds the outboxes of many sites, each with lanes of its own: `live`, and `backlog` for what may wait. A lane has
one random boot for the file's whole life and numbers its events without gaps, so the platform can see what is missing.
"""

import fcntl
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from pysqlite3 import dbapi2 as sqlite

from contract import Ack
from edge.passage import Passage

_SCHEMA = """
create table if not exists lane (
    n integer primary key, site text not null, name text not null, boot text not null, next_seq integer not null,
    unique (site, name)
) strict;
create table if not exists held (
    lane integer not null, seq integer not null, payload blob not null, primary key (lane, seq)
) strict, without rowid;
create table if not exists lost (
    lane integer not null, first integer not null, last integer not null, reported_lane integer, reported_seq integer,
    primary key (lane, first)
) strict, without rowid;
create table if not exists refused (
    n integer primary key, site text not null, why text not null, payload blob not null
) strict;
create table if not exists taken (source text primary key, mark text not null) strict, without rowid;
"""
REFUSED_KEPT = 10_000

CannotWrite = sqlite.OperationalError
"""The disk does not take it just now: full, or failing. What was kept before is still there."""


class OutboxRefused(Exception):
    """This file cannot be the outbox; the message says why and what to do."""


@dataclass
class Lane:
    """An outbox in memory; `sent` is how far it was published on this connection, `oldest` the lowest number kept."""

    n: int
    site: str
    name: str
    boot: str
    next_seq: int
    waiting: int
    sent: int = 0
    oldest: int = 0
    paused: bool = False
    progress_at: float = 0.0
    resend_s: float = 0.0
    passage: Passage = field(default_factory=Passage)

    @property
    def flying(self) -> int:
        """How many are sent and not acknowledged; what was not sent yet is all still kept."""
        return max(0, self.waiting - (self.next_seq - 1 - self.sent))


class Spool:
    """Every method is one transaction on disk when it returns. Safe to use from several threads."""

    def __init__(self, path: Path, events_max: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._events_max = events_max
        self._lock = threading.RLock()
        self._owned = _owned(path)
        self.lanes: dict[tuple[str, str], Lane] = {}
        self._by_boot: dict[tuple[str, str], Lane] = {}
        try:
            self._db: Any = _opened(path)
            self._load()
        except sqlite.Error as error:
            os.close(self._owned)
            raise OutboxRefused(
                f"{path} cannot be used as an outbox ({error}). It stays as it is: free the disk or repair it, "
                "or move it away and begin a new one"
            ) from error

    def _load(self) -> None:
        counted = dict(self._db.execute("select lane, count(*) from held group by lane").fetchall())
        for n, site, name, boot, next_seq in self._db.execute(
            "select n, site, name, boot, next_seq from lane"
        ).fetchall():
            self._remember(Lane(n, site, name, boot, next_seq, counted.get(n, 0)))
        self._waiting = sum(counted.values())

    def _remember(self, lane: Lane) -> Lane:
        self.lanes[lane.site, lane.name] = self._by_boot[lane.site, lane.boot] = lane
        return lane

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                self._recount()
                raise

    def _recount(self) -> None:
        """After a failed write, memory says again what the disk says."""
        counted = dict(self._db.execute("select lane, count(*) from held group by lane").fetchall())
        for n, next_seq in self._db.execute("select n, next_seq from lane").fetchall():
            for lane in self.lanes.values():
                if lane.n == n:
                    lane.next_seq, lane.waiting = next_seq, counted.get(n, 0)
        self._waiting = sum(counted.values())

    def lane(self, site: str, name: str = "live") -> Lane:
        """The outbox of a site; made, with a boot of its own, when it is first asked for."""
        with self._lock:
            known = self.lanes.get((site, name))
            return known or self._new_lane(site, name)

    def _new_lane(self, site: str, name: str) -> Lane:
        boot = secrets.token_hex(5)
        with self._transaction():
            added = self._db.execute(
                "insert into lane (site, name, boot, next_seq) values (?, ?, ?, 1) returning n", (site, name, boot)
            ).fetchall()
        return self._remember(Lane(added[0][0], site, name, boot, 1, 0))

    def put(
        self,
        lane: Lane,
        payloads: Sequence[bytes],
        mark: tuple[str, str] | None = None,
        tells: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Keep payloads under the lane's next numbers; `mark` records with them how far a source has been read.

        `tells` are the losses that the first of them reports.
        """
        with self._transaction():
            first = lane.next_seq
            self._db.executemany(
                "insert into held (lane, seq, payload) values (?, ?, ?)",
                [(lane.n, first + offset, payload) for offset, payload in enumerate(payloads)],
            )
            self._db.execute("update lane set next_seq = ? where n = ?", (first + len(payloads), lane.n))
            if mark:
                self._db.execute("insert or replace into taken (source, mark) values (?, ?)", mark)
            lane.next_seq = first + len(payloads)
            self._count(lane, len(payloads))
            self._told(lane, first, tells)
            while self._waiting > self._events_max:
                self._give_up(self._waiting - self._events_max)

    def _count(self, lane: Lane, more: int) -> None:
        lane.waiting += more
        self._waiting += more

    def _give_up(self, over: int) -> None:
        """Beyond the bound the oldest of the longest queue go, and are remembered until the platform knows."""
        lane = max(self.lanes.values(), key=lambda one: one.waiting)
        gone = self._db.execute(
            "delete from held where lane = ? and seq in (select seq from held where lane = ? order by seq limit ?) returning seq",
            (lane.n, lane.n, over),
        ).fetchall()
        self._count(lane, -len(gone))
        for first, last in _ranges(sorted(seq for (seq,) in gone)):
            self._remember_loss(lane, first, last)

    def _remember_loss(self, lane: Lane, first: int, last: int) -> None:
        """Joined to the loss before it while nobody has been told of that; a report that is lost was none."""
        self._db.execute(
            "update lost set reported_lane = null, reported_seq = null"
            " where reported_lane = ? and reported_seq between ? and ?",
            (lane.n, first, last),
        )
        joined = self._db.execute(
            "update lost set last = ? where lane = ? and last = ? and reported_seq is null", (last, lane.n, first - 1)
        )
        if not joined.rowcount:
            self._db.execute("insert into lost (lane, first, last) values (?, ?, ?)", (lane.n, first, last))

    def waiting_after(self, lane: Lane, seq: int, most: int) -> list[tuple[int, bytes]]:
        """(seq, payload) of what is kept above a number, oldest first."""
        with self._lock:
            return list(
                self._db.execute(
                    "select seq, payload from held where lane = ? and seq > ? order by seq limit ?", (lane.n, seq, most)
                ).fetchall()
            )

    def first_waiting(self, lane: Lane) -> int | None:
        """The oldest, but for what was passed over."""
        least = "select min(seq) from held where lane = ? and seq > ?"
        with self._lock:
            found = self._db.execute(least, (lane.n, lane.passage.passed)).fetchone()
        return None if found[0] is None else int(found[0])

    def acknowledged(self, site: str, boot: str, upto: int, also: Sequence[tuple[int, int]]) -> int:
        """Delete exactly what an ack covers; returns how many went."""
        return sum(gone for _, gone in self.acknowledged_all([(site, Ack(boot, upto, tuple(also)))]))

    def acknowledged_all(self, acks: Sequence[tuple[str, Ack]]) -> list[tuple[Lane, int]]:
        """Many acks in one transaction: a disk makes some hundred a second. Returns the lanes and how many of each went."""
        found = [(self._by_boot.get((site, ack.boot)), ack) for site, ack in acks]
        ours = [(lane, ack) for lane, ack in found if lane is not None and not lane.paused]
        if not ours:
            return []
        with self._transaction():
            return [(lane, gone) for lane, ack in ours if (gone := self._let_go(lane, ack))]

    def _let_go(self, lane: Lane, ack: Ack) -> int:
        gone = 0
        for first, last in [(0, ack.seq), *ack.also]:
            done = self._db.execute("delete from held where lane = ? and seq between ? and ?", (lane.n, first, last))
            gone += done.rowcount
        if gone:
            self._forget_reports(lane)
            self._count(lane, -gone)
        return gone

    def _forget_reports(self, lane: Lane) -> None:
        """A loss is told for good once the event that reported it has been acknowledged."""
        self._db.execute(
            "delete from lost where reported_lane = ?1 and not exists"
            " (select 1 from held where held.lane = ?1 and held.seq = lost.reported_seq)",
            (lane.n,),
        )

    def losses(self, site: str) -> list[dict[str, Any]]:
        """What this site gave up and has not yet reported, as `device.status.lost`."""
        with self._lock:
            found = self._db.execute(
                "select lane.boot, lost.first, lost.last from lost join lane on lane.n = lost.lane"
                " where lane.site = ? and lost.reported_seq is null order by 1, 2 limit 1000",
                (site,),
            ).fetchall()
        return [{"boot": boot, "from": first, "to": last} for boot, first, last in found]

    def _told(self, lane: Lane, seq: int, losses: Sequence[dict[str, Any]]) -> None:
        """These losses travel in the event with this number."""
        for loss in losses:
            of = self._by_boot[lane.site, loss["boot"]]
            self._db.execute(
                "update lost set reported_lane = ?, reported_seq = ? where lane = ? and first = ?",
                (lane.n, seq, of.n, loss["from"]),
            )

    def is_telling(self) -> bool:
        """Whether a report of losses still waits for its acknowledgement."""
        with self._lock:
            return bool(
                self._db.execute("select exists (select 1 from lost where reported_seq is not null)").fetchone()[0]
            )

    def given_up(self) -> int:
        """How many events were given up and are not yet known to the platform."""
        with self._lock:
            return int(self._db.execute("select coalesce(sum(last - first + 1), 0) from lost").fetchone()[0])

    def refuse(self, site: str, why: str, payload: bytes) -> None:
        """Keep what the source gave and the contract refuses; the newest ten thousand."""
        with self._transaction():
            self._db.execute("insert into refused (site, why, payload) values (?, ?, ?)", (site, why, payload[:65536]))
            self._db.execute("delete from refused where n <= (select max(n) from refused) - ?", (REFUSED_KEPT,))

    def refused(self) -> int:
        with self._lock:
            return int(self._db.execute("select count(*) from refused").fetchone()[0])

    def refusals(self, site: str) -> list[tuple[str, bytes]]:
        """(why, bytes) of what is kept apart, oldest first: for whoever mends the source."""
        with self._lock:
            return list(
                self._db.execute("select why, payload from refused where site = ? order by n", (site,)).fetchall()
            )

    def mark(self, source: str) -> str | None:
        """How far a source has been read."""
        with self._lock:
            found = self._db.execute("select mark from taken where source = ?", (source,)).fetchone()
        return str(found[0]) if found else None

    def set_mark(self, source: str, mark: str) -> None:
        with self._transaction():
            self._db.execute("insert or replace into taken (source, mark) values (?, ?)", (source, mark))

    def forget_mark(self, source: str) -> None:
        """A source that will not be read again."""
        with self._transaction():
            self._db.execute("delete from taken where source = ?", (source,))

    def close(self) -> None:
        with self._lock:
            self._db.close()
            os.close(self._owned)


def _owned(path: Path) -> int:
    """A lock that falls with its process: two agents on one outbox would give the same numbers twice."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise OutboxRefused(
            f"{path} is in use by another process: stop that one first, or name another file with --outbox"
        ) from error
    return descriptor


def _opened(path: Path) -> Any:
    # Made before SQLite makes it: what SQLite puts beside it is then as private as the file itself.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    db: Any = sqlite.connect(str(path), check_same_thread=False, isolation_level=None, timeout=30)
    db.execute("pragma journal_mode = wal").close()
    db.execute("pragma synchronous = full").close()
    db.executescript(_SCHEMA)
    return db


def _ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for number in numbers:
        if out and number == out[-1][1] + 1:
            out[-1] = (out[-1][0], number)
        else:
            out.append((number, number))
    return out


def encoded(event: dict[str, Any]) -> bytes:
    """JSON as it crosses the wire. Raises ValueError or TypeError for what JSON cannot say."""
    return msgspec.json.encode(event)
