"""Once a day: whether the chain of deeds still holds; what was found stands on the page of deeds."""

import logging

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.audit import check_chain
from models.database import read_only, transaction

log = logging.getLogger(__name__)
JOB = "check_deeds"


def check_deeds(occasion: Occasion) -> Counts:
    """Counts `upto`, the last good entry, and `broken`, the first that is not, or 0."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    upto, broken = check_chain(occasion.engine, occasion.real_now)
    if broken is not None:
        log.error("the chain of deeds is broken", extra={"entry": broken})
    counts = {"upto": upto, "broken": broken or 0}
    with transaction(occasion.engine) as connection:
        enter(connection, occasion, JOB, period, counts)
    return counts
