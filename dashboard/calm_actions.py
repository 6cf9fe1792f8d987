"""Staff keep a site or a whole street calm for a while, and end it early: audited, in their scope."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select

from contract import is_site
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.queries.calm import calm_seen_by
from dashboard.queries.places import places
from models.alarm import Maintenance
from models.audit import audit
from models.base import HOUR, Instant
from models.calm import CALM_KINDS, CALM_REASONS, end_early
from models.database import transaction
from models.place import Site, Street

_BACK: Instant = HOUR
"""A stretch may have begun a little before somebody says so."""


@dataclass(frozen=True, slots=True)
class CalmTime:
    """`site` '' for a whole street."""

    kind: str
    site: str
    street: str
    since: Instant
    until: Instant
    reason: str


def keep_calm(engine: Engine, viewer: Viewer, said: CalmTime, days_max: int, now: Instant, real_now: Instant) -> int:
    """The number of the stretch.

    Raises ActionRefused: `403` for a role that may not, `404` for a place that is not there or not hers, `code` for a kind
    or reason that its catalogue does not have, `span` for a time that cannot be.
    """
    if said.kind not in CALM_KINDS or said.reason not in CALM_REASONS or bool(said.site) == bool(said.street):
        raise ActionRefused("code")
    if not max(said.since, now) < said.until <= said.since + days_max * 24 * HOUR or said.since < now - _BACK:
        raise ActionRefused("span")
    with transaction(engine) as connection:
        place = _place(connection, viewer, said, now)
        row = {"kind": said.kind, "since": said.since, "until": said.until, "reason": said.reason,
               "author": viewer.name, "made_at": now} | place  # fmt: skip
        number = connection.execute(insert(Maintenance).values(**row).returning(Maintenance.id)).scalar_one()
        told = {"kind": said.kind, "since": said.since, "until": said.until, "reason": said.reason, "number": number}
        audit(connection, real_now, viewer.name, viewer.role, "calm.keep", said.site or said.street, told)
    return int(number)


def end_calm(engine: Engine, viewer: Viewer, number: int, now: Instant, real_now: Instant) -> None:
    """Raises ActionRefused `404` for one that is over, not there or not hers, and `403`."""
    with transaction(engine) as connection:
        wanted = select(Maintenance.street, Site.code).outerjoin(Site, Site.id == Maintenance.site_id)
        found = connection.execute(wanted.where(Maintenance.id == number, calm_seen_by(viewer))).first()
        if found is None:
            raise ActionRefused("404")
        _check(viewer, whole_street=found.code is None, street=found.street)
        planned = end_early(connection, number, now)
        if planned is None:
            raise ActionRefused("404")
        told = {"number": number, "planned_until": planned}
        audit(connection, real_now, viewer.name, viewer.role, "calm.end", found.code or found.street, told)


def _place(connection: Connection, viewer: Viewer, said: CalmTime, now: Instant) -> dict[str, int | str]:
    if said.site:
        found = places(connection, viewer, now, said.site) if is_site(said.site) else []
        if not found:
            raise ActionRefused("404")
        _check(viewer, whole_street=False, street="")
        return {"site_id": found[0].id}
    known = connection.execute(select(Street.code).where(Street.code == said.street)).first()
    if known is None or (viewer.scope and viewer.scope != f"street:{said.street}"):
        raise ActionRefused("404")
    _check(viewer, whole_street=True, street=said.street)
    return {"street": said.street}


def _check(viewer: Viewer, *, whole_street: bool, street: str) -> None:
    """A street's stretch is seen by everybody in it, and made and ended by those who answer for all of it."""
    hers = not viewer.scope or viewer.scope == f"street:{street}"
    if not viewer.may("calm.keep_street" if whole_street else "calm.keep") or (whole_street and not hers):
        raise ActionRefused("403")
