"""The few events that a day is told from one by one: shifts, residents' moves, the doors. They stay when raw events go."""

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, Base, Big, Words, big, small
from models.event import KIND_NUMBER

WRITTEN_DOWN = frozenset(("staff.on", "staff.off", "bed.moved", "site.opened", "site.closed"))
STAFF_ON, STAFF_OFF, BED_MOVED = (KIND_NUMBER[kind] for kind in ("staff.on", "staff.off", "bed.moved"))
OPENED, CLOSED = KIND_NUMBER["site.opened"], KIND_NUMBER["site.closed"]


class Diary(Base):
    """One such event; ordered as the contract orders events."""

    __tablename__ = "diary"
    __table_args__ = (
        Index(
            "ix_diary_moved",
            "site_id",
            "person",
            "at",
            sqlite_where=text("person is not null"),
            postgresql_where=text("person is not null"),
        ),
        CLUSTERED,
    )
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[int] = mapped_column(small, primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(big, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[Big]
    rest: Mapped[Words]
    """JSON of the kind's own fields."""
    person: Mapped[Words | None]
    """Who moved: of a resident's moves alone, so that the last one before a day is found without those before it."""
