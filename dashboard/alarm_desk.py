"""The alarms desk for one viewer: what is open, what was settled, how soon people answer, and one alarm in full."""

from dataclasses import replace

from sqlalchemy import Connection

from dashboard.access import Viewer
from dashboard.actions import may_move
from dashboard.alarm_rows import DeskAlarm, limit_at
from dashboard.desk_rows import DeskFrame
from dashboard.queries.calm import calm_times
from dashboard.queries.desk import desk, desk_times, hers, history, members, one, settled
from dashboard.queries.live import Rules
from dashboard.queries.places import places, streets, streets_of
from dashboard.service_rows import StreetName
from models.alarm_life import Move
from models.base import HOUR, Instant
from models.civil_day import day_bounds, day_of
from models.deadlines import Deadlines

OPEN_MOST, SETTLED_MOST = 200, 50
LOOKED_BACK = 30 * 24 * HOUR


def desk_frame(
    connection: Connection, viewer: Viewer, alarm: int | None, now: Instant, rules: Rules
) -> DeskFrame | None:
    """None for an alarm that is not there or not hers; `alarm` None: the list alone. What waits for herself is not in it."""
    shown = one(connection, viewer, alarm) if alarm is not None else None
    if alarm is not None and shown is None:
        return None
    start, _ = day_bounds(day_of(now, rules.zone), rules.zone)
    seen = streets_of(connection, viewer)
    its_site = places(connection, viewer, now, shown.site) if shown and shown.site else []
    limits = rules.deadlines
    over = settled(connection, viewer, start, SETTLED_MOST) or settled(connection, viewer, now - LOOKED_BACK, 1)
    return DeskFrame(
        as_of=now,
        change=0,
        streets=tuple(StreetName(s.code, s.name_zh, s.name_en) for s in streets(connection) if s.code in seen),
        alarms=tuple(_for_her(viewer, row, limits) for row in desk(connection, viewer, OPEN_MOST)),
        mine=(),
        settled=tuple(_for_her(viewer, row, limits) for row in over),
        times=tuple(desk_times(connection, viewer, start, now + 1)),
        calm=sum(one.holds for one in calm_times(connection, viewer, now)),
        shown=_for_her(viewer, shown, limits) if shown else None,
        phone=its_site[0].phone if its_site else None,
        steps=tuple(history(connection, viewer, shown.id)) if shown else (),
        members=tuple(members(connection, viewer, shown.id)) if shown and shown.members else (),
        limits=limits,
    )


def with_hers(connection: Connection, viewer: Viewer, frame: DeskFrame) -> DeskFrame:
    """The frame of everybody with her role and scope, with what waits for herself."""
    mine = hers(connection, viewer, OPEN_MOST)
    return replace(frame, mine=tuple(_for_her(viewer, row, frame.limits) for row in mine))


def _for_her(viewer: Viewer, row: DeskAlarm, limits: Deadlines) -> DeskAlarm:
    """With the moves that are hers, and its limit."""
    ours = row.site is None and row.street is None
    moves = tuple(move for move in row.moves if may_move(viewer, Move(move), row.grade, ours))
    return replace(row, moves=moves, limit_at=limit_at(row, limits))
