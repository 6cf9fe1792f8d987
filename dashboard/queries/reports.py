"""Weeks, months and years: of a site, of a street, of the district. Everything follows from the newest versions of days."""

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from dashboard.access import Viewer
from dashboard.queries.late_causes import Due, late_causes
from dashboard.queries.live import Rules
from dashboard.queries.places import PlaceFacts, StreetFacts, places, street_of, streets
from dashboard.queries.regulars import regulars
from dashboard.queries.scope_sums import ScopeSums, answers, sums_of_days, sums_of_year
from dashboard.report_rows import GearRow, HeatCell, PlaceLine, ScopeReport, SiteReport, Stand
from dashboard.sum_frame import SumFrame
from models.alarm import Alarm
from models.availability import Availability
from models.availability_read import availability_of_days
from models.base import MINUTE, Instant
from models.civil_day import day_bounds, day_of, minute_of_day
from models.day import DaySummary, Signature
from models.day_figures import percentile
from models.day_sums import Sums, added, sums_of, with_response
from models.day_todos import DEVICE_ALARMS
from models.device import Device
from models.event import SLOT_US
from models.hours import SiteHour
from models.month_sum import newest_days
from models.period import Period
from models.service import Service

GEAR_ALARMS = (*sorted(DEVICE_ALARMS), "OFFLINE")
Days = list[tuple[str, int, DaySummary]]
"""(day, version, summary), in order."""


def site_report(
    connection: Connection, viewer: Viewer, site: str, period: Period, now: Instant, rules: Rules
) -> SiteReport | None:
    """None for a site that is not the viewer's, and for a period that has not begun."""
    found = places(connection, viewer, now, site)
    if not found or found[0].bounds(period.first, rules.zone)[0] > now:
        return None
    place = found[0]
    days, before = _days(connection, place.id, period), _days(connection, place.id, period.before)
    street = street_of(connection, place)
    summaries = [summary for _, _, summary in days]
    end = min(place.bounds(period.last, rules.zone)[1], now)
    silences = [span for day in summaries if day.gear for span in day.gear.silences]
    spans = (place.bounds(period.first, rules.zone)[0], end)
    every = _with_answers(connection, place, period, days, now, rules)
    older = _with_answers(connection, place, period.before, before, now, rules)
    return SiteReport(
        site=place.site,
        name_zh=place.name_zh,
        name_en=place.name_en,
        kind=place.kind,
        street_zh=street.name_zh,
        street_en=street.name_en,
        hours=place.hours,
        period=period,
        as_of=now,
        stand=_stand(connection, place, period, days, now, rules),
        sums=_total(every),
        before=added([sums for _, sums in older]),
        stand_before=_stand(connection, place, period.before, before, now, rules),
        heat=_heat(connection, place.id, *spans, rules.zone),
        availability=_availability(connection, [place.id], period).get(place.id),
        longest_silence=max(silences, key=lambda span: (span[1] - span[0], -span[0]), default=None),
        late=late_causes(_due(connection, place.id, *spans), summaries, rules.service_late_min * MINUTE, end),
        late_types=_late_types(every),
        gear=_gear(connection, place.id, *spans),
        regulars=regulars(connection, viewer, place, min(period.last, place.day_of(now, rules.zone)), rules.zone),
        days=tuple(every),
    )


def _total(days: Sequence[tuple[str, Sums]]) -> Sums:
    return SumFrame([({"day": day}, sums) for day, sums in days]).total()


def _days(connection: Connection, site_id: int, period: Period) -> Days:
    return [
        (day, version, summary)
        for _, day, version, summary in newest_days(connection, [site_id], period.first, period.last)
    ]


def _with_answers(
    connection: Connection, place: PlaceFacts, period: Period, days: Days, now: Instant, rules: Rules
) -> list[tuple[str, Sums]]:
    said = answers(connection, {place.id: place}, period, now, rules)
    return [(day, with_response(sums_of(summary), said.get((place.id, day)))) for day, _, summary in days]


def _over(period: Period, now: Instant, rules: Rules) -> list[str]:
    """Its days that have ended."""
    today = day_of(now, rules.zone)
    return [day.isoformat() for day in period.days() if day < today]


