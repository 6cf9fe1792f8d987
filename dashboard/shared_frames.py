"""Frames that the database is asked for: once for all who see the same, and only so often."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Frame = TypeVar("Frame")


@dataclass(frozen=True)
class _Kept(Generic[Frame]):
    read_s: float
    version: int
    frame: Frame


class SharedFrames(Generic[Frame]):
    """For any number of threads; one reads, the others take what it has read."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._lock = threading.Lock()
        self._kept: dict[Hashable, _Kept[Frame]] = {}

    def rest_s(self, key: Hashable, version: int) -> float:
        """How long the news of a version have to wait until there is another reading: what was read before it tells nothing of
        them, and whoever took it would think that she had seen them."""
        kept = self._kept.get(key)
        if kept is None or kept.version >= version:
            return 0.0
        return max(0.0, kept.read_s + self._every_s - time.monotonic())

    def get(self, key: Hashable, version: int, read: Callable[[], Frame]) -> Frame:
        """What was read just now, or what `read` tells; `version` is of the picture that was there before it reads."""
        with self._lock:
            now_s = time.monotonic()
            self._kept = {key: kept for key, kept in self._kept.items() if now_s - kept.read_s < self._every_s}
            if key not in self._kept:
                self._kept[key] = _Kept(now_s, version, read())
            return self._kept[key].frame

    def clear(self) -> None:
        self._kept = {}
