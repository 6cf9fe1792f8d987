"""A site's day: the newest stored version, or the running day so far, computed by the same function."""

import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, select

import contract
from dashboard.access import Viewer
from dashboard.day_rows import (
    Correctable,
    CorrectionRow,
    DayListRow,
    DayListRows,
    DayPageRows,
    NotBegun,
    VersionRow,
)
from dashboard.queries.curves import day_curve
from dashboard.queries.live import Rules
from dashboard.queries.places import PlaceFacts, places, street_of, streets
from dashboard.queries.regulars import regulars
from dashboard.rows import CurvePoint, UsualPoint
from models.base import HOUR, MINUTE, SECOND, Instant
from models.bed import Resident
from models.civil_day import Exceptions, clock_on, day_bounds, day_of, day_spans, minutes_on, wall_later
from models.day import Correction, DaySummary, Signature, SiteDay
from models.day_grade import ours_minutes
from models.day_sources import opening_rule
from models.day_sums import Sums, added, sums_of
from models.day_versions import fingerprint
from models.event import SLOT_US
from models.month_sum import newest_days
from models.place import Area
from models.service import Service
from models.site_day import DayRules, parsed, read_day


def day_rules(rules: Rules) -> DayRules:
    """As the night's job has them."""
    return DayRules(rules.exceptions, rules.service_late_min * MINUTE, rules.silent_after_s * SECOND, rules.deadlines)


def day_summary(
    connection: Connection, place: PlaceFacts, day: date, rules: Rules, now: Instant, version: int | None = None
) -> tuple[int, DaySummary] | None:
    """(version, summary); version 0 is computed now and not stored. None for a day or a version that is not there."""
    if place.bounds(day, rules.zone)[0] > now:
        return None
    wanted = select(SiteDay).where(SiteDay.site_id == place.id, SiteDay.day == day.isoformat())
    if version is not None:
        wanted = wanted.where(SiteDay.version == version)
    row = connection.execute(wanted.order_by(SiteDay.version.desc()).limit(1)).first()
    if row is not None:
        return row.version, parsed(row.summary)
    if version:
        return None
    return 0, read_day(connection, place.id, day, rules.zone, now, day_rules(rules))


def told(summary: DaySummary) -> dict[str, Any]:
    """For the API: instants as RFC 3339, everything else as it is stored."""
    made: dict[str, Any] = _told(msgspec.to_builtins(summary))
    return made


def _told(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _told(inner, key) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_told(inner, name) for inner in value]
    is_instant = name in ("at", "since", "peak_at", "silences", "ours") and isinstance(value, int) and value > 0
    return contract.format_instant(value) if is_instant else value


def day_page(
    connection: Connection, viewer: Viewer, site: str, day: date, version: int | None, now: Instant, rules: Rules
) -> DayPageRows | None:
    """None for a site that is not the viewer's, or a day or version that is not there."""
    place = _as_it_was(connection, viewer, site, day, now, rules)
    read = day_summary(connection, place, day, rules, now, version) if place else None
    if place is None or read is None:
        return None
    (shown, summary), (start, end) = read, place.bounds(day, rules.zone)
    street = street_of(connection, place)
    known = versions(connection, place.id, day)
    hours = opening_rule(connection, place.id, end - 1)
    mine = next((one for one in known if one.version == shown), None)
    is_old = mine is not None and mine is not known[0]
    return DayPageRows(
        site=place.site,
        name_zh=place.name_zh,
        name_en=place.name_en,
        kind=place.kind,
        street_zh=street.name_zh,
        street_en=street.name_en,
        hours=hours,
        day=day.isoformat(),
        day_start=start,
        day_end=end,
        zone=rules.zone,
        as_of=now,
        version=shown,
        newest=known[0].version if known else 0,
        summary=summary,
        versions=known,
        corrections=_corrections(connection, place.id, day, mine.made_at if mine else now),
        curve=_own_curve(summary, start)
        if is_old
        else day_curve(connection, place.id, place.count_by, start, _over(end, now)),
        usual=_usual(summary, start, rules.zone),
        areas=tuple(connection.execute(select(Area.code).where(Area.site_id == place.id).order_by(Area.id)).scalars()),
        may_sign=viewer.may("day.sign"),
        correctable=_correctable(connection, place.id, start, end) if viewer.may("day.sign") else None,
        planned=day_spans(hours, day, rules.exceptions),
        calendar=_calendar(day, rules.exceptions),
        missing=_missing(connection, viewer, place, day, summary, rules.zone),
        month=month_to(connection, place.id, day, summary) if shown else None,
        sign_by=clock_on(day + timedelta(days=1), rules.sign_by, rules.zone),
        begun_h=minutes_on(day, place.begins) // 60,
        ended_h=minutes_on(day + timedelta(days=1), place.begins) // 60,
    )


