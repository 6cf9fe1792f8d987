"""Many sites of one street that fall silent together are one matter: one alarm for the street, and they stand behind it.

A site that is being repaired is no part of it: its silence is expected, and must call nobody under another name.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, exists, select
from sqlalchemy.orm import aliased

from models.alarm import Alarm, Maintenance, Transition
from models.alarm_life import State
from models.alarm_steps import Cause, Place, clear_alarm, join_alarm, raise_alarm, reopen_alarm
from models.base import Instant
from models.calm import MAINTENANCE
from models.deadlines import Deadlines
from models.place import Site

STORMY = ("OFFLINE", "NOTOPEN")
BEGINNINGS = (State.RAISED, "reopened")


def collapse(
    connection: Connection,
    raised: Sequence[Cause],
    now: Instant,
    more_than: int,
    within: Instant,
    reopen_within: Instant,
    deadlines: Deadlines,
) -> dict[tuple[int | None, str], int]:
    """The street's alarm for each (site, code) that is to stand behind one; opens it, or lets that of a moment ago go on,
    and takes in those raised a moment ago."""
    parents: dict[tuple[int | None, str], int] = {}
    for (street, code), sites in _by_street(connection, raised, now).items():
        recent = _recent(connection, street, code, now, within)
        parent = _going_on(connection, street, code)
        if parent is None and len(sites) + len(recent) > more_than:
            cause = Cause(Place(street=street), code)
            parent = reopen_alarm(connection, cause, now, reopen_within, deadlines)
            parent = parent or raise_alarm(connection, cause, now, deadlines)
        if parent is not None:
            parents |= {(site, code): parent for site in sites}
            for alarm in recent:
                join_alarm(connection, alarm, parent, now)
    return parents


def _by_street(connection: Connection, raised: Sequence[Cause], now: Instant) -> dict[tuple[str, str], list[int]]:
    stormy = [(cause.place.site_id, cause.type) for cause in raised if cause.type in STORMY and cause.place.site_id]
    if not stormy:
        return {}
    sites = [id_ for id_, _ in stormy]
    found = connection.execute(select(Site.id, Site.street).where(Site.id.in_(sites), ~_repaired(now)))
    streets = {row.id: row.street for row in found}
    out: dict[tuple[str, str], list[int]] = defaultdict(list)
    for id_, code in stormy:
        if id_ in streets:
            out[streets[id_], code].append(id_)
    return out


def _repaired(now: Instant) -> ColumnElement[bool]:
    holds = Maintenance.kind == MAINTENANCE, Maintenance.since <= now, Maintenance.until > now
    return exists().where(Maintenance.site_id == Site.id, *holds)


def _recent(connection: Connection, street: str, code: str, now: Instant, within: Instant) -> list[int]:
    begun = Transition.step.in_(BEGINNINGS), Transition.at >= now - within
    lately = exists().where(Transition.alarm_id == Alarm.id, *begun)
    found = (
        select(Alarm.id)
        .join(Site, Site.id == Alarm.site_id)
        .where(Alarm.holds == 1, Alarm.type == code, Alarm.parent_id.is_(None), Site.street == street)
        .where(lately, ~_repaired(now))
    )
    return list(connection.execute(found).scalars())


def _going_on(connection: Connection, street: str, code: str) -> int | None:
    found = select(Alarm.id).where(Alarm.holds == 1, Alarm.type == code, Alarm.street == street)
    return connection.execute(found).scalar()


def calm_storms(connection: Connection, now: Instant) -> None:
    """A street's alarm is over when the last of its sites is."""
    member = aliased(Alarm)
    alone = select(Alarm.id).where(
        Alarm.holds == 1,
        Alarm.street.is_not(None),
        ~exists().where(member.parent_id == Alarm.id, member.holds == 1),
    )
    for alarm in list(connection.execute(alone).scalars()):
        clear_alarm(connection, alarm, now)
