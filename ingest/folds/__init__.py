"""New events change what the screens show: one file per thing that is folded, all inside the batch's transaction."""

from typing import Any

from msgspec import Struct

from ingest.store import EventRow
from models.base import Instant


class Fresh(Struct, frozen=True):
    """An event that was new and is kept. `area` is its code, where the kind has one."""

    row: EventRow
    event: Any
    kind: str
    sign_of_life: bool
    received_at: Instant
    place: int
    """In the batch."""

    @property
    def order(self) -> tuple[Instant, int, str]:
        """(effective time, seq or 0, id): the contract's order."""
        return self.row.at, self.row.seq or 0, self.event.id
