"""What waits for a person, worst first: a pure function of live rows, open alarms and late services."""

from collections.abc import Mapping, Sequence

from dashboard.queries.alarms import LateService
from dashboard.queries.live import Rules
from dashboard.rows import AlarmRow, Need, SiteRow
from models.alarm import ALARM_TYPES
from models.base import MINUTE, SECOND, Instant

NEEDS_SHOWN = 7
LATE_WINDOW = 4 * 60 * MINUTE
"""A service that did not start for four hours is a matter for the day's summary, not for this minute."""


def needs_of(
    rows: Mapping[int, SiteRow],
    alarms: Mapping[int, Sequence[AlarmRow]],
    late: Sequence[LateService],
    now: Instant,
    rules: Rules,
) -> list[Need]:
    """Grade first, then the oldest; services late are one row."""
    found = [_alarm(rows[id_], alarm) for id_, open_ in alarms.items() if id_ in rows for alarm in open_]
    for row in rows.values():
        found += _site_needs(row, rules)
    found += _late(rows, late, now)
    return sorted(found, key=lambda need: (need.grade, need.since))


def _alarm(row: SiteRow, alarm: AlarmRow) -> Need:
    listed = ALARM_TYPES.get(alarm.type)
    return _need(
        row, alarm.type, alarm.grade, alarm.raised_at or 0, listed.ack_within_s if listed else None, alarm.area
    )


def _site_needs(row: SiteRow, rules: Rules) -> list[Need]:
    if row.state == "silent" and row.heard_at is not None:
        silent_since = row.heard_at + rules.silent_after_s * SECOND
        return [_need(row, "SILENT", 2, row.heard_at, 900, None, (row.people or 0, silent_since))]
    if row.state == "new":
        return [_need(row, "NOTOPEN", 3, row.changed, None, None)] if row.changed else []
    if row.state == "closed":
        return []
    return [
        _need(row, "OVERCAP", 2, area.received_at or 0, 600, area.area, (area.people, area.capacity))
        for area in row.areas
        if area.people is not None and area.capacity and area.people * 100 > area.capacity * rules.overcap_pct
    ]


def _late(rows: Mapping[int, SiteRow], late: Sequence[LateService], now: Instant) -> list[Need]:
    mine = [one for one in late if one.site_id in rows and one.due_at > now - LATE_WINDOW]
    if not mine:
        return []
    oldest = min(mine, key=lambda one: one.due_at)
    row = rows[oldest.site_id]
    if len({one.site_id for one in mine}) == 1:
        return [_need(row, "LATE", 3, oldest.due_at, None, None, (len(mine),))]
    return [Need("LATE", 3, None, "", "", "", None, oldest.due_at, None, (len(mine),))]


def _need(
    row: SiteRow,
    what: str,
    grade: int,
    since: Instant,
    limit_s: int | None,
    area: str | None,
    numbers: tuple[int, ...] = (),
) -> Need:
    return Need(what, grade, row.site, row.name_zh, row.name_en, row.street, area, since, limit_s, numbers)
