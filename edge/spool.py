"""The outbox on disk: what has been promised to the source and is not yet acknowledged by the platform.

One file holds the outboxes of many sites, each with lanes of its own: `live`, and `backlog` for what may wait. A lane has
one random boot for the file's whole life and numbers its events without gaps, so the platform can see what is missing.
"""

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from pysqlite3 import dbapi2 as sqlite

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


@dataclass
class Lane:
    """An outbox in memory; `sent` is how far it was published on this connection."""

    n: int
    site: str
    name: str
    boot: str
    next_seq: int
    waiting: int
    sent: int = 0
    paused: bool = False
    progress_at: float = 0.0
    resend_s: float = 0.0


class Spool:
    """Every method is one transaction on disk when it returns. Safe to use from several threads."""

    def __init__(self, path: Path, events_max: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._events_max = events_max
        self._lock = threading.RLock()
        self._db: Any = sqlite.connect(str(path), check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("pragma journal_mode = wal").close()
        self._db.execute("pragma synchronous = full").close()
        self._db.executescript(_SCHEMA)
        path.chmod(0o600)
        self.lanes: dict[tuple[str, str], Lane] = {}
        self._by_boot: dict[tuple[str, str], Lane] = {}
        self._load()

    def _load(self) -> None:
        counted = dict(self._db.execute("select lane, count(*) from held group by lane").fetchall())
        for n, site, name, boot, next_seq in self._db.execute(
            "select n, site, name, boot, next_seq from lane"
        ).fetchall():
            self._remember(Lane(n, site, name, boot, next_seq, counted.get(n, 0)))

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

    def put(self, lane: Lane, payloads: Sequence[bytes], mark: tuple[str, str] | None = None) -> None:
        """Keep payloads under the lane's next numbers; `mark` records with them how far a source has been read."""
        with self._transaction():
            first = lane.next_seq
            self._db.executemany(
                "insert into held (lane, seq, payload) values (?, ?, ?)",
                [(lane.n, first + offset, payload) for offset, payload in enumerate(payloads)],
            )
            self._db.execute("update lane set next_seq = ? where n = ?", (first + len(payloads), lane.n))
            if mark:
                self._db.execute("insert or replace into taken (source, mark) values (?, ?)", mark)
            given_up = self._give_up(lane, len(payloads))
            lane.next_seq = first + len(payloads)
            lane.waiting += len(payloads) - given_up

    def _give_up(self, lane: Lane, more: int) -> int:
        """Beyond the bound the lane's oldest go, and are remembered until the platform knows."""
        over = sum(one.waiting for one in self.lanes.values()) + more - self._events_max
        if over <= 0:
            return 0
        gone = self._db.execute(
            "delete from held where lane = ? and seq in (select seq from held where lane = ? order by seq limit ?) returning seq",
            (lane.n, lane.n, over),
        ).fetchall()
        for first, last in _ranges(sorted(seq for (seq,) in gone)):
            self._db.execute("insert or replace into lost (lane, first, last) values (?, ?, ?)", (lane.n, first, last))
        return len(gone)

    def waiting_after(self, lane: Lane, seq: int, most: int) -> list[tuple[int, bytes]]:
        """(seq, payload) of what is kept above a number, oldest first."""
        with self._lock:
            return list(
                self._db.execute(
                    "select seq, payload from held where lane = ? and seq > ? order by seq limit ?", (lane.n, seq, most)
                ).fetchall()
            )

    def first_waiting(self, lane: Lane) -> int | None:
        with self._lock:
            found = self._db.execute("select min(seq) from held where lane = ?", (lane.n,)).fetchone()
        return None if found[0] is None else int(found[0])

    def acknowledged(self, site: str, boot: str, upto: int, also: Sequence[tuple[int, int]]) -> int:
        """Delete exactly what an ack covers; returns how many went."""
        lane = self._by_boot.get((site, boot))
        if lane is None or lane.paused:
            return 0
        gone = 0
        with self._transaction():
            for first, last in [(0, upto), *also]:
                done = self._db.execute(
                    "delete from held where lane = ? and seq between ? and ?", (lane.n, first, last)
                )
                gone += done.rowcount
            self._forget_reports(lane)
            lane.waiting -= gone
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

    def reported(self, lane: Lane, seq: int, losses: Sequence[dict[str, Any]]) -> None:
        """These losses travel in the event with this number."""
        with self._transaction():
            for loss in losses:
                of = self._by_boot[lane.site, loss["boot"]]
                self._db.execute(
                    "update lost set reported_lane = ?, reported_seq = ? where lane = ? and first = ?",
                    (lane.n, seq, of.n, loss["from"]),
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

    def mark(self, source: str) -> str | None:
        """How far a source has been read."""
        with self._lock:
            found = self._db.execute("select mark from taken where source = ?", (source,)).fetchone()
        return str(found[0]) if found else None

    def set_mark(self, source: str, mark: str) -> None:
        with self._transaction():
            self._db.execute("insert or replace into taken (source, mark) values (?, ?)", (source, mark))

    def close(self) -> None:
        with self._lock:
            self._db.close()


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
