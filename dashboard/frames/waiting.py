"""What waits for a person in a scope, worst first."""

from dashboard.needs import needs_of
from dashboard.picture import Picture, alarms_of, gone_of, wide_of
from dashboard.rows import Need


def waiting_in(picture: Picture, scope: str) -> list[Need]:
    alarms, gone, wide = alarms_of(picture, scope), gone_of(picture, scope), wide_of(picture, scope)
    return needs_of(picture.rows, alarms, wide, picture.jumps, picture.deadlines, picture.clock_lost, gone)
