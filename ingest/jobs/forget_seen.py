"""Once a day: vendors' messages seen longer ago than raw events are kept; one that came again now would be refused as too old."""

from sqlalchemy import delete, select, tuple_

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import HOUR
from models.binding import DeviceSeen
from models.database import read_only, transaction

JOB = "forget_seen"
BITE = 500


def forget_seen(occasion: Occasion) -> Counts:
    """Counts `messages`."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    before = occasion.now - occasion.cfg.ingest.keep_raw_days * 24 * HOUR
    due = select(DeviceSeen.device_id, DeviceSeen.token).where(DeviceSeen.at < before).limit(BITE)
    counts = {"messages": 0}
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            bite = [tuple(row) for row in connection.execute(due)]
        if not bite:
            break
        with transaction(occasion.engine) as connection:
            connection.execute(delete(DeviceSeen).where(tuple_(DeviceSeen.device_id, DeviceSeen.token).in_(bite)))
        counts["messages"] += len(bite)
        occasion.breathe()
    else:
        return counts
    with transaction(occasion.engine) as connection:
        enter(connection, occasion, JOB, period, counts)
    return counts
