"""Once a day: cards that came in on days which no screen shows as they run; the summaries read the events themselves. And the
guests of ended days that no summary compares itself with any more.
"""

from datetime import timedelta

from sqlalchemy import delete, select, tuple_

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import HOUR
from models.card_day import KEPT_DAYS, CardDay, CardEntry
from models.civil_day import day_of
from models.database import read_only, transaction
from models.guest_day import WINDOW_DAYS, GuestDay

JOB = "forget_cards"
BITE = 1000


def forget_cards(occasion: Occasion) -> Counts:
    """Counts `entries`, `days` and `guest_days`. A day more is kept than an entry counts back, so that none is counted twice."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    before = occasion.now - (KEPT_DAYS + 2) * 24 * HOUR
    columns = CardEntry.token, CardEntry.site_id, CardEntry.at, CardEntry.area_id
    due = select(*columns).where(CardEntry.at < before).limit(BITE)
    counts = {"entries": 0, "days": 0, "guest_days": 0}
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            bite = [tuple(row) for row in connection.execute(due)]
        if not bite:
            break
        with transaction(occasion.engine) as connection:
            connection.execute(delete(CardEntry).where(tuple_(*columns).in_(bite)))
        counts["entries"] += len(bite)
        occasion.breathe()
    else:
        return counts
    with transaction(occasion.engine) as connection:
        old = day_of(before, occasion.cfg.time.zone).isoformat()
        counts["days"] = connection.execute(delete(CardDay).where(CardDay.day < old)).rowcount
        apart = timedelta(days=occasion.cfg.ingest.keep_raw_days + WINDOW_DAYS + 1)
        gone = delete(GuestDay).where(GuestDay.day < (occasion.today - apart).isoformat())
        counts["guest_days"] = connection.execute(gone).rowcount
        enter(connection, occasion, JOB, period, counts)
    return counts
