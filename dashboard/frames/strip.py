"""The first line of every watching page: who reports, how old, how late, what is open."""

from dashboard.picture import Picture, wide_of
from dashboard.rows import SiteRow, Strip
from models.site_state import REPORTING


def strip_of(picture: Picture, rows: dict[int, SiteRow], scope: str) -> Strip:
    states = [row.state for row in rows.values()]
    heard = [row.heard_at for row in rows.values() if row.state in REPORTING and row.heard_at is not None]
    wide = wide_of(picture, scope)
    spoken_for = {alarm.id for alarm in wide}
    alone = [a.grade for id_ in rows for a in picture.alarms.get(id_, ()) if a.parent not in spoken_for]
    grades = [alarm.grade for alarm in wide] + alone
    return Strip(
        sites_reporting=sum(state in REPORTING for state in states),
        sites_total=sum(state != "closed" for state in states),
        live=states.count("live"),
        late=states.count("late"),
        silent=states.count("silent"),
        new=states.count("new"),
        closed=states.count("closed"),
        oldest_heard_at=min(heard, default=None),
        lag_p95_ms=picture.lag_p95_ms,
        alarms=(grades.count(1), grades.count(2), grades.count(3), grades.count(4)),
    )
