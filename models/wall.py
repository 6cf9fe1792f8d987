"""Screens on a wall: each was let in by an officer and holds a key of its own; the database keeps only the key's hash."""

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, STRICT, Base, Big, Number, Words


class Wall(Base):
    __tablename__ = "wall"
    __table_args__ = (UniqueConstraint("key_hash"), STRICT)
    id: Mapped[Number]
    name: Mapped[Words]
    scope: Mapped[Words]
    """'' the whole district, else `street:CODE`."""
    key_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """None until the screen has fetched its key."""
    approved_by: Mapped[Words]
    approved_at: Mapped[Big]
    seen_at: Mapped[Big | None]
    revoked_at: Mapped[Big | None]
    revoked_by: Mapped[Words | None]


class WallPairing(Base):
    """A screen that shows a code and waits for an officer. The claim is the screen's secret, the code is what people read."""

    __tablename__ = "wall_pairing"
    __table_args__ = (UniqueConstraint("code_hash"), Index(None, "made_at"), CLUSTERED)
    claim_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    client: Mapped[Words]
    """The address that asked, so that nobody can ask for very many."""
    made_at: Mapped[Big]
    expires_at: Mapped[Big]
    wall_id: Mapped[int | None]
    claimed_at: Mapped[Big | None]
