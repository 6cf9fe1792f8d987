"""How much of their opening hours sites were live or late: the last 24 hours from their slots, longer from reckoned days."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection, bindparam, select

from dashboard.queries.live import Rules
from dashboard.rows import Available
from models.availability import Availability, Span
from models.availability_read import availability_of_days, availability_within, slots_of_span
from models.base import HOUR, MINUTE, SECOND, Instant
from models.civil_day import day_of
from models.event import SLOT_US
from models.heard_slots import Packed, heard_slots
from models.place import Site

MONTH_DAYS, YEAR_DAYS = 30, 365
_REGISTERED = select(Site.id, Site.created_at).where(Site.id.in_(bindparam("sites", expanding=True)))


def last_day_heard(connection: Connection, sites: Sequence[int], now: Instant, rules: Rules) -> dict[int, list[Packed]]:
    """The slots that availability and coverage of the last 24 hours rest on."""
    first, _ = slots_of_span(_last_day(now), rules.silent_after_s * SECOND)
    return heard_slots(connection, sites, first, now // SLOT_US)


def available(
    connection: Connection,
    sites: Sequence[int],
    now: Instant,
    rules: Rules,
    heard: Mapping[int, Sequence[Packed]] | None = None,
) -> dict[int, Available]:
    """By site number. Of a handful of sites at a time: the last day walks up to 288 slots of each, which may be `heard`."""
    registered = connection.execute(_REGISTERED, {"sites": list(sites)})
    since = {row.id: row.created_at for row in registered}
    silent = rules.silent_after_s * SECOND
    day = availability_within(connection, since, _last_day(now), rules.zone, rules.exceptions, silent, heard)
    month, year = (_days(connection, sites, now, rules.zone, n) for n in (MONTH_DAYS, YEAR_DAYS))
    return {site: Available(_known(day.get(site)), _known(month.get(site)), _known(year.get(site))) for site in since}


def _last_day(now: Instant) -> Span:
    until = now // MINUTE * MINUTE
    return until - 24 * HOUR, until


def _days(connection: Connection, sites: Sequence[int], now: Instant, zone: str, back: int) -> dict[int, Availability]:
    """The last ended days, without today."""
    today = day_of(now, zone)
    first, last = today - timedelta(days=back), today - timedelta(days=1)
    return availability_of_days(connection, sites, first.isoformat(), last.isoformat())


def _known(found: Availability | None) -> Availability | None:
    return found if found and (found.expected_min or found.own_min) else None
