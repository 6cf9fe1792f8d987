"""What staff do at a site: a count by hand, a door; each an event for the worker and an audit entry in one transaction."""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

import contract
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.inbox import put_within
from dashboard.queries.places import PlaceFacts, places
from models.account import Account
from models.audit import audit
from models.base import Instant
from models.database import transaction
from models.event import sender_id
from models.place import Area
from models.site_deeds import CLOSE_REASONS, COUNT_REASONS, OPEN_REASONS

COUNT_MOST = 100_000
"""As the contract allows."""


@dataclass(frozen=True, slots=True)
class Correction:
    area: str
    count: int
    reason: str


def correct_count(engine: Engine, viewer: Viewer, site: str, said: Correction, now: Instant, real_now: Instant) -> int:
    """Hand a count by staff to the worker; the number of its inbox row.

    Raises ActionRefused: `404` for a site that is not there or not hers, `403` for a role that may not, `code` for a
    reason, area or number that cannot be.
    """
    if said.reason not in COUNT_REASONS or not 0 <= said.count <= COUNT_MOST:
        raise ActionRefused("code")
    with transaction(engine) as connection:
        place = _its_site(connection, viewer, site, now)
        if said.area not in _areas(connection, place):
            raise ActionRefused("code")
        id_ = _new_id(now)
        event = contract.OccupancyCount(
            id=id_, at=contract.Moment(now), area=said.area, count=said.count, method="staff"
        )
        row = _hand_over(connection, viewer, site, event, now)
        chosen = {"count": said.count, "reason": said.reason, "event": id_, "inbox": row}
        audit(connection, real_now, viewer.name, viewer.role, "count.correct", f"{site}/{said.area}", chosen)
    return row


def move_door(
    engine: Engine, viewer: Viewer, site: str, opens: bool, reason: str, now: Instant, real_now: Instant
) -> int:
    """Hand over that a site opens or closes; the number of its inbox row. Raises ActionRefused like `correct_count`."""
    if reason not in (OPEN_REASONS if opens else CLOSE_REASONS):
        raise ActionRefused("code")
    kind = contract.SiteOpened if opens else contract.SiteClosed
    with transaction(engine) as connection:
        _its_site(connection, viewer, site, now)
        id_ = _new_id(now)
        event = kind(id=id_, at=contract.Moment(now), by=wire_name(connection, viewer))
        row = _hand_over(connection, viewer, site, event, now)
        chosen = {"reason": reason, "event": id_, "inbox": row}
        audit(connection, real_now, viewer.name, viewer.role, "site.open" if opens else "site.close", site, chosen)
    return row


def _its_site(connection: Connection, viewer: Viewer, site: str, now: Instant) -> PlaceFacts:
    found = places(connection, viewer, now, site) if contract.is_site(site) else []
    if not found:
        raise ActionRefused("404")
    if not viewer.may("site.correct"):
        raise ActionRefused("403")
    return found[0]


def _areas(connection: Connection, place: PlaceFacts) -> set[str]:
    """What may be counted: areas that were heard of or have a capacity; a site without any is one area."""
    heard = set(connection.execute(select(Area.code).where(Area.site_id == place.id)).scalars())
    return heard | {area for area in place.capacity if area} or {"main"}


def _hand_over(connection: Connection, viewer: Viewer, site: str, event: contract.Event, now: Instant) -> int:
    return put_within(
        connection,
        source="staff",
        author=viewer.name,
        site=site,
        topic=contract.events_topic(site),
        payload=contract.encode_event(event),
        now=now,
    )


def _new_id(now: Instant) -> str:
    """A ULID of this moment."""
    return sender_id(1, (now // 1000).to_bytes(6, "big") + secrets.token_bytes(10), None)


def wire_name(connection: Connection, viewer: Viewer) -> str:
    """Stands for a person on the wire, where no name may; a key has no account and is called so."""
    number = connection.execute(select(Account.id).where(Account.name == viewer.name)).scalar()
    return f"account-{number}" if number is not None else "key"
