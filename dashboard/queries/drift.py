"""How far counters were from what staff counted: of the last summarised days, for a handful of sites."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from dashboard.quality_rows import Drift
from models.day import SiteDay

DAYS = 7


class _Check(msgspec.Struct):
    counter: int
    staff: int


class _Gear(msgspec.Struct):
    checks: list[_Check] = []


class _Summary(msgspec.Struct):
    """Of a day's summary what is asked for here: the rest of it, which is long, is passed over."""

    gear: _Gear | None = None


_READ = msgspec.json.Decoder(_Summary)
_SITES: Any = bindparam("sites", expanding=True)
_NEWEST = (
    select(SiteDay.site_id, SiteDay.day, func.max(SiteDay.version).label("version"))
    .where(SiteDay.site_id.in_(_SITES), SiteDay.day.in_(bindparam("days", expanding=True)))
    .group_by(SiteDay.site_id, SiteDay.day)
    .subquery()
)
_SUMMARIES = select(SiteDay.site_id, SiteDay.summary).join(
    _NEWEST,
    (SiteDay.site_id == _NEWEST.c.site_id) & (SiteDay.day == _NEWEST.c.day) & (SiteDay.version == _NEWEST.c.version),
)


def drift(connection: Connection, sites: Sequence[int], today: date) -> dict[int, Drift]:
    """By site number; of a day with several versions the newest. A site that nobody counted at is not there."""
    days = [(today - timedelta(days=n)).isoformat() for n in range(1, DAYS + 1)]
    gaps: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in connection.execute(_SUMMARIES, {"sites": list(sites), "days": days}):
        gear = _READ.decode(row.summary).gear
        gaps[row.site_id] += [(one.counter, one.staff) for one in gear.checks] if gear else []
    return {site: _drift(pairs) for site, pairs in gaps.items() if pairs}


def _drift(pairs: Sequence[tuple[int, int]]) -> Drift:
    return Drift(
        checks=len(pairs),
        total=sum(counter - staff for counter, staff in pairs),
        gap=sum(abs(counter - staff) for counter, staff in pairs),
        counted=sum(staff for _, staff in pairs),
    )
