"""The frame of open alarms, as machines read them; people have the desk."""

from dashboard.frames.strip import strip_of
from dashboard.needs import needs_of
from dashboard.picture import Picture, sites_of, wide_of
from dashboard.rows import AlarmsFrame


def alarms_frame(picture: Picture, scope: str, _after: int) -> AlarmsFrame:
    """What is open, and what else waits for a person."""
    rows = {id_: picture.rows[id_] for id_ in sites_of(picture, scope)}
    open_ = [alarm for id_ in rows for alarm in picture.alarms.get(id_, ())]
    return AlarmsFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=strip_of(picture, rows, scope),
        needs=tuple(
            needs_of(
                rows, picture.alarms, wide_of(picture, scope), picture.jumps, picture.deadlines, picture.clock_lost
            )
        ),
        alarms=tuple(sorted(open_, key=lambda alarm: (alarm.grade, alarm.raised_at or 0, alarm.id))),
    )
