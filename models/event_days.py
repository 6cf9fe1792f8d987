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

_THERE = (
    "select to_date(right(c.relname, 8), 'YYYYMMDD') as day from pg_inherits i join pg_class c on c.oid = i.inhrelid"
    " where i.inhparent = 'event'::regclass and c.relname ~ '^event_[0-9]{8}$' order by day"
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


def days_before(connection: Connection, before: Instant) -> list[date]:
    """The days with a partition that are over by `before`, oldest first."""
    if connection.dialect.name != "postgresql":
        return []
    last = day_of(before, "UTC") - timedelta(days=1)
    return [day for day in connection.exec_driver_sql(_THERE).scalars() if day <= last]


def drop_day(connection: Connection, day: date, before: Instant) -> bool:
    """The whole day goes in a moment; False if it holds an event of `before` or later, whose key is wrong about its time.

    Waits for readers of the table 0.2 s at most, since everybody else would wait behind: then the driver's error, which
    passes, and another time.
    """
    return bool(connection.execute(select(func.drop_event_day(day, before))).scalar_one())
