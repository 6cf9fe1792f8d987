"""Whose rows may be others than at the last picture: sites where something happened, and those that time alone has changed.

Judging thousands of sites each second takes longer than all else; what time changes is a matter of few of them.
"""

from collections.abc import Collection, Iterable

import numpy as np

from dashboard.columns import NEVER, STATES, Columns, Row
from dashboard.picture import Picture
from dashboard.queries.live import Rules
from models.base import MINUTE, SECOND, Instant
from models.site_state import State


def to_judge(before: Picture, picture: Picture, touched: Collection[int], rules: Rules) -> Iterable[int]:
    """At a full second. Opening hours begin and end at whole minutes, so at each of them all are judged."""
    if (
        picture.columns.layout is not before.columns.layout
        or picture.jumps != before.jumps
        or picture.as_of < before.as_of
        or picture.as_of // MINUTE != before.as_of // MINUTE
    ):
        return picture.facts
    doors = (id_ for id_, live in picture.live.items() if (live.heard.door_at or 0) > before.as_of)
    alarmed = (
        id_
        for id_ in before.alarms.keys() | picture.alarms.keys()
        if before.alarms.get(id_) != picture.alarms.get(id_) and id_ in picture.facts
    )
    aged = older(before.columns, picture.as_of, rules.late_after_s, rules.silent_after_s)
    return {*touched, *doors, *alarmed, *aged}


def older(columns: Columns, now: Instant, late_after_s: int, silent_after_s: int) -> list[int]:
    """Sites that are in another state than `state_of` would say of them now, those that are closed apart."""
    state, heard = columns.values[Row.STATE], columns.values[Row.HEARD]
    age = now - heard
    now_is = np.full(len(heard), STATES.index(State.SILENT))
    now_is[age <= silent_after_s * SECOND] = STATES.index(State.LATE)
    now_is[age <= late_after_s * SECOND] = STATES.index(State.LIVE)
    now_is[heard == NEVER] = STATES.index(State.NEW)
    moved = (now_is != state) & (state != STATES.index(State.CLOSED))
    return [columns.layout.places[n].id for n in np.flatnonzero(moved)]
