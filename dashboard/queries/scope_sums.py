"""What many sites add up to over a period: days, or for a year the sums that are kept of months and years."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from dashboard.access import Viewer
from dashboard.queries.live import Rules
from dashboard.queries.places import PlaceFacts, seen_by
from dashboard.sum_frame import SumFrame
from models.base import Instant
from models.civil_day import day_bounds
from models.day import SiteDay
from models.day_sums import Sums, added, sums_of, with_response
from models.month_sum import kept_months, kept_scope_months, months_from_days, newest_days
from models.period import Period
from models.place import Site
from models.response import Called, Response, called, response

NOBODY: Mapping[int, date] = {}


def answers(
    connection: Connection, known: Mapping[int, PlaceFacts], period: Period, now: Instant, rules: Rules
) -> dict[tuple[int, str], Response]:
    """How alarms of days that have a summary were answered by now, by site and day."""
    some = called_by_day(connection, known, period, rules)
    return {key: response(rows, now, rules.deadlines) for key, rows in some.items()}


def called_by_day(
    connection: Connection,
    known: Mapping[int, PlaceFacts],
    period: Period,
    rules: Rules,
    whole: Mapping[int, date] = NOBODY,
) -> dict[tuple[int, str], list[Called]]:
    """Alarms of days that have a summary, by site and day; of a year by site and month.

    `whole`: of the sites of which every day has one up to a day, that day, so that they need not be looked for.
    """
    # The last day of some sites ends in the morning after the period.
    spans = (day_bounds(period.first, rules.zone)[0], day_bounds(period.last + timedelta(days=1), rules.zone)[1])
    by_day: dict[tuple[int, str], list[Called]] = defaultdict(list)
    for one in called(connection, list(known), *spans):
        opened_on = known[one.site_id].day_of(one.opened_at, rules.zone)
        if period.first <= opened_on <= period.last:
            by_day[one.site_id, opened_on.isoformat()].append(one)
    length = len("2026-11") if period.kind == "year" else len("2026-11-23")
    found: dict[tuple[int, str], list[Called]] = defaultdict(list)
    told = [(site, day) for site, day in by_day if site in whole and day <= whole[site].isoformat()]
    told += _summed(connection, {key for key in by_day if key[0] not in whole})
    for site, day in told:
        found[site, day[:length]] += by_day[site, day]
    return found


def _summed(connection: Connection, wanted: Collection[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Which of these site-days have a summary."""
    if not wanted:
        return
    sites, days = {site for site, _ in wanted}, [day for _, day in wanted]
    known = select(SiteDay.site_id, SiteDay.day).where(
        SiteDay.version == 1, SiteDay.site_id.in_(sites), SiteDay.day.between(min(days), max(days))
    )
    for row in connection.execute(known):
        if (row.site_id, row.day) in wanted:
            yield row.site_id, row.day


@dataclass(frozen=True)
class ScopeSums:
    """A period of many sites; `asked` are the newest versions that ask for a name, by (site, day), of a year none."""

    sites: dict[str, Sums]
    streets: dict[str, Sums]
    parts: dict[str, Sums]
    total: Sums
    asked: Mapping[tuple[int, str], int]


def sums_of_days(
    connection: Connection,
    _viewer: Viewer,
    _street: str,
    known: Sequence[PlaceFacts],
    period: Period,
    now: Instant,
    rules: Rules,
) -> ScopeSums:
    """Of a frame with a row for each site and day."""
    by_id = {place.id: {"site": place.site, "street": place.street} for place in known}
    said = answers(connection, {place.id: place for place in known}, period, now, rules)
    found = list(newest_days(connection, list(by_id), period.first, period.last))
    rows = [
        (by_id[site] | {"part": day}, with_response(sums_of(summary), said.get((site, day))))
        for site, day, _, summary in found
    ]
    frame = SumFrame(rows)
    asked = {(site, day): version for site, day, version, summary in found if summary.asks_for_name}
    return ScopeSums(frame.grouped("site"), frame.grouped("street"), frame.grouped("part"), frame.total(), asked)


def sums_of_year(
    connection: Connection,
    viewer: Viewer,
    street: str,
    known: Sequence[PlaceFacts],
    period: Period,
    now: Instant,
    rules: Rules,
) -> ScopeSums:
    """Of sums that are kept: one a site, and one a month of all of them."""
    of = {place.id: place for place in known}
    years = _years_of_sites(connection, list(of), period)
    alarms = called_by_day(connection, of, period, rules, _whole(of, years, period, now, rules))
    answered: dict[str, dict[str, list[Called]]] = {what: defaultdict(list) for what in ("site", "street", "part", "")}
    for (site, part), rows in alarms.items():
        for what, name in (("site", of[site].site), ("street", of[site].street), ("part", part), ("", "")):
            answered[what][name] += rows

    def with_answers(what: str, name: str, sums: Sums) -> Sums:
        rows = answered[what].get(name)
        return with_response(sums, response(rows, now, rules.deadlines) if rows else None)

    by_street: dict[str, list[Sums]] = defaultdict(list)
    for site, sums in years.items():
        by_street[of[site].street].append(sums)
    streets = {code: added(some) for code, some in sorted(by_street.items())}
    months = _months_of_all(connection, viewer, street, list(of), period)
    return ScopeSums(
        {of[site].site: with_answers("site", of[site].site, years[site]) for site in sorted(years)},
        {code: with_answers("street", code, sums) for code, sums in streets.items()},
        {month: with_answers("part", month, months[month]) for month in sorted(months)},
        with_answers("", "", added(list(streets.values()))),
        {},
    )


def _whole(
    known: Mapping[int, PlaceFacts], years: Mapping[int, Sums], period: Period, now: Instant, rules: Rules
) -> dict[int, date]:
    """The last day of the period that has ended, of each site that has as many summaries as days had ended by then."""
    found = {}
    for site, sums in years.items():
        last = min(period.last, known[site].day_of(now, rules.zone) - timedelta(days=1))
        if sums["days"] == (last - period.first).days + 1:
            found[site] = last
    return found


def _years_of_sites(connection: Connection, sites: list[int], period: Period) -> dict[int, Sums]:
    """As they are kept; those of which a day was restated since are added up here, for this look."""
    known = {site: sums for (site, _), sums in kept_months(connection, sites, [period.name]).items()}
    parts: dict[int, list[Sums]] = defaultdict(list)
    for (site, _), sums in _months(connection, [site for site in sites if site not in known], period).items():
        parts[site].append(sums)
    return known | {site: added(some) for site, some in parts.items()}


def _months_of_all(
    connection: Connection, viewer: Viewer, street: str, sites: list[int], period: Period
) -> dict[str, Sums]:
    mine = [seen_by(viewer), *([Site.street == street] if street else [])]
    scope = f"street:{street}" if street else viewer.scope
    known = kept_scope_months(connection, scope, period.months(), mine)
    parts: dict[str, list[Sums]] = defaultdict(list)
    left = [month for month in period.months() if month not in known]
    for (_, month), sums in _months(connection, sites, period, left).items():
        parts[month].append(sums)
    return known | {month: added(some) for month, some in parts.items()}


def _months(
    connection: Connection, sites: list[int], period: Period, months: Sequence[str] | None = None
) -> dict[tuple[int, str], Sums]:
    """Of each site; one of which a day was restated since is added up here, for this look."""
    wanted = period.months() if months is None else months
    known = kept_months(connection, sites, wanted) if sites else {}
    for month in wanted:
        missing = [site for site in sites if (site, month) not in known]
        if missing:
            known |= {(site, month): sums for site, sums in months_from_days(connection, missing, month).items()}
    return known
