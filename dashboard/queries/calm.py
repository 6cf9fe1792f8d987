"""Stretches of time that are kept calm: what holds and what comes, for those whom it concerns."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select, true

from dashboard.access import Viewer
from dashboard.queries.places import seen_by
from dashboard.rows import CalmRow
from models.alarm import Maintenance
from models.base import Instant, big
from models.place import Site, Street

MOST = 200


def calm_seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """Of her sites, and of the streets that these stand in; for a query outer joined to `Site`."""
    if not viewer.scope:
        return true()
    streets = select(Site.street).where(seen_by(viewer))
    whole = and_(Maintenance.site_id.is_(None), Maintenance.street.in_(streets))
    return or_(and_(Maintenance.site_id.is_not(None), seen_by(viewer)), whole)


@lru_cache(256)
def _times(scope: str, one: bool) -> Any:
    wanted = (
        select(Maintenance, Site.code, Site.street.label("of_site"), Site.name_zh, Site.name_en,
               Street.name_zh.label("street_zh"), Street.name_en.label("street_en"))
        .outerjoin(Site, Site.id == Maintenance.site_id)
        .outerjoin(Street, Street.code == Maintenance.street)
        .where(Maintenance.until > bindparam("now", type_=big), calm_seen_by(Viewer("", "", scope)))
        .order_by(Maintenance.since, Maintenance.id)
        .limit(MOST)
    )  # fmt: skip
    if not one:
        return wanted
    its_street = select(Site.street).where(Site.code == bindparam("site")).scalar_subquery()
    return wanted.where(or_(Site.code == bindparam("site"), Maintenance.street == its_street))


def calm_times(connection: Connection, viewer: Viewer, now: Instant, site: str | None = None) -> tuple[CalmRow, ...]:
    """What is not over yet, the soonest first; with `site` only what holds for it, its street's included."""
    wanted = _times(viewer.scope, site is not None)
    found = connection.execute(wanted, {"now": now} | ({} if site is None else {"site": site}))
    return tuple(
        CalmRow(
            r.id, r.kind, r.code, r.name_zh or r.street_zh or "", r.name_en or r.street_en or "",
            r.of_site or r.street or "", r.since, r.until, r.reason, r.since <= now,
        )
        for r in found
    )  # fmt: skip
