"""Who came by card on an ended day, as hashes: enough to tell new faces and regulars who stay away, and no more than that."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date, timedelta

from sqlalchemy import Connection, LargeBinary, Text, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, Base
from models.day_blocks import Guests

MISSING_DAYS, BEFORE_DAYS, OFTEN = 7, 28, 4
"""Not seen for so long; on how many days of so many before that somebody came to be a regular."""
WINDOW_DAYS = MISSING_DAYS + BEFORE_DAYS
LEAST_DAYS = 28
"""So long a site's cards must be known before anybody is new, or regular."""

Days = Mapping[date, Collection[int]]


class GuestDay(Base):
    """Written with each version of the day; a day on which nobody came by card has no row."""

    __tablename__ = "guest_day"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    tokens: Mapped[bytes] = mapped_column(LargeBinary)
    """Eight bytes each, in order."""


def guests(came: Collection[int], day: date, before: Days) -> Guests | None:
    """`before` are the days of the window before it on which anybody came; None while too little of them is known."""
    if not before or min(before) > day - timedelta(days=LEAST_DAYS):
        return None
    since = day - timedelta(days=MISSING_DAYS - 1)
    days = Counter(token for on, tokens in before.items() if on < since for token in tokens)
    regular = {token for token, n in days.items() if n >= OFTEN}
    lately = {token for on, tokens in before.items() if on >= since for token in tokens} | set(came)
    known = {token for tokens in before.values() for token in tokens}
    return Guests(new=len(set(came) - known), regulars=len(regular), missing=len(regular - lately))


_WINDOW = select(GuestDay.site_id, GuestDay.day, GuestDay.tokens).where(
    GuestDay.site_id.in_(bindparam("sites", expanding=True)),
    GuestDay.day >= bindparam("first"),
    GuestDay.day < bindparam("day"),
)
_FORGET = delete(GuestDay).where(GuestDay.site_id == bindparam("site"), GuestDay.day == bindparam("of"))


def days_before(connection: Connection, sites: Collection[int], day: date) -> dict[int, Days]:
    """By site, of the window that ends with `day`, without it."""
    first = day - timedelta(days=WINDOW_DAYS - 1)
    asked = {"sites": list(sites), "first": first.isoformat(), "day": day.isoformat()}
    found: dict[int, dict[date, Collection[int]]] = defaultdict(dict)
    for site, on, tokens in connection.execute(_WINDOW, asked).all():
        found[site][date.fromisoformat(on)] = _unpacked(tokens)
    return dict(found)


def keep_guests(connection: Connection, came: Mapping[tuple[int, str], Collection[int]]) -> None:
    """By site and day, in place of whatever the day had."""
    connection.execute(_FORGET, [{"site": site, "of": day} for site, day in came])
    rows = [{"site_id": site, "day": day, "tokens": _packed(some)} for (site, day), some in came.items() if some]
    if rows:
        connection.execute(insert(GuestDay), rows)


def _packed(tokens: Collection[int]) -> bytes:
    return array("q", sorted(tokens)).tobytes()


def _unpacked(content: bytes) -> Collection[int]:
    tokens = array("q")
    tokens.frombytes(content)
    return tokens