def _expected(place: PlaceFacts, over: Sequence[str], now: Instant, zone: str) -> Sequence[str]:
    """Those of its days, in order, that the site is asked for: from its registration to its closing for good."""
    first = bisect_left(over, place.day_of(place.created_at, zone).isoformat())
    last = bisect_left(over, place.day_of(now, zone).isoformat())
    if place.ended_from is not None:
        last = min(last, bisect_right(over, place.day_of(place.ended_from - 1, zone).isoformat()))
    return over[first:last]


def _stand(connection: Connection, place: PlaceFacts, period: Period, days: Days, now: Instant, rules: Rules) -> Stand:
    heard = {day for day, _, summary in days if summary.minutes_heard}
    ours = {day for day, _, summary in days if summary.is_ours}
    off = {day for day, _, summary in days if summary.is_off}
    # What came of a day before the registration, out of a device's own store, counts on both sides.
    over = sorted({*_expected(place, _over(period, now, rules), now, rules.zone), *heard} - ours - off)
    versions = [(day, version) for day, version, _ in days]
    asked = {(place.id, day, version) for day, version, summary in days if summary.asks_for_name}
    return Stand(
        over=len(over),
        known=len(days),
        heard=len(heard),
        silent=tuple(day for day in over if day not in heard),
        ours=len(ours),
        closed=sum(1 for _, _, summary in days if summary.is_closed),
        restated=sum(1 for _, version in versions if version > 1),
        asked=len(asked),
        signed=len(asked & _signed(connection, [place.id], period)),
        fingerprint=_fingerprint(versions),
    )


def _fingerprint(versions: Sequence[tuple[str, int]]) -> str:
    """Short enough to be compared by eye: two prints with the same one stand on the same versions of days."""
    digest = hashlib.sha256(json.dumps(versions).encode()).hexdigest()
    return f"{digest[:4]} {digest[4:8]}"


def _signed(connection: Connection, sites: Sequence[int], period: Period) -> set[tuple[int, str, int]]:
    """(site, day, version) of every signature."""
    within = Signature.day.between(period.first.isoformat(), period.last.isoformat())
    found = connection.execute(select(Signature.site_id, Signature.day, Signature.version).where(within))
    mine = set(sites)
    return {(row.site_id, row.day, row.version) for row in found if row.site_id in mine}


def _availability(connection: Connection, sites: Sequence[int], period: Period) -> dict[int, Availability]:
    return availability_of_days(connection, sites, period.first.isoformat(), period.last.isoformat())


def _heat(
    connection: Connection, site_id: int, start: Instant, end: Instant, zone: str
) -> tuple[tuple[HeatCell, ...], ...]:
    """Averages over the time in which anything was counted, of hours in which the site was heard; by the wall's clock."""
    found = connection.execute(
        select(SiteHour.at, SiteHour.person_us, SiteHour.slots).where(
            SiteHour.site_id == site_id, SiteHour.at >= start, SiteHour.at < end, SiteHour.heard_min > 0
        )
    )
    person_us, slots, hours = ([[0] * 24 for _ in range(7)] for _ in range(3))
    for row in found:
        weekday, hour = day_of(row.at, zone).weekday(), int(minute_of_day(row.at, zone)) // 60
        person_us[weekday][hour] += row.person_us
        slots[weekday][hour] += row.slots
        hours[weekday][hour] += 1
    return tuple(
        tuple(
            HeatCell(
                max(person_us[day][hour] / (slots[day][hour] * SLOT_US), 0) if slots[day][hour] else None,
                hours[day][hour],
            )
            for hour in range(24)
        )
        for day in range(7)
    )


def _due(connection: Connection, site_id: int, start: Instant, end: Instant) -> list[Due]:
    """Planned, not called off by the elder, due in [start, end)."""
    found = connection.execute(
        select(Service.due_at, Service.started_at, Service.completed_at, Service.plan, Service.start, Service.cancel)
        .where(Service.site_id == site_id, Service.due_at >= start, Service.due_at < end, Service.plan.is_not(None))
        .order_by(Service.due_at, Service.ref)
    )
    due = []
    for r in found:
        off = None if r.completed_at is not None or not r.cancel else _said(r.cancel, "by") or "system"
        if off != "elder":
            worker = _said(r.start, "worker") or _said(r.plan, "worker")
            due.append(Due(r.due_at, r.started_at, r.completed_at, worker, off is not None))
    return due


