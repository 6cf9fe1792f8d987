"""Every half hour: sites whose days are to begin at another hour, as the configuration or their kind has changed, do so soon."""

from ingest.jobs.occasion import Counts, Occasion
from models.database import read_only, transaction
from models.day_begin import begin_otherwise, otherwise


def begin_days(occasion: Occasion) -> Counts:
    """Counts `sites`; nothing to do counts nothing."""
    with read_only(occasion.engine) as connection:
        found = otherwise(connection, occasion.cfg.time.begins)
    if not found:
        return {}
    with transaction(occasion.engine) as connection:
        begin_otherwise(connection, found, occasion.today)
    return {"sites": len(found)}