def _as_it_was(
    connection: Connection, viewer: Viewer, site: str, day: date, now: Instant, rules: Rules
) -> PlaceFacts | None:
    """By the end of that day; None for a site that is not the viewer's today."""
    today = next(iter(places(connection, viewer, now, site)), None)
    if today is None:
        return None
    _, end = today.bounds(day, rules.zone)
    return next(iter(places(connection, viewer, min(now, end - 1), site)), None)


def not_begun(
    connection: Connection, viewer: Viewer, site: str, day: date, now: Instant, rules: Rules
) -> NotBegun | None:
    """None unless it is today's date, and the site's day of that date begins later."""
    place = next(iter(places(connection, viewer, now, site)), None)
    if place is None or day != day_of(now, rules.zone):
        return None
    begins_at, _ = place.bounds(day, rules.zone)
    if begins_at <= now:
        return None
    running = place.day_of(now, rules.zone).isoformat()
    return NotBegun(place.site, place.name_zh, place.name_en, day.isoformat(), begins_at, running)


def _missing(
    connection: Connection, viewer: Viewer, place: PlaceFacts, day: date, summary: DaySummary, zone: str
) -> tuple[str, ...]:
    guests = summary.reading.guests if summary.reading else None
    if guests is None or not guests.missing or not viewer.may("regular.read"):
        return ()
    found = regulars(connection, viewer, place, day, zone)
    return (found.tokens or ()) if found else ()


def _calendar(day: date, exceptions: Exceptions) -> str:
    said = exceptions.get(day)
    if said is None:
        return ""
    return f"as_{said.as_weekday}" if said.open is None else "open" if said.open else "closed"


def month_to(connection: Connection, site_id: int, day: date, summary: DaySummary) -> Sums:
    """The days before in their newest versions, and this one as it is shown."""
    before = newest_days(connection, [site_id], day.replace(day=1), day - timedelta(days=1))
    return added([*(sums_of(one) for _, _, _, one in before), sums_of(summary)])


