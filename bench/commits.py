"""When events became visible to another process: the moment of their commit, seen from outside the worker."""

import threading
import time
from bisect import bisect_left
from pathlib import Path
from typing import Any, Protocol

import pysqlite3

_LOOK_EVERY_S = 0.002


class Commits(Protocol):
    """What is committed and since when, seen by another process than the worker."""

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]: ...

    def count(self) -> int:
        """Events that are there, counted one by one."""

    def newest(self) -> int:
        """A number that grows by one with each event; what `reached` and `waits_ms` go by."""

    def watch(self) -> None: ...

    def stop(self) -> None: ...

    def reached(self, row: int) -> float | None: ...

    def waits_ms(self, after: int) -> list[float]: ...

    def close(self) -> None: ...


class FileCommits:
    """Of an SQLite file; `watch` notes when the newest row moved."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = self._open()
        self._watching: threading.Thread | None = None
        self._seen: list[tuple[int, float]] = []
        self._stop = threading.Event()

    def _open(self) -> Any:
        return pysqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=10, isolation_level=None)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(sql, values).fetchall())

    def count(self) -> int:
        return int(self.rows("select count(*) from event")[0][0])

    def newest(self) -> int:
        return int(self.rows("select coalesce(max(rowid), 0) from event")[0][0])

    def watch(self) -> None:
        self._seen, self._stop = [], threading.Event()
        self._watching = threading.Thread(target=self._look, daemon=True)
        self._watching.start()

    def _look(self) -> None:
        connection, version = self._open(), None
        while not self._stop.wait(_LOOK_EVERY_S):
            now_version = connection.execute("pragma data_version").fetchone()[0]
            if now_version != version:
                version = now_version
                newest = connection.execute("select coalesce(max(rowid), 0) from event").fetchone()[0]
                self._seen.append((newest, time.time()))
        connection.close()

    def stop(self) -> None:
        self._stop.set()
        if self._watching is not None:
            self._watching.join(5)

    def reached(self, row: int) -> float | None:
        """When this row was seen committed."""
        place = bisect_left(self._seen, (row, 0.0))
        return self._seen[place][1] if place < len(self._seen) else None

    def waits_ms(self, after: int) -> list[float]:
        """Of every event behind row `after`: from the moment it was due until it was seen, sorted."""
        waits = []
        for row, at in self.rows("select rowid, at from event where rowid > ? order by rowid", after):
            seen = self.reached(row)
            if seen is not None:
                waits.append((seen - at / 1e6) * 1000)
        return sorted(waits)

    def close(self) -> None:
        self._connection.close()
