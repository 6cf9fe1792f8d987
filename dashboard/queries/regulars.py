"""Regular guests who have not come lately: a sign for whoever cares for them. From cards, so only where there are any."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy import Connection, select

from dashboard.access import Viewer
from dashboard.queries.places import PlaceFacts
from dashboard.report_rows import Regulars
from models.card_day import token_of
from models.day_singly import area_events
from models.event import KIND_NUMBER
from models.guest_day import MISSING_DAYS, OFTEN, days_before
from models.place import Area


def regulars(connection: Connection, viewer: Viewer, place: PlaceFacts, last: date, zone: str) -> Regulars | None:
    """As of the end of `last`; None where nobody came by card in that time. Who they are is for those who know the guests."""
    since = last - timedelta(days=MISSING_DAYS - 1)
    today = {token_of(person) for person in _came(connection, place, last, zone)}
    days: dict[int, list[date]] = defaultdict(list)
    for on, tokens in {**days_before(connection, [place.id], last).get(place.id, {}), last: today}.items():
        for token in tokens:
            days[token].append(on)
    if not days:
        return None
    known = {token: max(on) for token, on in days.items() if sum(day < since for day in on) >= OFTEN}
    missing = {token: day for token, day in known.items() if day < since}
    named = tuple(_named(connection, place, missing, zone)) if viewer.may("regular.read") else None
    return Regulars(len(known), len(missing), named)


def _named(connection: Connection, place: PlaceFacts, missing: Mapping[int, date], zone: str) -> list[str]:
    """By what the site itself calls them, out of the events of the days on which they were last seen: there are few of those,
    and the table of events has no index by site."""
    seen: set[str] = set()
    for day in sorted(set(missing.values())):
        seen |= {person for person in _came(connection, place, day, zone) if missing.get(token_of(person)) == day}
    return sorted(seen)


def _came(connection: Connection, place: PlaceFacts, day: date, zone: str) -> Iterator[str]:
    areas: Collection[int] = connection.execute(select(Area.id).where(Area.site_id == place.id)).scalars().all()
    for events in area_events(connection, list(areas), *place.bounds(day, zone)).values():
        for row in events:
            if row.kind == KIND_NUMBER["person.in"] and (person := json.loads(row.rest or "{}").get("person")):
                yield person
