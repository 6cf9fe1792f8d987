"""The frame of open alarms, as machines read them; people have the desk."""

from dashboard.frames.strip import strip_of
from dashboard.frames.waiting import waiting_in
from dashboard.picture import Picture, alarms_of
from dashboard.rows import AlarmsFrame


def alarms_frame(picture: Picture, scope: str, _after: int) -> AlarmsFrame:
    """What is open, and what else waits for a person."""
    open_ = [alarm for alarms in alarms_of(picture, scope).values() for alarm in alarms]
    return AlarmsFrame(
        as_of=picture.as_of,
        change=0 if scope else picture.change,
        strip=strip_of(picture, scope),
        needs=tuple(waiting_in(picture, scope)),
        alarms=tuple(sorted(open_, key=lambda alarm: (alarm.grade, alarm.raised_at or 0, alarm.id))),
    )
