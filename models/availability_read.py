"""Availability out of the tables: what the clock reckons of an ended day, and the pages of the last 24 hours."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select

from models.availability import (
    Availability,
    AvailabilityDay,
    Span,
    availability,
    opening_spans,
    over_gaps,
    up_within,
)
from models.base import Instant
from models.civil_day import Exceptions
from models.event import SLOT_US
from models.heard_slots import Packed, heard_slots, in_time
from models.own_gap import own_gaps
from models.place import OpeningHours


def availability_within(
    connection: Connection,
    sites: Mapping[int, Instant],
    span: Span,
    zone: str,
    exceptions: Exceptions,
    silent: Instant,
    heard: Mapping[int, Sequence[Packed]] | None = None,
) -> dict[int, Availability]:
    """By site number; `sites` are (number, when it was registered): before that nothing was expected of it.

    `heard` are their slots where somebody has read them already, `slots_of_span` and perhaps more.
    """
    start, end = span
    if heard is None:
        heard = heard_slots(connection, list(sites), *slots_of_span(span, silent))
    rules, gaps = opening_rules(connection, list(sites), end), own_gaps(connection, start - silent, end)
    opened = _Opened(end, zone, exceptions)
    within = [n << 6 for n in slots_of_span(span, silent)]
    out = {}
    for site, registered_at in sites.items():
        slots = heard.get(site, ())
        up = up_within(in_time(slots[bisect_left(slots, within[0]) : bisect_left(slots, within[1] + 64)]), silent)
        expected = opened.of(rules.get(site, []), max(start, registered_at))
        out[site] = availability(expected, over_gaps(up, gaps, silent), gaps)
    return out


def slots_of_span(span: Span, silent: Instant) -> tuple[int, int]:
    """First and last: one before the span may still hold the site up in its first minutes."""
    return (span[0] - silent) // SLOT_US, (span[1] - 1) // SLOT_US


class _Opened:
    """Until `end`; reckoned once for all sites that have the same hours since the same moment."""

    def __init__(self, end: Instant, zone: str, exceptions: Exceptions) -> None:
        self._end, self._zone, self._exceptions = end, zone, exceptions
        self._known: dict[tuple[Instant, tuple[tuple[Instant, str], ...]], list[Span]] = {}

    def of(self, rules: Sequence[tuple[Instant, str]], since: Instant) -> list[Span]:
        key = since, tuple(rules)
        if key not in self._known:
            self._known[key] = list(opening_spans(rules, (since, self._end), self._zone, self._exceptions))
        return self._known[key]


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
            func.sum(AvailabilityDay.own_min),
        )
        .where(AvailabilityDay.site_id.in_(sites), AvailabilityDay.day.between(first, last))
        .group_by(AvailabilityDay.site_id)
    )
    return {site: Availability(int(expected), int(up), n, int(own)) for site, expected, up, n, own in found}
