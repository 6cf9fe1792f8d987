"""What a site was called and where it belonged on a day; how it closes for good, who goes on with its work, how it reopens."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from models.base import Instant
from models.broker_user import revoke, users_of
from models.change import registry_changed
from models.civil_day import NEVER_OPEN
from models.place import OpeningHours, Site, SiteTerm, Succession


@dataclass(frozen=True, slots=True)
class Term:
    """Valid from `since` on."""

    since: Instant
    name_zh: str
    name_en: str
    street: str
    community: str | None


def terms_at(connection: Connection, at: Instant, sites: Collection[int] | None = None) -> dict[int, Term]:
    """Of those sites (None: of all) that were ever called otherwise or belonged elsewhere: what was so at `at`.

    A site that is not in it was always what its row says.
    """
    wanted = select(SiteTerm).where(SiteTerm.valid_from <= at).order_by(SiteTerm.valid_from)
    if sites is not None:
        wanted = wanted.where(SiteTerm.site_id.in_(sites))
    return {
        row.site_id: Term(row.valid_from, row.name_zh, row.name_en, row.street, row.community)
        for row in connection.execute(wanted)
    }


def terms_of(connection: Connection, site_id: int) -> list[Term]:
    """All that a site was and will be, in order; empty where it was always the same."""
    found = connection.execute(select(SiteTerm).where(SiteTerm.site_id == site_id).order_by(SiteTerm.valid_from))
    return [Term(row.valid_from, row.name_zh, row.name_en, row.street, row.community) for row in found]


def terms_due(connection: Connection, now: Instant) -> list[tuple[int, Term]]:
    """Sites whose row does not say what is valid now."""
    due = terms_at(connection, now)
    rows = connection.execute(select(Site).where(Site.id.in_(select(SiteTerm.site_id)))) if due else ()
    return [
        (row.id, due[row.id])
        for row in rows
        if row.id in due and (row.name_zh, row.name_en, row.street, row.community) != _named(due[row.id])
    ]


def apply_terms(connection: Connection, now: Instant) -> int:
    """Write what is valid now into the rows of the sites; how many were not so."""
    stale = terms_due(connection, now)
    for number, term in stale:
        values = dict(zip(("name_zh", "name_en", "street", "community"), _named(term), strict=True))
        connection.execute(update(Site).where(Site.id == number).values(**values))
    if stale:
        registry_changed(connection)
    return len(stale)


def _named(term: Term) -> tuple[str, str, str, str | None]:
    return term.name_zh, term.name_en, term.street, term.community


def close_for_good(
    connection: Connection, site_id: int, code: str, at: Instant, successors: Sequence[int], now: Instant
) -> None:
    """From `at` on; its users are let in no more. Its past, and what still comes of it, stay under its own code."""
    connection.execute(update(Site).where(Site.id == site_id).values(ended_from=at))
    # Hours that were to hold from a later day on would open it again.
    connection.execute(delete(OpeningHours).where(OpeningHours.site_id == site_id, OpeningHours.valid_from >= at))
    connection.execute(insert(OpeningHours).values(site_id=site_id, valid_from=at, rule=NEVER_OPEN))
    connection.execute(delete(Succession).where(Succession.site_id == site_id))
    for successor in successors:
        connection.execute(insert(Succession).values(site_id=site_id, successor_id=successor, valid_from=at))
    for user in users_of(connection, code):
        revoke(connection, user, now)
    registry_changed(connection)


def reopen(connection: Connection, site_id: int, at: Instant) -> None:
    """With the hours that it had before; nobody goes on with its work any more. Its users need new passwords."""
    held = select(OpeningHours.rule).where(OpeningHours.site_id == site_id, OpeningHours.rule != NEVER_OPEN)
    rule = connection.execute(held.order_by(OpeningHours.valid_from.desc()).limit(1)).scalar() or ""
    later = (OpeningHours.site_id == site_id, OpeningHours.valid_from >= at)
    connection.execute(delete(OpeningHours).where(*later, OpeningHours.rule == NEVER_OPEN))
    connection.execute(delete(OpeningHours).where(OpeningHours.site_id == site_id, OpeningHours.valid_from == at))
    connection.execute(insert(OpeningHours).values(site_id=site_id, valid_from=at, rule=rule))
    connection.execute(delete(Succession).where(Succession.site_id == site_id))
    connection.execute(update(Site).where(Site.id == site_id).values(ended_from=None))
    registry_changed(connection)


def successors_of(connection: Connection, site_id: int) -> list[tuple[str, Instant]]:
    """(code, since) of who goes on with a closed site's work."""
    wanted = select(Site.code, Succession.valid_from).join(Site, Site.id == Succession.successor_id)
    return [(row.code, row.valid_from) for row in connection.execute(wanted.where(Succession.site_id == site_id))]


def predecessors_of(connection: Connection, site_id: int) -> list[tuple[str, Instant]]:
    """(code, since) of the closed sites whose work this one goes on with."""
    wanted = select(Site.code, Succession.valid_from).join(Site, Site.id == Succession.site_id)
    return [(row.code, row.valid_from) for row in connection.execute(wanted.where(Succession.successor_id == site_id))]
