"""Application acks: what a site may delete from its outbox. Pure but for what it remembers between commits."""

from collections.abc import Iterable
from heapq import heappop, heappush

import contract
from contract import Ack
from ingest.folds.streams import Outbox
from models.stream import Kept

ALSO_MAX = 32


class Acks:
    """Coalesces: at most one ack in `every_ms` for each outbox, at once for one that had to send again."""

    def __init__(self, every_ms: int) -> None:
        self._every_s = every_ms / 1000
        self._waiting: dict[Outbox, Kept] = {}
        self._queue: list[tuple[float, Outbox]] = []
        """A heap of when each that waits is due: thousands wait, and a look every few milliseconds must cost nothing."""
        self._sent_at: dict[Outbox, float] = {}
        self._hurry: set[Outbox] = set()

    def note(self, accounts: dict[Outbox, Kept], hurry: Iterable[Outbox]) -> None:
        """Only after the commit: an ack says that the platform keeps these numbers."""
        for outbox in accounts.keys() - self._waiting.keys():
            heappush(self._queue, (self._due_at(outbox), outbox))
        self._waiting |= accounts
        self._hurry |= set(hurry)

    def due(self, monotonic_s: float) -> list[tuple[str, bytes]]:
        """(topic, payload) of the acks to send now."""
        ready = {outbox: None for outbox in self._hurry if outbox in self._waiting}
        while self._queue and self._queue[0][0] <= monotonic_s:
            _, outbox = heappop(self._queue)
            # One that hurried meanwhile is gone, or waits anew and stands further back: also twice, and both may be due.
            if outbox in self._waiting and outbox not in self._hurry and self._due_at(outbox) <= monotonic_s:
                ready[outbox] = None
        acks = [(contract.ack_topic(site), encode(boot, self._waiting[site, boot])) for site, boot in ready]
        for outbox in ready:
            del self._waiting[outbox]
            self._sent_at[outbox] = monotonic_s
        self._hurry.clear()
        if len(self._sent_at) > 2 * len(ready) + 100_000:
            self._sent_at = {o: at for o, at in self._sent_at.items() if monotonic_s - at < self._every_s}
        return acks

    def _due_at(self, outbox: Outbox) -> float:
        """One sum for both: a difference may round to just less than a second, and the ack would never go."""
        return self._sent_at.get(outbox, -self._every_s) + self._every_s


def encode(boot: str, kept: Kept) -> bytes:
    return contract.encode_ack(Ack(boot=boot, seq=kept.upto, also=tuple(kept.beyond[:ALSO_MAX])))
