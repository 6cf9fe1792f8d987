"""Once a day: names of persons who are on no roll any more go, once nothing was entered of them for as long as is promised;
and whoever had been erased before an older database came back goes again."""

from sqlalchemy import delete, exists, or_, select, tuple_

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import HOUR
from models.bed import Resident
from models.database import read_only, transaction
from models.erasing import erase_again
from models.person import PersonName

JOB = "forget_persons"
BITE = 500


def forget_persons(occasion: Occasion) -> Counts:
    """Counts `names`, and `erased_again` if there were any."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    kept: int = occasion.cfg.ingest.keep_persons_days * 24 * HOUR
    mine = (Resident.site_id == PersonName.site_id, Resident.person == PersonName.person)
    is_needed = exists().where(*mine, or_(Resident.on_roll == 1, Resident.since >= occasion.now - kept))
    due = select(PersonName.site_id, PersonName.person).where(
        PersonName.entered_at < occasion.real_now - kept, ~is_needed
    )
    counts = {"names": 0}
    if again := erase_again(occasion.engine, occasion.cfg.database.seal_key_file, occasion.real_now):
        counts["erased_again"] = again
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            bite = [tuple(row) for row in connection.execute(due.limit(BITE))]
        if not bite:
            break
        with transaction(occasion.engine) as connection:
            connection.execute(delete(PersonName).where(tuple_(PersonName.site_id, PersonName.person).in_(bite)))
        counts["names"] += len(bite)
        occasion.breathe()
    if not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            enter(connection, occasion, JOB, period, counts)
    return counts
