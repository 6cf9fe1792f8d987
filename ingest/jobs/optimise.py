"""Once a night: the database looks at its tables again, and its log of changes goes back into the file."""

from sqlalchemy import Engine

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import HOUR
from models.civil_day import day_bounds
from models.database import read_only, transaction

JOB = "optimise"
_QUIET: int = 3 * HOUR
"""After midnight, when least is moving."""


def optimise(occasion: Occasion) -> Counts:
    """Counts `pages_in_log`, `pages_written` of the checkpoint; a busy page stays for the next one."""
    day = occasion.day or occasion.today
    start, _ = day_bounds(day, occasion.cfg.time.zone)
    with read_only(occasion.engine) as connection:
        too_early = not occasion.forced and occasion.now < start + _QUIET
        if too_early or is_done(connection, occasion, JOB, str(day)):
            return {}
    if occasion.engine.dialect.name != "sqlite":
        return {}
    counts = _checkpoint(occasion.engine)
    with transaction(occasion.engine) as connection:
        # Bounded, because it holds the writers' lock: 400 rows of each index tell the planner enough.
        connection.exec_driver_sql("pragma analysis_limit = 400")
        connection.exec_driver_sql("pragma optimize")
        enter(connection, occasion, JOB, str(day), counts)
    return counts


def _checkpoint(engine: Engine) -> Counts:
    """Passive: it waits for nobody and nobody waits for it."""
    with engine.connect() as connection:
        _busy, in_log, written = connection.exec_driver_sql("pragma wal_checkpoint(passive)").one()
    return {"pages_in_log": in_log, "pages_written": written}
