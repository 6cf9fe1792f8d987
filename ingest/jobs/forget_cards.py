"""Once a day: cards that came in on days which no screen shows as they run; the summaries read the events themselves. And the
guests of ended days that no summary compares itself with any more.
"""

from datetime import timedelta

from sqlalchemy import delete

from ingest.jobs.bites import forget
from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.base import HOUR
from models.card_day import KEPT_DAYS, CardDay, CardEntry
from models.civil_day import day_of
from models.database import transaction
from models.guest_day import WINDOW_DAYS, GuestDay

JOB = "forget_cards"
BITE = 1000


def forget_cards(occasion: Occasion) -> Counts:
    """Counts `entries`, `days` and `guest_days`. A day more is kept than an entry counts back, so that none is counted twice."""
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    before = occasion.now - (KEPT_DAYS + 2) * 24 * HOUR
    entries = forget(occasion, CardEntry, CardEntry.at < before, BITE)
    day = day_of(before, occasion.cfg.time.zone)
    apart = timedelta(days=occasion.cfg.ingest.keep_raw_days + WINDOW_DAYS + 1)
    with transaction(occasion.engine) as connection:
        days = connection.execute(delete(CardDay).where(CardDay.day < day.isoformat()))
        guest_days = connection.execute(delete(GuestDay).where(GuestDay.day < (occasion.today - apart).isoformat()))
    return {"entries": entries, "days": days.rowcount, "guest_days": guest_days.rowcount}
