"""The first line of every watching page: who reports, how old, how late, what is open."""

from collections.abc import Mapping

from dashboard.picture import Picture, wide_of
from dashboard.rows import SiteRow, Strip, WorstLag
from models.quality import LAG_EDGES_S
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
        worst_lag=worst_lag(picture.lags, rows),
        alarms=(grades.count(1), grades.count(2), grades.count(3), grades.count(4)),
    )


def worst_lag(lags: Mapping[int, float], rows: Mapping[int, SiteRow]) -> WorstLag | None:
    """Of these sites alone; of several that are equally slow the first by its code."""
    mine = [(-lags[id_], row.site, row) for id_, row in rows.items() if id_ in lags]
    if not mine:
        return None
    negative, _, row = min(mine, key=lambda one: one[:2])
    seconds, least, most = -negative, LAG_EDGES_S[0], LAG_EDGES_S[-1]
    if seconds <= least:
        return WorstLag(None, "", "", least, "most")
    return WorstLag(
        row.site, row.name_zh, row.name_en, round(min(seconds, most)), "about" if seconds < most else "more"
    )
