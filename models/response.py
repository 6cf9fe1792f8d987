"""How people answer alarms: the one measure behind the desk, a day's sheet, reports and the league.

It is of the alarms that called somebody: not of those that came too late to page, nor of members of a larger one. All times
count from when we knew. An alarm is `unanswered` when nobody acknowledged it although it stood longer than its type allows.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, case, func, select

from models.alarm import Alarm, Transition
from models.alarm_life import State
from models.base import SECOND, Instant, big
from models.deadlines import NONE, Deadlines

CALLED = and_(Alarm.late == 0, Alarm.parent_id.is_(None))


class Called(NamedTuple):
    """An alarm that called somebody; `arrived_at` is when the first person was on the spot."""

    site_id: int
    type: str
    state: str
    opened_at: Instant
    acknowledged_at: Instant | None
    settled_at: Instant | None
    arrived_at: Instant | None


class Response(NamedTuple):
    """`limited` are those whose time to be dealt with is over, or that are closed; `in_limit` of these were closed in it."""

    called: int
    unanswered: int
    false: int
    limited: int
    in_limit: int
    acks_us: tuple[int, ...]
    """In order, as the next two: from our knowing to the acknowledgement, the close, the arrival on the spot."""
    closes_us: tuple[int, ...]
    arrivals_us: tuple[int, ...]


def called(connection: Connection, sites: Sequence[int] | None, since: Instant, until: Instant) -> list[Called]:
    """Those that opened in [since, until); `sites` None: of all."""
    within: dict[str, Any] = {"since": since, "until": until}
    asked = within if sites is None else within | {"sites": list(sites)}
    return [Called(*row) for row in connection.execute(_called(sites is not None), asked).all()]


@cache
def _called(some: bool) -> Any:
    arrived = (
        select(func.min(Transition.at))
        .where(Transition.alarm_id == Alarm.id, Transition.state == State.ON_SITE, Transition.at >= Alarm.opened_at)
        .scalar_subquery()
    )
    columns = (Alarm.site_id, Alarm.type, Alarm.state, Alarm.opened_at, Alarm.acknowledged_at, Alarm.settled_at)
    # Whoever is on the spot has acknowledged: the steps of the many others need not be looked at.
    wanted = select(*columns, case((Alarm.acknowledged_at.is_not(None), arrived))).where(
        CALLED, Alarm.opened_at >= bindparam("since", type_=big), Alarm.opened_at < bindparam("until", type_=big)
    )
    mine = Alarm.site_id.in_(bindparam("sites", expanding=True)) if some else Alarm.site_id.is_not(None)
    return wanted.where(mine)


def response(rows: Iterable[Called], now: Instant, deadlines: Deadlines) -> Response:
    some = list(rows)
    limited = [one for one in some if _fix_us(one, deadlines) is not None and _is_limited(one, now, deadlines)]
    return Response(
        called=len(some),
        unanswered=sum(1 for one in some if _is_unanswered(one, now, deadlines)),
        false=sum(1 for one in some if one.state == State.FALSE),
        limited=len(limited),
        in_limit=sum(1 for one in limited if _closed_us(one, now) <= (_fix_us(one, deadlines) or 0)),
        acks_us=_waits((one.opened_at, one.acknowledged_at) for one in some),
        closes_us=_waits((one.opened_at, one.settled_at) for one in some),
        arrivals_us=_waits((one.opened_at, one.arrived_at) for one in some),
    )


def _waits(spans: Iterable[tuple[Instant, Instant | None]]) -> tuple[int, ...]:
    return tuple(sorted(max(end - start, 0) for start, end in spans if end is not None))


def _is_unanswered(one: Called, now: Instant, deadlines: Deadlines) -> bool:
    limit_s = deadlines.get(one.type, NONE).seen_s
    return limit_s is not None and one.acknowledged_at is None and _closed_us(one, now) > limit_s * SECOND


def _fix_us(one: Called, deadlines: Deadlines) -> int | None:
    limit_s = deadlines.get(one.type, NONE).fixed_s
    return None if limit_s is None else limit_s * SECOND


def _is_limited(one: Called, now: Instant, deadlines: Deadlines) -> bool:
    return one.settled_at is not None or now - one.opened_at > (_fix_us(one, deadlines) or 0)


def _closed_us(one: Called, now: Instant) -> int:
    """How long it stood, or stands by now."""
    return (one.settled_at or now) - one.opened_at
