"""For whoever waits for a command: from the third second on, a line a second on standard error that says how far it is."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FIRST_S, EVERY_S = 2.0, 1.0


@contextmanager
def told(
    what: str, how_far: Callable[[], str] = str, first_s: float = FIRST_S, every_s: float = EVERY_S
) -> Iterator[None]:
    """While the block runs. `how_far` is asked by another thread; what it cannot tell is left out."""
    over, began_s = threading.Event(), time.monotonic()

    def tell() -> None:
        pause_s = first_s
        while not over.wait(pause_s):
            pause_s = every_s
            parts = [what, _asked(how_far), f"{time.monotonic() - began_s:.0f} s"]
            sys.stderr.write(", ".join(filter(None, parts)) + "\n")
            sys.stderr.flush()

    telling = threading.Thread(target=tell, name="progress", daemon=True)
    telling.start()
    try:
        yield
    finally:
        over.set()
        telling.join()


def _asked(how_far: Callable[[], str]) -> str:
    try:
        return how_far()
    except OSError:
        return ""


def mib(octets: int) -> str:
    return f"{octets / 1_048_576:,.0f} MiB"
