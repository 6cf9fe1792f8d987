"""How far counters were from what staff counted: of the last summarised days, for a handful of sites."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, select

from dashboard.quality_rows import Drift
from models.day import SiteDay
from models.site_day import parsed

DAYS = 7


def drift(connection: Connection, sites: Sequence[int], today: date) -> dict[int, Drift]:
    """By site number; of a day with several versions the newest. A site that nobody counted at is not there."""
    days = [(today - timedelta(days=n)).isoformat() for n in range(1, DAYS + 1)]
    found = connection.execute(
        select(SiteDay.site_id, SiteDay.day, SiteDay.summary)
        .where(SiteDay.site_id.in_(sites), SiteDay.day.in_(days))
        .order_by(SiteDay.version)
    )
    newest = {(row.site_id, row.day): row.summary for row in found}
    gaps: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (site, _), summary in newest.items():
        gear = parsed(summary).gear
        gaps[site] += [(one.counter, one.staff) for one in gear.checks] if gear else []
    return {site: _drift(pairs) for site, pairs in gaps.items() if pairs}


def _drift(pairs: Sequence[tuple[int, int]]) -> Drift:
    return Drift(
        checks=len(pairs),
        total=sum(counter - staff for counter, staff in pairs),
        gap=sum(abs(counter - staff) for counter, staff in pairs),
        counted=sum(staff for _, staff in pairs),
    )
