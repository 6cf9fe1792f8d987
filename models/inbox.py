"""Bytes from whoever is not the broker: staff actions, the HTTP API, replays. The worker drains it in its ordinary batches."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from models.base import STRICT, Base, Big, Bytes, Number, Words


class Inbox(Base):
    __tablename__ = "inbox"
    __table_args__ = (
        Index(
            "ix_inbox_waiting",
            "id",
            sqlite_where=text("done_at is null"),
            postgresql_where=text("done_at is null"),
        ),
        STRICT,
    )
    id: Mapped[Number]
    put_at: Mapped[Big]
    source: Mapped[Words]
    """`http`, `staff`, `replay`, `register`."""
    author: Mapped[Words | None]
    site: Mapped[Words]
    topic: Mapped[Words]
    payload: Mapped[Bytes]
    rejected_id: Mapped[int | None]
    """The row that a replay would mend."""
    done_at: Mapped[Big | None]
    outcome: Mapped[Words | None]
    """JSON list, an entry an element: `stored`, `duplicate` or a reason."""
