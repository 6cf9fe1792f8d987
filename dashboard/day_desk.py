"""What a manager does with a day: she signs a version, or says what was not reported, and why. Each is written with her name.

A correction is an event like any other, put into the inbox; the worker folds it, and the day gets its next version.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, insert, select

import contract
from dashboard.access import Viewer
from dashboard.day_corrections import KINDS, Said
from dashboard.inbox import put_within
from dashboard.queries.places import places
from dashboard.site_actions import wire_name
from models.audit import audit
from models.base import Instant
from models.civil_day import clock_within, day_bounds
from models.database import read_only, transaction
from models.day import Correction, Signature, SiteDay
from models.day_begin import begins_of
from models.day_versions import fingerprint


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


def moment_of(engine: Engine, viewer: Viewer, site: str, day: date, minute: int, zone: str, now: Instant) -> Instant:
    """When a clock on the wall showed so many minutes after midnight on this day of the site.

    Raises DayRefused: `403`, `404`, or `count` where it never did.
    """
    with read_only(engine) as connection:
        bounds = day_bounds(day, zone, begins_of(connection, _site(connection, viewer, site, now)))
    at = clock_within(bounds, minute, zone)
    if at is None:
        raise DayRefused("count")
    return at


def correct(
    engine: Engine,
    viewer: Viewer,
    site: str,
    day: date,
    said: Said,
    once: str,
    zone: str,
    now: Instant,
    real_now: Instant,
) -> int:
    """Put it into the inbox, and why beside it; the inbox row's number. What is sent again with the same `once` is done once.

    Raises DayRefused: `403`, `404`, or `count` for what cannot have been.
    """
    kind = KINDS.get(said.what)
    if kind is None or said.at >= now or said.reason not in kind.reasons:
        raise DayRefused("count")
    event_id = f"fix-{once}"
    with transaction(engine) as connection:
        site_id = _site(connection, viewer, site, now)
        start, end = day_bounds(day, zone, begins_of(connection, site_id))
        if not start <= said.at < end:
            raise DayRefused("count")
        known = select(Correction.inbox_id).where(Correction.site_id == site_id, Correction.event_id == event_id)
        if (done := connection.execute(known).scalar()) is not None:
            return int(done)
        if not kind.fits(connection, site_id, said):
            raise DayRefused("count")
        payload = contract.encode_events(kind.events(said, event_id, wire_name(connection, viewer)))
        inbox_id = put_within(
            connection, source="staff", author=viewer.name, site=site, topic=contract.events_topic(site), payload=payload,
            now=now,
        )  # fmt: skip
        chosen = {"what": said.what, "subject": said.subject, "at": said.at, "n": said.n, "reason": said.reason}
        kept = {"site_id": site_id, "day": day.isoformat(), "event_id": event_id, "inbox_id": inbox_id}
        by = {"author": viewer.name, "made_at": now, "real_at": real_now}
        connection.execute(insert(Correction).values(**chosen, **kept, **by))
        audit(connection, real_now, viewer.name, viewer.role, "day.correct", f"{site}/{day}", chosen)
    return inbox_id
