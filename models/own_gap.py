"""When we ourselves did not listen: what did not come then says nothing of any site. Out of the alarms about ourselves."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Text, bindparam, literal_column, or_, select

from models.alarm import Alarm
from models.availability import Span, merged
from models.base import MINUTE, Instant
from models.change import Worker
from models.event import SLOT_US

_MINUTES_A_SLOT = SLOT_US // MINUTE
# Written out, because an index is kept of just these rows; a site may send alarms of any name, but only we have no site.
_OURS = (Alarm.type == literal_column("'OWN'", Text), Alarm.site_id.is_(None))
_GAPS = select(Alarm.raised_at, Alarm.cleared_at).where(
    *_OURS,
    Alarm.raised_at < bindparam("end"),
    or_(Alarm.cleared_at.is_(None), Alarm.cleared_at > bindparam("start")),
)
_LASTS = select(Alarm.id).where(*_OURS, Alarm.holds == 1)


def own_gaps(connection: Connection, start: Instant, end: Instant) -> tuple[Span, ...]:
    """In order and apart, cut to [start, end). One that lasts reaches to `end`, which is over when it is asked for."""
    found = connection.execute(_GAPS, {"start": start, "end": end})
    cut = ((max(since or start, start), end if until is None else min(until, end)) for since, until in found)
    return tuple(merged(span for span in cut if span[0] < span[1]))


def known_until(connection: Connection) -> Instant | None:
    """Until when we know whether we listened: the worker's last word. None: to this moment, as one of us watches, or nobody
    has ever listened.

    What is reckoned for good waits for it: after an outage of the clock and the worker together the gap is known only when
    one of them is back.
    """
    if connection.execute(_LASTS).first() is not None:
        return None
    return connection.execute(select(Worker.seen_at)).scalar()


def in_slots(gaps: Iterable[Span]) -> list[Span]:
    """As whole slots: one in which we did not listen throughout proves nothing."""
    return merged((since // SLOT_US * SLOT_US, -(-until // SLOT_US) * SLOT_US) for since, until in gaps)


def deaf_minutes(gaps: Iterable[Span], heard: Mapping[int, int]) -> int:
    """Minutes in which we did not listen and of which nothing came later either; `heard` are bits of minutes by slot."""
    minutes = {n for since, until in gaps for n in range(since // MINUTE, -(-until // MINUTE))}
    return sum(1 for n in minutes if not heard.get(n // _MINUTES_A_SLOT, 0) >> n % _MINUTES_A_SLOT & 1)
