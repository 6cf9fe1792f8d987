"""Regular guests who have not come lately: a sign for whoever cares for them. From cards, so only where there are any."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select

from dashboard.access import Viewer
from dashboard.queries.places import PlaceFacts
from dashboard.report_rows import Regulars
from models.card_day import token_of
from models.day_figures import fields_of
from models.day_singly import area_events, came
from models.event import KIND_NUMBER
from models.guest_day import MISSING_DAYS, OFTEN, days_before
from models.place import Area


def regulars(connection: Connection, viewer: Viewer, place: PlaceFacts, last: date, zone: str) -> Regulars | None:
    """As of the end of `last`; None where nobody came by card in that time. Who they are is for those who know the guests."""
    since = last - timedelta(days=MISSING_DAYS - 1)
    areas = list(connection.execute(select(Area.id).where(Area.site_id == place.id)).scalars())
    on_last = {token_of(person) for person in _in(area_events(connection, areas, *place.bounds(last, zone)))}
    days: dict[int, list[date]] = defaultdict(list)
    for on, tokens in {**days_before(connection, [place.id], last).get(place.id, {}), last: on_last}.items():
        for token in tokens:
            days[token].append(on)
    if not days:
        return None
    known = {token: max(on) for token, on in days.items() if sum(day < since for day in on) >= OFTEN}
    missing = {token: day for token, day in known.items() if day < since}
    named = tuple(_named(connection, place, areas, missing, zone)) if viewer.may("regular.read") else None
    return Regulars(len(known), len(missing), named)


def _in(events: Mapping[int, Sequence[Any]]) -> Iterator[str]:
    for row in chain.from_iterable(events.values()):
        if row.kind == KIND_NUMBER["person.in"] and (person := fields_of(row.rest).get("person")):
            yield person


def _named(
    connection: Connection, place: PlaceFacts, areas: Sequence[int], missing: Mapping[int, date], zone: str
) -> list[str]:
    """By what the site itself calls them, out of the events of the days on which they were last seen: there are few of those,
    and the table of events has no index by site."""
    named: list[str] = []
    for day in sorted(set(missing.values())):
        wanted = {token for token, on in missing.items() if on == day}
        for person in came(connection, areas, *place.bounds(day, zone)):
            if token_of(person) in wanted:
                wanted.remove(token_of(person))
                named.append(person)
            if not wanted:
                break
    return sorted(named)
