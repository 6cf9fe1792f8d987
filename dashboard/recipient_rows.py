"""What the page of recipients shows: who is told, and what was told."""

from dataclasses import dataclass

from models.base import Instant


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """`scope` '' is the whole district; `address` a mailbox, or the name of a file that stays unread here."""

    id: int
    level: int
    scope: str
    channel: str
    address: str
    made_by: str
    made_at: Instant
    test_state: str
    test_at: Instant | None
    test_detail: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One step told once. `address` None: a channel of the configuration, or a recipient that is not the viewer's."""

    at: Instant
    alarm: int
    step: str
    level: int
    channel: str
    address: str | None
    state: str
    tries: int
    sent_at: Instant | None
    detail: str
