"""Every ten seconds the clock process says that it runs: if it dies, the pages say so, for it cannot tell anybody itself."""

import os

from sqlalchemy import insert, update

from ingest.jobs.occasion import Counts, Occasion
from models.change import ClockProcess
from models.database import transaction


def say_clock(occasion: Occasion) -> Counts:
    """Counts nothing."""
    said = {"pid": os.getpid(), "seen_at": occasion.now}
    with transaction(occasion.engine) as connection:
        if not connection.execute(update(ClockProcess).where(ClockProcess.id == 1).values(said)).rowcount:
            connection.execute(insert(ClockProcess).values(id=1, **said))
    return {}
