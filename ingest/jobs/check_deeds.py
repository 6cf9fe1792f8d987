"""Once a day: whether the chain of deeds still holds; what was found stands on the page of deeds."""

import logging

from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.audit import check_chain

log = logging.getLogger(__name__)
JOB = "check_deeds"


def check_deeds(occasion: Occasion) -> Counts:
    """Counts `upto`, the last good entry, `broken`, the first that is not, and `cut`, the last of an end that is gone; or 0."""
    return once_a_day(occasion, JOB, _check)


def _check(occasion: Occasion) -> Counts:
    found = check_chain(occasion.engine, occasion.real_now)
    if not found.is_whole:
        log.error("the chain of deeds is broken", extra={"entry": found.broken, "cut": found.cut, "upto": found.upto})
    # The log lies elsewhere than the database: what it says of the chain cannot be written anew along with it.
    log.info("the chain of deeds was looked through", extra={"upto": found.upto, "seal": (found.hash or b"").hex()})
    return {"upto": found.upto, "broken": found.broken or 0, "cut": found.cut or 0}
