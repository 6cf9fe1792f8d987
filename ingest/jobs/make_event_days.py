"""PostgreSQL keeps the events of each day in a partition: today's and the next are made ahead, past ones where they lack."""

from ingest.jobs.occasion import Counts, Occasion
from models.database import read_only, transaction
from models.event_days import make_day, missing_days

JOB = "make_event_days"


def make_event_days(occasion: Occasion) -> Counts:
    """Counts `made`. Which days there are the database itself says, so this job needs no ledger."""
    with read_only(occasion.engine) as connection:
        days = missing_days(connection, occasion.now, occasion.cfg.ingest.keep_raw_days)
    made = 0
    for day in days:
        if occasion.is_stopping():
            break
        with transaction(occasion.engine) as connection:
            made += make_day(connection, day)
        occasion.breathe()
    return {"made": made} if days else {}
