"""Once a day: what old letters said goes, and where ended subscriptions sent them; that each went, once, stays in the log."""

from sqlalchemy import ColumnElement, and_, or_, select, update

from ingest.jobs.bites import bites
from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.base import HOUR
from models.database import transaction
from models.letter import Letter, Subscription

JOB = "forget_letters"
BITE = 200


def forget_letters(occasion: Occasion) -> Counts:
    """Counts `letters` that are empty now, and `addresses`. By the real clock, as they were made."""
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    before = occasion.real_now - occasion.cfg.letters.keep_days * 24 * HOUR
    said = or_(Letter.subject != "", Letter.body != "", Letter.document.is_not(None))
    old = and_(Letter.ordered_at < before, Letter.next_at.is_(None), said)
    ended = and_(Subscription.ended_at < before, Subscription.address != "")
    return {
        "letters": _emptied(occasion, Letter, old, {"subject": "", "body": "", "document": None}),
        "addresses": _emptied(occasion, Subscription, ended, {"address": ""}),
    }


def _emptied(
    occasion: Occasion, table: type[Letter | Subscription], which: ColumnElement[bool], values: dict[str, object]
) -> int:
    gone = 0
    for bite in bites(occasion, select(table.id).where(which).limit(BITE)):
        with transaction(occasion.engine) as connection:
            connection.execute(update(table).where(table.id.in_([id_ for (id_,) in bite])).values(**values))
        gone += len(bite)
    return gone
