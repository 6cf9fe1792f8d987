"""What waits for a person, worst first: a pure function of live rows, open alarms and late services."""

from collections.abc import Mapping, Sequence

from dashboard.queries.alarms import LateService
from dashboard.queries.live import Rules
from dashboard.rows import AlarmRow, AreaRow, Need, SiteRow
from models.alarm import ALARM_TYPES
from models.base import MINUTE, Instant

NEEDS_SHOWN = 7
SILENT_LIMIT_S, OVERCAP_LIMIT_S = 900, 600
LATE_WINDOW = 4 * 60 * MINUTE
"""A service that did not start for four hours is a matter for the day's summary, not for this minute."""


def needs_of(
    rows: Mapping[int, SiteRow],
    alarms: Mapping[int, Sequence[AlarmRow]],
    late: Sequence[LateService],
    since: Mapping[int, Instant],
    now: Instant,
    rules: Rules,
) -> list[Need]:
    """Grade first, then the oldest; services late are one row. `since`: when a site went over capacity or should have opened."""
    found = [_alarm(rows[id_], alarm) for id_, open_ in alarms.items() if id_ in rows for alarm in open_]
    for id_, row in rows.items():
        found += _site_needs(row, since.get(id_), rules)
    found += _late(rows, late, now)
    return sorted(found, key=lambda need: (need.grade, need.since))


def _alarm(row: SiteRow, alarm: AlarmRow) -> Need:
    listed = ALARM_TYPES.get(alarm.type)
    return _need(
        row, alarm.type, alarm.grade, alarm.raised_at or 0, listed.ack_within_s if listed else None, alarm.area
    )


def _site_needs(row: SiteRow, since: Instant | None, rules: Rules) -> list[Need]:
    if row.state == "silent" and row.heard_at is not None:
        return [_need(row, "SILENT", 2, row.heard_at, SILENT_LIMIT_S, None, (row.people or 0,))]
    if row.state == "new":
        return [_need(row, "NOTOPEN", 3, since, None, None)] if since is not None else []
    if row.state == "closed":
        return []
    return [
        _need(
            row,
            "OVERCAP",
            2,
            since or area.received_at or 0,
            OVERCAP_LIMIT_S,
            area.area,
            (area.people or 0, area.capacity or 0),
        )
        for area in over_capacity(row, rules.overcap_pct)
    ]


def over_capacity(row: SiteRow, overcap_pct: int) -> list[AreaRow]:
    return [a for a in row.areas if a.people is not None and a.capacity and a.people * 100 > a.capacity * overcap_pct]


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
