"""Availability out of the tables: what the clock reckons of an ended day, and the pages of the last 24 hours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select

from models.availability import Availability, AvailabilityDay, HeardSlot, Span, availability, opening_spans, up_spans
from models.base import Instant
from models.civil_day import Exceptions
from models.event import SLOT_US
from models.occupancy import SiteSlot
from models.place import OpeningHours


def availability_within(
    connection: Connection, sites: Mapping[int, Instant], span: Span, zone: str, exceptions: Exceptions, silent: Instant
) -> dict[int, Availability]:
    """By site number; `sites` are (number, when it was registered): before that nothing was expected of it."""
    start, end = span
    heard: dict[int, list[HeardSlot]] = defaultdict(list)
    c = SiteSlot.__table__.c
    # A slot before the span may still hold the site up in its first minutes.
    first, last = (start - silent) // SLOT_US, (end - 1) // SLOT_US
    found = connection.execute(
        select(c.site_id, c.slot, c.minutes, c.events, c.timed, c.over_600s).where(
            c.site_id.in_(sites), c.slot >= first, c.slot <= last
        )
    )
    for site, *said in found:
        heard[site].append(HeardSlot(*said))
    rules = opening_rules(connection, list(sites), end)
    out = {}
    for site, registered_at in sites.items():
        spans = opening_spans(rules.get(site, ()), (max(start, registered_at), end), zone, exceptions)
        out[site] = availability(spans, up_spans(heard[site], silent))
    return out


def opening_rules(connection: Connection, sites: Sequence[int], end: Instant) -> dict[int, list[tuple[Instant, str]]]:
    """By site number (valid from, opening hours), oldest first, of those that hold before `end`."""
    found = connection.execute(
        select(OpeningHours.site_id, OpeningHours.valid_from, OpeningHours.rule)
        .where(OpeningHours.site_id.in_(sites), OpeningHours.valid_from < end)
        .order_by(OpeningHours.valid_from)
    )
    rules: dict[int, list[tuple[Instant, str]]] = defaultdict(list)
    for row in found:
        rules[row.site_id].append((row.valid_from, row.rule))
    return rules


def availability_of_days(
    connection: Connection, sites: Sequence[int], first: str, last: str
) -> dict[int, Availability]:
    """Sums of the reckoned days from `first` to `last`, ISO dates, both included."""
    found = connection.execute(
        select(
            AvailabilityDay.site_id,
            func.sum(AvailabilityDay.expected_min),
            func.sum(AvailabilityDay.up_min),
            func.count(),
        )
        .where(AvailabilityDay.site_id.in_(sites), AvailabilityDay.day.between(first, last))
        .group_by(AvailabilityDay.site_id)
    )
    return {site: Availability(int(expected), int(up), n) for site, expected, up, n in found}
