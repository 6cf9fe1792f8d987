"""Days that come to people by mail: who wants which sites at what time, and one row for every letter, so that none goes twice.

A letter is ordered when its time has come, written by whoever draws pages, and sent by whoever talks to the world.
"""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import STRICT, Base, Big, Instant, Number, Small, Words
from models.civil_day import clock_on

SITES_MOST = 20
"""Sites of one letter; more is a list and not a letter."""


class LetterState(StrEnum):
    """`unknown`: whoever sent it died before it could say so, or no answer came to it; it is not sent again."""

    ORDERED = "ordered"
    WRITTEN = "written"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class LetterKind(StrEnum):
    DAY = "day"
    REMINDER = "reminder"
    SUPERSEDED = "superseded"
    """A signed day has a new version."""
    TEST = "test"


class Way(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"


class Subscription(Base):
    """`sites` are codes with a space between; '' all that the account sees, as a list. `clock` is HH:MM of the district."""

    __tablename__ = "subscription"
    __table_args__ = STRICT
    id: Mapped[Number]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    way: Mapped[Words]
    address: Mapped[Words]
    sites: Mapped[Words]
    clock: Mapped[Words]
    language: Mapped[Words]
    made_at: Mapped[Big]
    ended_at: Mapped[Big | None]


class Letter(Base):
    """The unique row is the promise of once: a second scheduler, a kill and a restart find it there."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("subscription_id", "kind", "day"),
        Index(
            "ix_letter_pending",
            "next_at",
            sqlite_where=text("next_at is not null"),
            postgresql_where=text("next_at is not null"),
        ),
        STRICT,
    )
    id: Mapped[Number]
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    kind: Mapped[Words]
    day: Mapped[Words]
    state: Mapped[Words]
    subject: Mapped[Words]
    body: Mapped[Words]
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The PDF; dropped when the letter has gone."""
    tries: Mapped[Small]
    next_at: Mapped[Big | None]
    """Real time of the next try; None: nothing is left to do."""
    ordered_at: Mapped[Big]
    """Real time, as the two below."""
    claimed_at: Mapped[Big | None]
    sent_at: Mapped[Big | None]
    detail: Mapped[Words]
    """What the other side answered, or why it was not sent."""


def is_time(today: date, clock: str, zone: str, now: Instant) -> bool:
    """Whether a clock on the wall has shown `clock` today."""
    return now >= clock_on(today, clock, zone)
