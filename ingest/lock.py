"""One worker per database, by a lock of the operating system: it falls with its process, however that ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AnotherWorker(Exception):
    """Somebody else holds the lock; the message says who."""


@contextmanager
def only_worker(database: Path, wait_s: float) -> Iterator[None]:
    """Hold `<database>.worker.lock`.

    Raises AnotherWorker when it is still held after `wait_s` seconds.
    """
    path = database.with_name(database.name + ".worker.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        _take(file.fileno(), path, time.monotonic() + wait_s)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _take(descriptor: int, path: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                holder = path.read_text(encoding="ascii").strip() or "unknown"
                raise AnotherWorker(
                    f"another worker (process {holder}) already serves this database; one is enough: stop it first"
                ) from error
            time.sleep(0.1)
        else:
            return