def _said(won: str | None, name: str) -> str | None:
    said: dict[str, Any] = json.loads(won)[1] if won else {}
    return said.get(name)


def _late_types(days: Sequence[tuple[str, Sums]]) -> tuple[tuple[str, int, int], ...]:
    whole = added([sums for _, sums in days])
    late, planned = whole.family("late_by."), whole.family("planned_by.")
    ranked = sorted(
        ((type_, n, planned.get(type_, 0)) for type_, n in late.items() if n), key=lambda one: (-one[1], one[0])
    )
    return tuple(ranked)


def _gear(connection: Connection, site_id: int, start: Instant, end: Instant) -> tuple[GearRow, ...]:
    """Devices as they are now, each with its alarms of the period; the code '' is the line of the whole site."""
    counted: dict[str, int] = {
        row[0]: row[1]
        for row in connection.execute(
            select(Alarm.subject, func.count())
            .where(Alarm.site_id == site_id, Alarm.type.in_(GEAR_ALARMS))
            .where(Alarm.opened_at >= start, Alarm.opened_at < end)
            .group_by(Alarm.subject)
        )
    }
    devices = connection.execute(
        select(Device.code, Device.battery_pct, Device.heard_at).where(Device.site_id == site_id).order_by(Device.code)
    )
    rows = [GearRow(row.code, row.battery_pct, row.heard_at, counted.pop(row.code, 0)) for row in devices]
    return (*rows, *([GearRow("", None, None, sum(counted.values()))] if counted else []))


# -- of many sites ----------------------------------------------------------------------------------------------------------


def scope_report(
    connection: Connection,
    viewer: Viewer,
    street: str,
    period: Period,
    now: Instant,
    rules: Rules,
    known: Sequence[PlaceFacts] | None = None,
) -> ScopeReport | None:
    """None for a street in which the viewer has no site, and for a period that has not begun.

    `known`: the viewer's sites, where somebody has read them already.
    """
    hers = places(connection, viewer, now) if known is None else known
    mine = [place for place in hers if street in ("", place.street)]
    if (street and not mine) or day_bounds(period.first, rules.zone)[0] > now:
        return None
    sums = sums_of_year if period.kind == "year" else sums_of_days
    summed, before = (sums(connection, viewer, street, mine, one, now, rules) for one in (period, period.before))
    over = _over(period, now, rules)
    days = {place.id: _expected(place, over, now, rules.zone) for place in mine}
    beside = _read_beside(connection, period, mine, days, summed)
    # A site that had closed before, or was registered after, has no place in the period's league.
    there = [place for place in mine if beside.expected[place.id] or place.site in summed.sites or not over]
    ids = [place.id for place in there]
    found = (_line(place, summed.sites.get(place.site, Sums()), beside) for place in there)
    lines = sorted(found, key=lambda line: (line.rests, rank(line)))
    names = {one.code: one for one in streets(connection)}
    chosen = names.get(street, StreetFacts(street, "", ""))
    asked = _asked(days.values(), summed.parts, over, len("2026-11") if period.kind == "year" else len("2026-11-23"))
    return ScopeReport(
        scope=street,
        name_zh=chosen.name_zh,
        name_en=chosen.name_en,
        period=period,
        as_of=now,
        expected=beside.expected_of(ids),
        sites=len(there),
        total=summed.total,
        before=before.total,
        signed=beside.signed_of(ids),
        streets=tuple(_streets(names, there, summed, beside)),
        league=tuple(lines),
        parts=tuple((name, summed.parts.get(name, Sums())) for name in sorted(asked)),
        asked=asked,
        places=_places(lines),
    )


def _asked(
    days: Iterable[Sequence[str]], parts: Mapping[str, Sums], over: Sequence[str], length: int
) -> dict[str, int]:
    """Site-days of each part, as they are counted for each site: also of one of which nothing is known."""
    expected: Counter[str] = Counter()
    # Most sites are there for the whole time: each stretch is walked through once, however many they are.
    for (first, last), sites in Counter((some[0], some[-1]) for some in days if some).items():
        for day in over[bisect_left(over, first) : bisect_right(over, last)]:
            expected[day[:length]] += sites
    return {name: _days_of(parts.get(name, Sums()), expected[name]) for name in {*parts, *expected}}


