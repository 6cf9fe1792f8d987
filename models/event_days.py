"""The partitions of `event` on PostgreSQL: a UTC day of keys each, so that an old day goes in a moment and the index of
today's stays in memory. What has no day of its own lies in `event_rest`. SQLite has one table and none of this.
"""

from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from models.base import Instant
from models.civil_day import day_of

AHEAD_DAYS = 7

_MISSING = (
    "select d::date from generate_series(%s::timestamp, %s::timestamp, interval '1 day') d"
    " where to_regclass('event_' || to_char(d, 'YYYYMMDD')) is null order by d"
)


def missing_days(connection: Connection, now: Instant, back_days: int) -> list[date]:
    """The days without a partition, from `back_days` ago to a week ahead."""
    if connection.dialect.name != "postgresql":
        return []
    today = day_of(now, "UTC")
    wanted = (today - timedelta(days=back_days), today + timedelta(days=AHEAD_DAYS))
    return list(connection.exec_driver_sql(_MISSING, wanted).scalars())


def make_day(connection: Connection, day: date) -> bool:
    """Rows of this day move out of `event_rest`; False if somebody was first."""
    return bool(connection.execute(select(func.make_event_day(day))).scalar_one())
