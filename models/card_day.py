"""Who came by card on which day: enough to tell visits and persons apart at once, and no more than that.

The worker adds to these rows in the transaction that keeps the event; the summary of the day reads the events themselves.
"""

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, HOT, Base, Big, Instant, big
from models.day_figures import is_visit

KEPT_DAYS = 3
"""An entry that comes later than this counts in its day's summary alone: no screen shows that day as it runs."""

Entry = tuple[Instant, int]
"""When, and through which area; of two at one moment the area made first is the first."""


class CardEntry(Base):
    """A card that came in. `token` is a hash: the rows are there to know a card again, not to say whose it is."""

    __tablename__ = "card_entry"
    __table_args__ = (Index(None, "at"), CLUSTERED)
    token: Mapped[int] = mapped_column(big, primary_key=True, autoincrement=False)
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(big, primary_key=True, autoincrement=False)
    area_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class CardDay(Base):
    """What a day's cards add up to, by the area through which they came."""

    __tablename__ = "card_day"
    __table_args__ = HOT
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    """ISO date of the day, as its site begins it."""
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    area_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    visits: Mapped[Big]
    persons: Mapped[Big]
    """Cards that the site had not seen on this day; their sum over the areas is its distinct persons."""


def token_of(person: str) -> int:
    return int.from_bytes(blake2b(person.encode(), digest_size=8).digest(), "big", signed=True)


def visits_by_area(entries: Iterable[Entry]) -> Counter[int]:
    """The visits among one card's entries of one day at one site."""
    found: Counter[int] = Counter()
    before: Instant | None = None
    for at, area_id in sorted(entries):
        found[area_id] += is_visit(before, at)
        before = at
    return found