def _over(end: Instant, now: Instant) -> Instant:
    """In whole slots, as areas that were counted today and others have to be as long."""
    return min(end, (now // SLOT_US + 1) * SLOT_US)


def _own_curve(summary: DaySummary, start: Instant) -> tuple[CurvePoint, ...]:
    """By the hour, as the version knew it: what came afterwards is not what was signed."""
    return tuple(CurvePoint(start + hour * HOUR, n, n, n) for hour, n in enumerate(summary.hours, 1))


def _usual(summary: DaySummary, start: Instant, zone: str) -> tuple[UsualPoint, ...]:
    """What is usual goes by the clock on the wall, also on a day on which that is set."""
    hours = summary.reading.usual_hours if summary.reading else ()
    return tuple(
        UsualPoint(wall_later(start, (hour + 1) * HOUR, zone), round(one.low), round(one.middle), round(one.high))
        for hour, one in enumerate(hours)
        if one
    )


def versions(connection: Connection, site_id: int, day: date) -> tuple[VersionRow, ...]:
    """Newest first, each with its own signature."""
    signed = {
        row.version: row
        for row in connection.execute(
            select(Signature).where(Signature.site_id == site_id, Signature.day == day.isoformat())
        )
    }
    rows = connection.execute(
        select(SiteDay)
        .where(SiteDay.site_id == site_id, SiteDay.day == day.isoformat())
        .order_by(SiteDay.version.desc())
    )
    return tuple(
        VersionRow(
            row.version,
            row.made_at,
            row.why,
            tuple((name, old, new) for name, old, new in json.loads(row.changes)),
            fingerprint(row.summary),
            signed[row.version].author if row.version in signed else None,
            signed[row.version].signed_at if row.version in signed else None,
        )
        for row in rows
    )


def _corrections(connection: Connection, site_id: int, day: date, until: Instant) -> tuple[CorrectionRow, ...]:
    columns = (Correction.what, Correction.subject, Correction.at, Correction.n, Correction.reason, Correction.author)
    found = connection.execute(
        select(*columns, Correction.made_at)
        .where(Correction.site_id == site_id, Correction.day == day.isoformat(), Correction.made_at <= until)
        .order_by(Correction.id)
    )
    return tuple(CorrectionRow(*row) for row in found)


def _correctable(connection: Connection, site_id: int, start: Instant, end: Instant) -> Correctable:
    left = connection.execute(
        select(Service.ref, Service.type, Service.due_at)
        .where(Service.site_id == site_id, Service.due_at >= start, Service.due_at < end)
        .where(Service.state.in_(("planned", "running")))
        .order_by(Service.due_at, Service.ref)
    )
    lives = connection.execute(
        select(Resident.person, Resident.whereabouts)
        .where(Resident.site_id == site_id, Resident.on_roll == 1)
        .order_by(Resident.person)
    )
    return Correctable(
        tuple((row.ref, row.type or "", row.due_at) for row in left),
        tuple((one.person, one.whereabouts) for one in lives),
    )


def day_list(connection: Connection, viewer: Viewer, day: date, now: Instant, rules: Rules) -> DayListRows:
    """Every site of the viewer with its newest version, in the order of street and code."""
    _, end = day_bounds(day, rules.zone)
    known_then = places(connection, viewer, min(now, end - 1))
    here = [place for place in known_then if place.stood_at(place.bounds(day, rules.zone)[0])]
    known: dict[int, Any] = {}
    for row in connection.execute(
        select(SiteDay.site_id, SiteDay.version, SiteDay.made_at, SiteDay.summary)
        .where(SiteDay.day == day.isoformat(), SiteDay.site_id.in_([place.id for place in here]))
        .order_by(SiteDay.version)
    ):
        known[row.site_id] = row
    signed: dict[int, list[Any]] = defaultdict(list)
    for name in connection.execute(select(Signature).where(Signature.day == day.isoformat())):
        signed[name.site_id].append(name)
    codes = {place.street for place in here}
    return DayListRows(
        day=day.isoformat(),
        streets=tuple((s.code, s.name_zh, s.name_en) for s in streets(connection) if s.code in codes),
        sites=tuple(
            _listed(place, known.get(place.id), signed[place.id])
            for place in sorted(here, key=lambda p: (p.street, p.site))
        ),
        as_of=now,
        day_end=end,
    )


def _listed(place: PlaceFacts, row: Any, signatures: list[Any]) -> DayListRow:
    summary = parsed(row.summary) if row else None
    version = row.version if row else 0
    mine = next((one for one in signatures if one.version == version), None)
    gear = summary.gear if summary else None
    return DayListRow(
        site=place.site,
        name_zh=place.name_zh,
        name_en=place.name_en,
        kind=place.kind,
        street=place.street,
        version=version,
        grade=summary.reading.grade if summary and summary.reading else "",
        heard=gear.heard_minutes if gear else 0,
        open_minutes=gear.open_minutes if gear else 0,
        late=gear.late if gear else 0,
        made_at=row.made_at if row else None,
        signed_by=mine.author if mine else None,
        signed_at=mine.signed_at if mine else None,
        superseded=mine is None and bool(signatures),
        asked=summary is not None and summary.asks_for_name,
        ours=ours_minutes(summary) if summary else 0,
    )
