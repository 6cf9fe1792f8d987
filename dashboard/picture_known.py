"""What a page need not read again, because the feed has it: exactly as the page's own snapshot of the database says it."""

from sqlalchemy import Connection, select

from dashboard.access import Viewer
from dashboard.picture import Picture
from dashboard.queries.live import Rules, changed_since, live_parts, site_row
from dashboard.queries.places import PlaceFacts, seen_by
from dashboard.queries.services_now import Known
from dashboard.queries.worker import numbers
from models.base import SECOND, Instant
from models.place import Site

JUDGED_US: Instant = 2 * SECOND
"""The feed judges all rows once a second; from an older picture they are judged anew."""


def places_known(connection: Connection, picture: Picture, viewer: Viewer, now: Instant) -> list[PlaceFacts] | None:
    """The viewer's sites, in the order of their codes. None before there is a picture, and where the registry has moved since."""
    _, registry = numbers(connection)
    facts, until = picture.facts, picture.facts_until
    if not picture.version or registry != picture.registry or (until is not None and now >= until):
        return None
    mine = set(connection.execute(select(Site.id).where(seen_by(viewer))).scalars()) if viewer.scope else facts.keys()
    return sorted((facts[id_] for id_ in mine if id_ in facts), key=lambda place: place.site)


def caught_up(connection: Connection, picture: Picture, viewer: Viewer, now: Instant, rules: Rules) -> Known | None:
    """The viewer's sites. None where these are not known: then everything is read.

    What has changed since the picture is read here, so that heads and slots of one page add up.
    """
    places, facts = places_known(connection, picture, viewer, now), picture.facts
    if places is None:
        return None
    touched, _ = changed_since(connection, picture.change)
    live = picture.live | live_parts(connection, [facts[id_] for id_ in touched if id_ in facts])
    anew = touched if abs(now - picture.as_of) <= JUDGED_US else [place.id for place in places]
    rows = picture.rows | {id_: site_row(facts[id_], live[id_], (), now, rules) for id_ in anew if id_ in facts}
    return Known(places, live, picture.today.sites, None, rows)
