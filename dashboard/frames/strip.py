"""The first line of every watching page: who reports, how old, how late, what is open."""

import numpy as np

from dashboard.columns import NEVER, Row
from dashboard.part import Part
from dashboard.picture import Picture, alarms_of, gone_of, part_of, wide_of
from dashboard.rows import Strip, WorstLag
from models.quality import LAG_EDGES_S


def strip_of(picture: Picture, scope: str) -> Strip:
    """An alarm counts until somebody has closed it, as at the desk, also where its cause is gone."""
    part = part_of(picture, scope)
    heard = part.of(Row.HEARD)[part.reports]
    heard = heard[heard != NEVER]
    wide = wide_of(picture, scope)
    spoken_for = {alarm.id for alarm in wide}
    single = [*alarms_of(picture, scope).values(), *gone_of(picture, scope).values()]
    alone = [alarm.grade for alarms in single for alarm in alarms if alarm.parent not in spoken_for]
    grades = [alarm.grade for alarm in wide] + alone
    return Strip(
        sites_reporting=int(part.reports.sum()),
        sites_total=int(part.expected.sum()),
        **{str(state): n for state, n in part.states.items()},
        oldest_heard_at=int(heard.min()) if len(heard) else None,
        worst_lag=worst_lag(part),
        alarms=(grades.count(1), grades.count(2), grades.count(3), grades.count(4)),
    )


def worst_lag(part: Part) -> WorstLag | None:
    """Of these sites alone; of several that are equally slow the first by its code."""
    lags = part.columns.lags[part.at]
    if np.isnan(lags).all():
        return None
    seconds, least, most = float(np.nanmax(lags)), LAG_EDGES_S[0], LAG_EDGES_S[-1]
    if seconds <= least:
        return WorstLag(None, "", "", least, "most")
    slowest = min((part.columns.layout.places[n] for n in part.at[lags == seconds]), key=lambda place: place.site)
    return WorstLag(
        slowest.site, slowest.name_zh, slowest.name_en, round(min(seconds, most)), "about" if seconds < most else "more"
    )
