"""Once a day: cards that came in on days which no screen shows as they run; the summaries read the events themselves."""

from sqlalchemy import delete, select, tuple_

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import HOUR
from models.card_day import KEPT_DAYS, CardDay, CardEntry
from models.civil_day import day_of
from models.database import read_only, transaction

JOB = "forget_cards"
BITE = 1000


def forget_cards(occasion: Occasion) -> Counts:
    """Counts `entries` and `days`. A day more is kept than an entry counts back, so that none is counted twice."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    before = occasion.now - (KEPT_DAYS + 2) * 24 * HOUR
    columns = CardEntry.token, CardEntry.site_id, CardEntry.at, CardEntry.area_id
    due = select(*columns).where(CardEntry.at < before).limit(BITE)
    counts = {"entries": 0, "days": 0}
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
        enter(connection, occasion, JOB, period, counts)
    return counts
