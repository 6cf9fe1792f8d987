"""Who is on a roll and where they are: one row per resident, folded from `bed.moved` in any order."""

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import STRICT, Base, Big, Flag, Instant, Number, Words

WHEREABOUTS = {
    "admit": "in_house",
    "return": "in_house",
    "leave": "on_leave",
    "hospital": "in_hospital",
    "discharge": "gone",
    "transfer": "gone",
    "death": "gone",
}
ON_ROLL = frozenset(("in_house", "on_leave", "in_hospital"))

Key = tuple[Instant, int, str]


class Resident(Base):
    """`moves` is JSON {move: [at, seq, id]}: the last of each kind, from which the rest follows."""

    __tablename__ = "resident"
    __table_args__ = (UniqueConstraint("site_id", "person"), Index(None, "site_id", "whereabouts"),
                      Index(None, "site_id", "on_roll", "since"), STRICT)  # fmt: skip
    id: Mapped[Number]
    site_id: Mapped[int]
    person: Mapped[Words]
    moves: Mapped[Words]
    whereabouts: Mapped[Words]
    on_roll: Mapped[Flag]
    since: Mapped[Big]
    bed: Mapped[Words | None]
    flags: Mapped[Words]


def later(one: Key, other: Key) -> bool:
    return (one[0], one[1], one[2].encode()) > (other[0], other[1], other[2].encode())


def last_move(moves: dict[str, Key]) -> str:
    name, _ = max(moves.items(), key=lambda item: (item[1][0], item[1][1], item[1][2].encode()))
    return name


def resident_flags(moves: dict[str, Key]) -> tuple[str, ...]:
    """Impossible orders are shown, not refused: the missing message may still come."""
    flags = []
    if "admit" not in moves:
        flags.append("never_admitted")
    if "return" in moves and not any(away in moves for away in ("leave", "hospital")):
        flags.append("returned_without_leaving")
    return tuple(flags)
