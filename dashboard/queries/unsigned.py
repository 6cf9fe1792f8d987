"""Days of the last week that wait for the reader's own signature: never signed, or signed in an older version.

Those of which nothing asks for a name, as the site was closed, do not wait.
"""

from datetime import timedelta

from sqlalchemy import Connection, and_, exists, func, select, true

from dashboard.access import Viewer
from dashboard.day_rows import UnsignedDay
from dashboard.queries.live import Rules
from dashboard.queries.places import seen_by
from models.base import Instant
from models.civil_day import day_of
from models.day import Signature, SiteDay
from models.place import Site
from models.site_day import parsed

DAYS_BACK = 7


def unsigned_days(
    connection: Connection, viewer: Viewer, now: Instant, rules: Rules, site: str = ""
) -> tuple[UnsignedDay, ...]:
    """Newest first; none for whoever may not sign. With `site` at most that one's."""
    if not viewer.may("day.sign"):
        return ()
    since = (day_of(now, rules.zone) - timedelta(days=DAYS_BACK)).isoformat()
    # A single site's days are found by their key: of all sites it would be a walk over every day there is.
    mine = SiteDay.site_id == select(Site.id).where(Site.code == site).scalar_subquery() if site else true()
    newest = (
        select(SiteDay.site_id, SiteDay.day, func.max(SiteDay.version).label("version"))
        .where(SiteDay.day >= since, mine)
        .group_by(SiteDay.site_id, SiteDay.day)
        .subquery()
    )
    of_day = (Signature.site_id == newest.c.site_id, Signature.day == newest.c.day)
    signed = exists().where(*of_day, Signature.version == newest.c.version)
    older = exists().where(*of_day, Signature.version < newest.c.version)
    same = and_(*(SiteDay.__table__.c[name] == newest.c[name] for name in ("site_id", "day", "version")))
    wanted = (
        select(Site.code, Site.name_zh, Site.name_en, newest.c.day, older.label("superseded"), SiteDay.summary)
        .join(newest, newest.c.site_id == Site.id)
        .join(SiteDay, same)
        .where(seen_by(viewer), ~signed)
        .order_by(newest.c.day.desc(), Site.code)
    )
    if site:
        wanted = wanted.where(Site.code == site)
    return tuple(
        UnsignedDay(row.code, row.name_zh, row.name_en, row.day, bool(row.superseded))
        for row in connection.execute(wanted)
        if parsed(row.summary).asks_for_name
    )
