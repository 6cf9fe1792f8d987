"""At what hour the days of a site begin, where that is not midnight: valid from a day on, so that a day keeps its bounds.

A new site gets it with its registration, an older one from a day that has not begun: whatever the configuration says later,
and whatever kind a site becomes, an ended day is summed up again between the same two moments.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, ForeignKey, Text, case, delete, func, insert, literal, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models.base import CLUSTERED, Base, Instant, big
from models.change import registry_changed
from models.civil_day import AT_MIDNIGHT, Begins, day_bounds, day_of
from models.place import Site

ALWAYS = date.min
NOT_BEGUN = timedelta(days=2)
"""The day after tomorrow has begun nowhere, and every process knows of it by then."""

SITES_AT_ONCE, MOST_AT_ONCE = 500, 10_000
DayBegins = Mapping[str, int]
"""What the configuration wants: minutes after midnight, by kind of site; a kind that is not there begins at midnight."""


class DayBegin(Base):
    """A site without a row has its days from midnight to midnight."""

    __tablename__ = "day_begin"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    from_day: Mapped[str] = mapped_column(Text, primary_key=True)
    """ISO date of the first day that begins so."""
    minutes: Mapped[int]
    """After midnight, as a clock on the wall shows them."""


def is_day_begin(from_day: Any, minutes: Any) -> bool:
    """Whether these could stand in the table."""
    try:
        return date.fromisoformat(from_day).isoformat() == from_day and minutes in range(0, 12 * 60, 60)
    except (TypeError, ValueError):
        return False


def begins_by_site(connection: Connection, sites: Collection[int] | None = None) -> dict[int, Begins]:
    """Of those sites (None: of all) whose days ever began otherwise than at midnight."""
    wanted = select(DayBegin).order_by(DayBegin.site_id, DayBegin.from_day)
    if sites is not None:
        wanted = wanted.where(DayBegin.site_id.in_(sites))
    return gathered((row.site_id, row.from_day, row.minutes) for row in connection.execute(wanted))


def gathered(rows: Iterable[tuple[int, str, int]]) -> dict[int, Begins]:
    """Rows of the table, in the order of days."""
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for site_id, from_day, minutes in rows:
        found[site_id].append((date.fromisoformat(from_day), minutes))
    return {site_id: tuple(begins) for site_id, begins in found.items()}


def begins_of(connection: Connection, site_id: int) -> Begins:
    return begins_by_site(connection, [site_id]).get(site_id, AT_MIDNIGHT)


# -- of many sites at once --------------------------------------------------------------------------------------------------


def days_at(
    connection: Connection, now: Instant, zone: str, only: Collection[int] | None = None
) -> list[tuple[date, tuple[Instant, Instant], list[int] | None]]:
    """The days that run at `now` with their bounds, and who lives each: None stands for all sites that none of the others
    names; with `only` for nobody else."""
    begins = begins_by_site(connection, only)
    rest = None if only is None else [site_id for site_id in only if site_id not in begins]
    return days_lived(begins, rest, now, zone)


def days_lived(
    begins: Mapping[int, Begins], rest: list[int] | None, now: Instant, zone: str
) -> list[tuple[date, tuple[Instant, Instant], list[int] | None]]:
    """The same of sites whose beginnings are known; `rest` have their days from midnight to midnight."""
    groups: dict[Begins, list[int]] = defaultdict(list)
    for site_id, one in begins.items():
        groups[one].append(site_id)
    lived: list[tuple[Begins, list[int] | None]] = [(AT_MIDNIGHT, rest)] if rest is None or rest else []
    for one, sites in groups.items():
        lived += [(one, sites[first : first + MOST_AT_ONCE]) for first in range(0, len(sites), MOST_AT_ONCE)]
    days = [(day_of(now, zone, one), one, sites) for one, sites in lived]
    return [(day, day_bounds(day, zone, one), sites) for day, one, sites in days]


def lives_among(site: Any, sites: Collection[int] | None) -> ColumnElement[bool]:
    """Whether the site of a row is of these, as `days_at` tells them of all sites."""
    among: ColumnElement[bool] = site.not_in(select(DayBegin.site_id)) if sites is None else site.in_(sites)
    return among


@dataclass(frozen=True)
class Turn:
    """From `from_day` on the days of some sites begin so."""

    from_day: date
    minutes: int


def turns_known(connection: Connection) -> list[Turn]:
    """None where all days of all sites are from midnight to midnight."""
    found = connection.execute(select(DayBegin.from_day, DayBegin.minutes).distinct())
    return [Turn(date.fromisoformat(from_day), minutes) for from_day, minutes in found]


def minutes_of(site: Any, day: date) -> Any:
    """After midnight, at which this day begins at the site of a row."""
    row = aliased(DayBegin)
    newest = (
        select(row.minutes)
        .where(row.site_id == site, row.from_day <= day.isoformat())
        .order_by(row.from_day.desc())
        .limit(1)
        .correlate_except(row)
        .scalar_subquery()
    )
    return func.coalesce(newest, 0)


def start_of(site: Any, day: date, zone: str, turns: Collection[Turn]) -> Any:
    """When this day begins at the site of a row."""
    starts = {minutes: day_bounds(day, zone, ((ALWAYS, minutes),))[0] for minutes in {0, *(t.minutes for t in turns)}}
    return case(starts, value=minutes_of(site, day)) if turns else literal(starts[0], big)


# -- what is written --------------------------------------------------------------------------------------------------------


def otherwise(connection: Connection, wanted: DayBegins) -> list[tuple[int, int]]:
    """The sites whose days are to begin at another hour than their newest row says, each with the minutes after midnight."""
    if not wanted and not turns_known(connection):
        return []
    should = case(dict(wanted), value=Site.kind, else_=0) if wanted else literal(0)
    found = select(Site.id, should.label("minutes")).where(minutes_of(Site.id, date.max) != should)
    return [(row.id, row.minutes) for row in connection.execute(found.order_by(Site.id))]


def begin_otherwise(connection: Connection, sites: Sequence[tuple[int, int]], today: date) -> None:
    """From a day on that has not begun."""
    from_day = (today + NOT_BEGUN).isoformat()
    rows = [{"site_id": site_id, "from_day": from_day, "minutes": minutes} for site_id, minutes in sites]
    for first in range(0, len(rows), SITES_AT_ONCE):
        some = rows[first : first + SITES_AT_ONCE]
        # Somebody may have changed her mind twice in a day.
        same = (DayBegin.from_day == from_day, DayBegin.site_id.in_([row["site_id"] for row in some]))
        connection.execute(delete(DayBegin).where(*same))
        connection.execute(insert(DayBegin), some)
    registry_changed(connection)
