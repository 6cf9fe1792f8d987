"""Once a day: vendors' messages seen longer ago than raw events are kept; one that came again now would be refused as too old."""

from ingest.jobs.bites import forget
from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.base import HOUR
from models.binding import DeviceSeen

JOB = "forget_seen"
BITE = 500


def forget_seen(occasion: Occasion) -> Counts:
    """Counts `messages`."""
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    before = occasion.now - occasion.cfg.ingest.keep_raw_days * 24 * HOUR
    return {"messages": forget(occasion, DeviceSeen, DeviceSeen.at < before, BITE)}
