"""When events became visible on PostgreSQL. Each row carries its transaction's number; a snapshot tells which are over."""

import threading
import time
from bisect import bisect_right
from typing import Any

import psycopg

_LOOK_EVERY_S = 0.002
_RECEIVED = "select coalesce(sum(received), 0)::bigint from stream"
_OVER = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_RUN = "select xmin::text::bigint, at from event where received_at >= %s order by 1"


class ServerCommits:
    """As `bench.commits.FileCommits`. There is one writer, so the order of transactions is that of commits."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._watching: threading.Thread | None = None
        self._seen: list[tuple[int, float]] = []
        self._stop = threading.Event()
        self._since_us = self._from = 0
        self._look_s = 0.0
        self._run: list[tuple[int, int]] | None = None

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url, autocommit=True) as connection:
            return connection.execute(sql.replace("?", "%s"), values).fetchall()

    def count(self) -> int:
        return int(self.rows("select count(*) from event")[0][0])

    def newest(self) -> int:
        """By the accounts of the outboxes, which every event of the bench has. Looking takes a tenth of the time at most."""
        time.sleep(min(self._look_s * 9, 2))
        began = time.monotonic()
        received = int(self.rows(_RECEIVED)[0][0])
        self._look_s = time.monotonic() - began
        return received

    def watch(self) -> None:
        self._seen, self._stop, self._run = [], threading.Event(), None
        self._since_us, self._from = time.time_ns() // 1000, self.newest()
        self._watching = threading.Thread(target=self._look, daemon=True)
        self._watching.start()

    def _look(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stop.wait(_LOOK_EVERY_S):
                over = connection.execute(_OVER).fetchone()[0]  # type: ignore[index]
                if not self._seen or over != self._seen[-1][0]:
                    self._seen.append((over, time.time()))

    def stop(self) -> None:
        self._stop.set()
        if self._watching is not None:
            self._watching.join(5)

    def _of_run(self) -> list[tuple[int, int]]:
        """(transaction, at) of what came since `watch`, in the order of the commits."""
        if self._run is None:
            self._run = [(xid, at) for xid, at in self.rows(_RUN, self._since_us)]
        return self._run

    def reached(self, row: int) -> float | None:
        """When this row, counted as `newest` does, was seen committed."""
        place = row - self._from - 1
        return self._over(self._of_run()[place][0]) if 0 <= place < len(self._of_run()) else None

    def _over(self, transaction: int) -> float | None:
        place = bisect_right(self._seen, (transaction, float("inf")))
        return self._seen[place][1] if place < len(self._seen) else None

    def waits_ms(self, after: int) -> list[float]:
        """Of every event behind `after`: from the moment it was due until it was seen, sorted."""
        seen = ((self._over(xid), at) for xid, at in self._of_run()[max(0, after - self._from) :])
        return sorted((moment - at / 1e6) * 1000 for moment, at in seen if moment is not None)

    def close(self) -> None:
        self.stop()
