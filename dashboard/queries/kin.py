"""Who goes on with a closed site's work, and whose work a site goes on with, as far as the viewer may see them."""

from sqlalchemy import Connection, select

from dashboard.access import Viewer
from dashboard.queries.places import seen_by
from dashboard.rows import Kin
from models.base import Instant
from models.place import Site
from models.site_life import predecessors_of, successors_of


def kin(connection: Connection, viewer: Viewer, site_id: int, ended_from: Instant | None) -> Kin:
    after, before = successors_of(connection, site_id), predecessors_of(connection, site_id)
    codes = [code for code, _ in (*after, *before)]
    if not codes:
        return Kin(ended_from)
    hers = set(connection.execute(select(Site.code).where(Site.code.in_(codes), seen_by(viewer))).scalars())
    return Kin(
        ended_from, tuple(one for one in after if one[0] in hers), tuple(one for one in before if one[0] in hers)
    )
