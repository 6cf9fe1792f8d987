"""What a manager does with a day: she signs a version, or counts heads anew with a reason. Each is written with her name.

A correction is an event like any other, put into the inbox; the worker folds it, and the day gets its next version.
"""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, insert, select

import contract
from dashboard.access import Viewer
from dashboard.queries.places import places
from models.audit import audit
from models.base import Instant
from models.civil_day import day_bounds
from models.database import transaction
from models.day import Correction, Signature, SiteDay
from models.day_versions import fingerprint
from models.inbox import Inbox

REASONS = ("forgot_out", "counter_wrong", "left_unseen", "recount", "other")
"""Why heads were counted anew; people choose, they do not write."""
COUNT_MOST = 100_000


class DayRefused(Exception):
    """Nothing was done; the message is a key of `day.refused.`."""


@dataclass(frozen=True, slots=True)
class Signed:
    """`done` False: the version bore a signature already, of `by` at `at`."""

    done: bool
    by: str
    at: Instant


def sign(
    engine: Engine, viewer: Viewer, site: str, day: str, version: int, read: str, now: Instant, real_now: Instant
) -> Signed:
    """Put the viewer's name under the newest version, whose fingerprint she has read.

    Raises DayRefused: `403`, `404`, or `newer` when the day has another version by now.
    """
    with transaction(engine) as connection:
        site_id = _site(connection, viewer, site, now)
        newest = connection.execute(
            select(SiteDay.version, SiteDay.summary)
            .where(SiteDay.site_id == site_id, SiteDay.day == day)
            .order_by(SiteDay.version.desc())
            .limit(1)
        ).first()
        if newest is None:
            raise DayRefused("404")
        if newest.version != version or fingerprint(newest.summary) != read:
            raise DayRefused("newer")
        held = connection.execute(
            select(Signature.author, Signature.signed_at).where(
                Signature.site_id == site_id, Signature.day == day, Signature.version == version
            )
        ).first()
        if held is not None:
            return Signed(False, held.author, held.signed_at)
        row = {"site_id": site_id, "day": day, "version": version, "signed_at": now, "real_at": real_now}
        connection.execute(insert(Signature).values(author=viewer.name, fingerprint=read, **row))
        said = {"version": version, "fingerprint": read}
        audit(connection, real_now, viewer.name, viewer.role, "day.sign", f"{site}/{day}", said)
        return Signed(True, viewer.name, now)


def _site(connection: Connection, viewer: Viewer, site: str, now: Instant) -> int:
    """Its number; a site that is not there and one that is not the viewer's are refused alike."""
    found = places(connection, viewer, now, site) if contract.is_site(site) else []
    if not found:
        raise DayRefused("404")
    if not viewer.may("day.sign"):
        raise DayRefused("403")
    return found[0].id


@dataclass(frozen=True, slots=True)
class Counted:
    """Heads counted by hand at a moment of the day."""

    area: str
    at: Instant
    count: int
    reason: str


def correct(
    engine: Engine, viewer: Viewer, site: str, day: date, said: Counted, zone: str, now: Instant, real_now: Instant
) -> int:
    """Put the count into the inbox, and why beside it; the inbox row's number.

    Raises DayRefused: `403`, `404`, or `count` for what cannot have been counted.
    """
    start, end = day_bounds(day, zone)
    good = start <= said.at < min(end, now) and 0 <= said.count <= COUNT_MOST and said.reason in REASONS
    if not good or not re.fullmatch(contract.AREA, said.area):
        raise DayRefused("count")
    event_id = f"fix-{secrets.token_hex(12)}"
    event = {"id": event_id, "kind": "occupancy.count", "at": contract.format_instant(said.at), "area": said.area}
    payload = json.dumps(event | {"count": said.count, "method": "staff"}).encode()
    with transaction(engine) as connection:
        site_id = _site(connection, viewer, site, now)
        row = {"put_at": now, "source": "staff", "author": viewer.name, "site": site, "payload": payload}
        put = insert(Inbox).values(topic=contract.events_topic(site), **row).returning(Inbox.id)
        inbox_id = int(connection.execute(put).scalar_one())
        why = {"area": said.area, "at": said.at, "count": said.count, "reason": said.reason, "author": viewer.name}
        kept = {"site_id": site_id, "day": day.isoformat(), "event_id": event_id, "inbox_id": inbox_id}
        connection.execute(insert(Correction).values(made_at=now, real_at=real_now, **why, **kept))
        chosen = {"area": said.area, "at": said.at, "count": said.count, "reason": said.reason}
        audit(connection, real_now, viewer.name, viewer.role, "day.correct", f"{site}/{day}", chosen)
    return inbox_id
