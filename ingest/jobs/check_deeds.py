"""Once a day: whether the chain of deeds still holds; what was found stands on the page of deeds."""

import logging

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.audit import check_chain
from models.database import read_only, transaction

log = logging.getLogger(__name__)
JOB = "check_deeds"


def check_deeds(occasion: Occasion) -> Counts:
    """Counts `upto`, the last good entry, `broken`, the first that is not, and `cut`, the last of an end that is gone; or 0."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    found = check_chain(occasion.engine, occasion.real_now)
    if not found.is_whole:
        log.error("the chain of deeds is broken", extra={"entry": found.broken, "cut": found.cut, "upto": found.upto})
    # The log lies elsewhere than the database: what it says of the chain cannot be written anew along with it.
    log.info("the chain of deeds was looked through", extra={"upto": found.upto, "seal": (found.hash or b"").hex()})
    counts = {"upto": found.upto, "broken": found.broken or 0, "cut": found.cut or 0}
    with transaction(occasion.engine) as connection:
        enter(connection, occasion, JOB, period, counts)
    return counts
