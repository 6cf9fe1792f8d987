"""What waits for a person, worst first: a pure function of live rows and of the alarms that are open."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard.alarm_rows import AlarmRow, WideAlarm, limit_at
from dashboard.rows import Need, SiteRow
from models.alarm_life import UNSEEN
from models.base import MINUTE, Instant
from models.clock_jump import Jump
from models.deadlines import Deadlines

NEEDS_SHOWN = 7
TAGGED, TAGS_SHOWN = 2, 8
"""Grades that have a tag on the map, and how many tags it has room for."""
SERIOUS = 2
GONE = "GONE."
"""Before the code of an alarm whose cause is not there any more."""
NOTHING_GONE: Mapping[int, Sequence[AlarmRow]] = {}
DEVICES = 4
"""The grade of gear: it is seen to on its day, at the desk."""
_FORETELLS = frozenset(("NEARCAP",))
"""Nobody has to do anything yet; the figures show it."""
_SAID_AS = {"OFFLINE": "SILENT"}


def needs_of(
    rows: Mapping[int, SiteRow],
    alarms: Mapping[int, Sequence[AlarmRow]],
    wide: Sequence[WideAlarm],
    jumps: Sequence[Jump],
    deadlines: Deadlines,
    clock_lost: Instant | None = None,
    gone: Mapping[int, Sequence[AlarmRow]] = NOTHING_GONE,
) -> list[Need]:
    """Grade first, then the oldest; services late are one row, and a street's sites stand behind their street's.

    What came too late to call anybody comes behind those of its grade whose limit runs, and a call for help that was taken
    back before anybody looked behind both: somebody must still find out what it was.
    """
    spoken_for = {alarm.id for alarm in wide}
    mine = [(rows[id_], alarm) for id_, open_ in alarms.items() if id_ in rows for alarm in open_]
    waiting = [
        (row, alarm)
        for row, alarm in mine
        if alarm.grade < DEVICES and alarm.type not in _FORETELLS and alarm.parent not in spoken_for
    ]
    found = [_of_site(row, alarm, deadlines) for row, alarm in waiting if alarm.type != "LATE"]
    found += _late([pair for pair in waiting if pair[1].type == "LATE"], deadlines)
    found += [_limited(_of_many(alarm), [alarm], deadlines) for alarm in wide]
    taken = [(rows[id_], alarm) for id_, alarms_ in gone.items() if id_ in rows for alarm in alarms_]
    back = [(row, alarm) for row, alarm in taken if alarm.state in UNSEEN]
    found += [replace(_of_site(row, alarm, deadlines, ()), what=GONE + alarm.type) for row, alarm in back]
    found += _of_clock(jumps)
    found += [] if clock_lost is None else [Need("NOCLOCK", SERIOUS, None, "", "", "", None, clock_lost, None, ())]
    old = {alarm.id for _, alarm in waiting if alarm.late} | {alarm.id for alarm in wide if alarm.late}
    return sorted(found, key=lambda need: (need.grade, need.what.startswith(GONE), need.alarm in old, need.since))


def _limited(need: Need, alarms: Sequence[AlarmRow | WideAlarm], deadlines: Deadlines) -> Need:
    """With the first limit of those that it stands for, and whether that one is still to be seen."""
    limits = [(at, alarm) for alarm in alarms if (at := limit_at(alarm, deadlines)) is not None]
    if not limits:
        return need
    at, first = min(limits, key=lambda one: one[0])
    return replace(need, limit_at=at, knew_at=first.opened_at, unseen=first.state in UNSEEN)


def tagged(waiting: Sequence[Need]) -> tuple[Need, ...]:
    """What has a tag on the map: urgent and serious at one site, as long as it holds."""
    held = [need for need in waiting if not need.what.startswith(GONE)]
    return tuple([need for need in held if need.grade <= TAGGED and need.site is not None][:TAGS_SHOWN])


def _of_site(row: SiteRow, alarm: AlarmRow, deadlines: Deadlines, numbers: tuple[int, ...] | None = None) -> Need:
    limit = limit_at(alarm, deadlines)
    return Need(
        what=_SAID_AS.get(alarm.type, alarm.type),
        grade=alarm.grade,
        site=row.site,
        name_zh=row.name_zh,
        name_en=row.name_en,
        street=row.street,
        area=alarm.area,
        since=alarm.raised_at or 0,
        limit_at=limit,
        numbers=_numbers(row, alarm) if numbers is None else numbers,
        alarm=alarm.id,
        knew_at=None if limit is None else alarm.opened_at,
        unseen=alarm.state in UNSEEN,
    )


def _numbers(row: SiteRow, alarm: AlarmRow) -> tuple[int, ...]:
    """The crowd as it is now, not as it was when the alarm was last looked at."""
    if alarm.type == "OFFLINE":
        return (row.people or 0,)
    area = next((area for area in row.areas if area.area == alarm.area), None)
    if alarm.type == "OVERCAP" and area is not None and area.capacity:
        return area.people or 0, area.capacity
    return alarm.numbers


def _late(waiting: Sequence[tuple[SiteRow, AlarmRow]], deadlines: Deadlines) -> list[Need]:
    if not waiting:
        return []
    row, oldest = min(waiting, key=lambda pair: pair[1].raised_at or 0)
    total = (sum(sum(alarm.numbers) for _, alarm in waiting),)
    alarms = [alarm for _, alarm in waiting]
    if len(alarms) == 1:
        return [_of_site(row, oldest, deadlines, total)]
    grade = min(alarm.grade for alarm in alarms)
    return [
        _limited(Need("LATE", grade, None, "", "", "", None, oldest.raised_at or 0, None, total), alarms, deadlines)
    ]


def _of_many(alarm: WideAlarm) -> Need:
    what = _SAID_AS.get(alarm.type, alarm.type)
    numbers = (alarm.members,)
    street, since = alarm.street or "", alarm.raised_at
    return Need(what, alarm.grade, None, "", "", street, None, since, None, numbers, alarm.id, alarm.state in UNSEEN)


def _of_clock(jumps: Sequence[Jump]) -> list[Need]:
    """One, however often it jumped: nothing that follows from it is said of any site."""
    if not jumps:
        return []
    minutes = -(-sum(jump.by for jump in jumps) // MINUTE)
    return [Need("JUMP", SERIOUS, None, "", "", "", None, jumps[-1].after, None, (minutes,))]
