"""Once a day: what old letters said goes, and where ended subscriptions sent them; that each went, once, stays in the log."""

from sqlalchemy import ColumnElement, and_, or_, select, update

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.base import HOUR
from models.database import read_only, transaction
from models.letter import Letter, Subscription

JOB = "forget_letters"
BITE = 200


def forget_letters(occasion: Occasion) -> Counts:
    """Counts `letters` that are empty now, and `addresses`. By the real clock, as they were made."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    before = occasion.real_now - occasion.cfg.letters.keep_days * 24 * HOUR
    said = or_(Letter.subject != "", Letter.body != "", Letter.document.is_not(None))
    old = and_(Letter.ordered_at < before, Letter.next_at.is_(None), said)
    ended = and_(Subscription.ended_at < before, Subscription.address != "")
    counts = {
        "letters": _emptied(occasion, Letter, old, {"subject": "", "body": "", "document": None}),
        "addresses": _emptied(occasion, Subscription, ended, {"address": ""}),
    }
    if not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            enter(connection, occasion, JOB, period, counts)
    return counts


def _emptied(
    occasion: Occasion, table: type[Letter | Subscription], which: ColumnElement[bool], values: dict[str, object]
) -> int:
    gone = 0
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            bite = connection.execute(select(table.id).where(which).limit(BITE)).scalars().all()
        if not bite:
            break
        with transaction(occasion.engine) as connection:
            connection.execute(update(table).where(table.id.in_(bite)).values(**values))
        gone += len(bite)
        occasion.breathe()
    return gone
