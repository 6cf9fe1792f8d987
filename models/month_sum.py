"""Sums of months and years, kept so that a year need not read its days; gone as soon as one of these gets another version."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

import msgspec
from sqlalchemy import ColumnElement, Connection, Text, and_, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, Base, Big, Words
from models.day import DaySummary, SiteDay
from models.day_sums import Sums, added, sums_of
from models.period import holding
from models.place import Site

_READER = msgspec.json.Decoder(Sums)
SITES_AT_ONCE = 500
"""So many numbers stand in one statement."""


class MonthSum(Base):
    """What the newest versions of a month's days add up to. No row: nobody has added them up since the last of them."""

    __tablename__ = "month_sum"
    __table_args__ = CLUSTERED
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    """2026-11; or a whole year, 2026, of the months that there are."""
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[Big]
    sums: Mapped[Words]
    """JSON of `Sums`."""


class ScopeMonth(Base):
    """What the months of a street's sites add up to; '' is the district, `street:CODE` a street."""

    __tablename__ = "scope_month"
    __table_args__ = CLUSTERED
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    members: Mapped[Words]
    """Which sites, as `members_of` tells: one that has moved since, or that somebody may not see, makes another sum."""
    sums: Mapped[Words]
    """JSON of `Sums`."""


Standing = tuple[int, int]
"""How many versions of a month's days there are, and the sum of their numbers: another one changes it."""


_FORGET = delete(MonthSum).where(MonthSum.month == bindparam("of"), MonthSum.site_id == bindparam("site"))


def forget_months(connection: Connection, site_days: Sequence[tuple[int, str]]) -> None:
    """A day of each has another version; whoever adds the month up again sees all of them."""
    of = sorted({(site, period) for site, day in site_days for period in (day[:7], day[:4])})
    connection.execute(_FORGET, [{"site": site, "of": period} for site, period in of])
    connection.execute(delete(ScopeMonth).where(ScopeMonth.month.in_({day[:7] for _, day in site_days})))


def newest_days(
    connection: Connection, sites: Sequence[int], first: date, last: date
) -> Iterator[tuple[int, str, int, DaySummary]]:
    """(site, day, version, summary) of the newest version of each day from `first` to `last`, of one site after the other."""
    for begin in range(0, len(sites), SITES_AT_ONCE):
        some = sites[begin : begin + SITES_AT_ONCE]
        within = (SiteDay.site_id.in_(some), SiteDay.day.between(first.isoformat(), last.isoformat()))
        newest = (
            select(SiteDay.site_id, SiteDay.day, func.max(SiteDay.version).label("version"))
            .where(*within)
            .group_by(SiteDay.site_id, SiteDay.day)
            .subquery()
        )
        same = and_(*(SiteDay.__table__.c[name] == newest.c[name] for name in ("site_id", "day", "version")))
        wanted = select(SiteDay.site_id, SiteDay.day, SiteDay.version, SiteDay.summary).join_from(newest, SiteDay, same)
        for row in connection.execute(wanted.order_by(SiteDay.site_id, SiteDay.day)):
            yield row.site_id, row.day, row.version, msgspec.json.decode(row.summary, type=DaySummary)


def kept_months(connection: Connection, sites: Collection[int], months: Sequence[str]) -> dict[tuple[int, str], Sums]:
    """By site and month, as far as they are kept; `months` may be years."""
    wanted, mine = select(MonthSum.site_id, MonthSum.month, MonthSum.sums).where(MonthSum.month.in_(months)), set(sites)
    if len(mine) <= SITES_AT_ONCE:
        wanted = wanted.where(MonthSum.site_id.in_(mine))
    return {
        (row.site_id, row.month): _READER.decode(row.sums) for row in connection.execute(wanted) if row.site_id in mine
    }


def members_of(
    connection: Connection, months: Sequence[str], mine: Iterable[ColumnElement[bool]] = ()
) -> dict[str, str]:
    """Which sites have a sum of each month: how many, and the sum of their numbers. `mine` are conditions on sites."""
    found = connection.execute(
        select(MonthSum.month, func.count(), func.sum(MonthSum.site_id))
        .join(Site, Site.id == MonthSum.site_id)
        .where(MonthSum.month.in_(months), *mine)
        .group_by(MonthSum.month)
    )
    return {month: f"{count}:{numbers}" for month, count, numbers in found}


def scope_months_from_sites(connection: Connection, month: str) -> list[dict[str, str]]:
    """Rows of `scope_month`: the district, and each street with a site that has a sum."""
    streets: dict[int, str] = {row[0]: row[1] for row in connection.execute(select(Site.id, Site.street))}
    by_scope: dict[str, list[tuple[int, Sums]]] = defaultdict(list)
    for (site, _), sums in kept_months(connection, list(streets), [month]).items():
        for scope in ("", f"street:{streets[site]}"):
            by_scope[scope].append((site, sums))
    return [
        {
            "month": month,
            "scope": scope,
            "members": f"{len(some)}:{sum(site for site, _ in some)}",
            "sums": msgspec.json.encode(added([sums for _, sums in some])).decode(),
        }
        for scope, some in sorted(by_scope.items())
    ]


def kept_scope_months(
    connection: Connection, scope: str, months: Sequence[str], mine: Iterable[ColumnElement[bool]]
) -> dict[str, Sums]:
    """Those that are of just the sites that `mine` describes."""
    members = members_of(connection, months, mine)
    found = connection.execute(
        select(ScopeMonth.month, ScopeMonth.members, ScopeMonth.sums).where(
            ScopeMonth.scope == scope, ScopeMonth.month.in_(months)
        )
    )
    return {row.month: _READER.decode(row.sums) for row in found if row.members == members.get(row.month)}


def standing(connection: Connection, sites: Sequence[int], month: str) -> dict[int, Standing]:
    """Of the sites that have any day of the month."""
    whole = holding("month", date.fromisoformat(f"{month}-01"))
    out: dict[int, Standing] = {}
    for begin in range(0, len(sites), SITES_AT_ONCE):
        found = connection.execute(
            select(SiteDay.site_id, func.count(), func.sum(SiteDay.version))
            .where(
                SiteDay.site_id.in_(sites[begin : begin + SITES_AT_ONCE]),
                SiteDay.day.between(whole.first.isoformat(), whole.last.isoformat()),
            )
            .group_by(SiteDay.site_id)
        )
        out |= {site: (int(count), int(versions)) for site, count, versions in found}
    return out


def months_from_days(connection: Connection, sites: Sequence[int], month: str) -> dict[int, Sums]:
    """Added up from the days themselves."""
    whole = holding("month", date.fromisoformat(f"{month}-01"))
    days: dict[int, list[Sums]] = defaultdict(list)
    for site, _, _, summary in newest_days(connection, sites, whole.first, whole.last):
        days[site].append(sums_of(summary))
    return {site: added(some) for site, some in days.items()}
