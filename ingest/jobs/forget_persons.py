"""Once a day: names of persons who are on no roll any more go, once nothing was entered of them for as long as is promised;
and whoever had been erased before an older database came back goes again."""

from sqlalchemy import and_, exists, or_

from ingest.jobs.bites import forget
from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.base import HOUR
from models.bed import Resident
from models.erasing import erase_again
from models.person import PersonName

JOB = "forget_persons"
BITE = 500


def forget_persons(occasion: Occasion) -> Counts:
    """Counts `names`, and `erased_again` if there were any."""
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    kept: int = occasion.cfg.ingest.keep_persons_days * 24 * HOUR
    mine = (Resident.site_id == PersonName.site_id, Resident.person == PersonName.person)
    is_needed = exists().where(*mine, or_(Resident.on_roll == 1, Resident.since >= occasion.now - kept))
    again = erase_again(occasion.engine, occasion.cfg.database.seal_key_file, occasion.real_now)
    due = and_(PersonName.entered_at < occasion.real_now - kept, ~is_needed)
    return {"names": forget(occasion, PersonName, due, BITE)} | ({"erased_again": again} if again else {})