def _places(league: Sequence[PlaceLine]) -> tuple[int | None, ...]:
    """Who is as complete and as quick as the one before has its place; who was closed throughout has none."""
    places: list[int | None] = []
    for n, one in enumerate(league, 1):
        as_good = n > 1 and rank(one)[:-1] == rank(league[n - 2])[:-1]
        places.append(None if one.rests else places[-1] if as_good else n)
    return tuple(places)


def _days_of(sums: Sums, expected: int) -> int:
    """What came of a day before the registration counts on both sides; on neither a day of our own outage, nor one on which the
    site was closed and nothing came."""
    return max(expected - sums["days.ours"] - sums["days.off"], sums["days.heard"])


@dataclass(frozen=True)
class _Beside:
    """What stands beside the sums, by site number; `expected` ended days of the period were the site's."""

    up: dict[int, Availability]
    signed: dict[int, int] | None
    expected: dict[int, int]

    def expected_of(self, sites: Sequence[int]) -> int:
        return sum(self.expected[site] for site in sites)

    def signed_of(self, sites: Sequence[int]) -> int | None:
        return None if self.signed is None else sum(self.signed.get(site, 0) for site in sites)


def _read_beside(
    connection: Connection,
    period: Period,
    mine: Sequence[PlaceFacts],
    days: Mapping[int, Sequence[str]],
    summed: ScopeSums,
) -> _Beside:
    """`days` are those that each site is asked for. Days of a year are not signed one by one."""
    return _Beside(
        up=_availability(connection, [place.id for place in mine], period),
        signed=None if period.kind == "year" else _counted(connection, period, summed.asked),
        expected={one.id: _days_of(summed.sites.get(one.site, Sums()), len(days[one.id])) for one in mine},
    )


def _line(place: PlaceFacts, sums: Sums, beside: _Beside) -> PlaceLine:
    names = (place.site, place.name_zh, place.name_en, place.street, place.kind)
    return PlaceLine(*names, 1, beside.expected[place.id], sums, beside.up.get(place.id), beside.signed_of([place.id]))


def _streets(
    names: Mapping[str, StreetFacts], there: Sequence[PlaceFacts], summed: ScopeSums, beside: _Beside
) -> Iterator[PlaceLine]:
    for code in sorted({place.street for place in there}):
        mine = [place.id for place in there if place.street == code]
        named = names.get(code, StreetFacts(code, code, code))
        up = _together([beside.up[site] for site in mine if site in beside.up])
        yield PlaceLine(
            code, named.name_zh, named.name_en, code, "", len(mine), beside.expected_of(mine),
            summed.streets.get(code, Sums()), up, beside.signed_of(mine),
        )  # fmt: skip


def rank(line: PlaceLine) -> tuple[float, float, float, str]:
    """Completeness first, then how many alarms nobody answered, then how soon the others were: never heads, which would
    invite to invent them. Silence is no quick answer."""
    heard, expected = line.sums["gear.heard_minutes"], line.sums["gear.open_minutes"]
    days = line.sums["days.heard"] / line.expected_days if line.expected_days else 0.0
    called_ = line.sums["answers.called"]
    unanswered = line.sums["answers.unanswered"] / called_ if called_ else 0.0
    soon = percentile(line.sums.waits, 90) or 0
    return -min(days, heard / expected if expected else days), unanswered, soon, line.code


def _together(some: Sequence[Availability]) -> Availability | None:
    if not some:
        return None
    expected, up, days, own = (
        sum(getattr(one, name) for one in some) for name in ("expected_min", "up_min", "days", "own_min")
    )
    return Availability(expected, up, days, own)


def _counted(connection: Connection, period: Period, asked: Mapping[tuple[int, str], int]) -> dict[int, int]:
    """How many of the versions that ask for a name bear one, by site."""
    signed = _signed(connection, list({site for site, _ in asked}), period)
    return Counter(site for site, day, version in signed if asked.get((site, day)) == version)
