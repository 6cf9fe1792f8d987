"""`python -m tests.ingest.crashing_worker run`: the worker, killing itself with SIGKILL at a named point.

CRASH_AT names the point, CRASH_NTH on which passing. The faults are put around the product's own functions from outside,
so that the product carries no hook for them. With FAULT_AT=stumble it lives, and stumbles over two events by their ids.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import ingest.reading
import ingest.worker
from ingest.__main__ import main
from ingest.listener import Listener
from ingest.store.postgresql import PostgresqlStore
from ingest.store.sqlite import SqliteStore

_passed: dict[str, int] = {}


def point(name: str) -> None:
    """Die here, if this is the chosen point and passing."""
    if os.environ["FAULT_AT"] != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] == int(os.environ["FAULT_NTH"]):
        os.write(2, f"\nfault fired at {name}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


def around(owner: Any, name: str, before: str | None, after: str | None) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if before:
            point(before)
        result = original(*arguments, **named)
        if after:
            point(after)
        return result

    setattr(owner, name, wrapped)


POINTS = (
    "received",
    "before_transaction",
    "events_written",
    "heads_written",
    "before_commit",
    "after_commit",
    "acknowledged_one",
    "acked_application",
    "before_subscribe",
    "rejected_written",
)


UNREADABLE, UNKEPT = "stumbles-when-read", "stumbles-when-kept"
"""Ids of events that our own code and our own database cannot take, for a reason that nobody foresaw."""


def stumbling(owner: Any, name: str, over: Callable[..., bool]) -> None:
    """Done, and then it fails all the same: what a transaction did must be undone."""
    original: Callable[..., Any] = getattr(owner, name)

    def wrapped(*arguments: Any) -> Any:
        result = original(*arguments)
        if over(*arguments):
            raise ArithmeticError("a fault of ours")
        return result

    setattr(owner, name, wrapped)


def main_with_fault() -> int:
    if os.environ["FAULT_AT"] == "stumble":
        stumbling(ingest.reading, "read", lambda message: UNREADABLE.encode() in message.payload)
        for store in (SqliteStore, PostgresqlStore):
            stumbling(store, "insert_events", lambda _store, rows: any(row.id == UNKEPT for row in rows))
        return main()
    around(ingest.worker.Held, "add", None, "received")
    around(ingest.worker.Worker, "_take_in", "before_transaction", "before_commit")
    for store in (SqliteStore, PostgresqlStore):
        around(store, "insert_events", None, "events_written")
        around(store, "save_heads", None, "heads_written")
        around(store, "reject", None, "rejected_written")
    around(ingest.worker.Worker, "_commit", None, "after_commit")
    around(Listener, "acknowledge", None, "acknowledged_one")
    around(Listener, "publish", None, "acked_application")
    around(Listener, "_subscribe", "before_subscribe", None)
    return main()


if __name__ == "__main__":
    sys.exit(main_with_fault())
