"""Once a day: what is over of links, sessions, half sign-ins and wrong passwords goes. By the real clock, as it was made."""

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.account import ProviderVisit, Session, SignInLink, SignInStep, SignInTally
from models.base import HOUR, MINUTE, Base
from models.database import read_only, transaction

JOB = "forget_sign_ins"
BITE = 1000
_KNOWN_FOR: int = 90 * 24 * HOUR
"""An address where somebody came in is hers so long."""
_KEPT: int = 24 * HOUR
"""A link or session that is over stays so long, so that who comes back hears *used* or *ended* and not *unknown*."""


def forget_sign_ins(occasion: Occasion) -> Counts:
    """Counts `links`, `sessions`, `steps`, `visits`, `tallies`."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    counts = {
        "links": _forget(occasion, SignInLink, _links_over(occasion)),
        "sessions": _forget(occasion, Session, _sessions_over(occasion)),
        "steps": _forget(occasion, SignInStep, SignInStep.expires_at < occasion.real_now - _KEPT),
        "visits": _forget(occasion, ProviderVisit, ProviderVisit.expires_at < occasion.real_now - _KEPT),
        "tallies": _forget(occasion, SignInTally, _tallies_over(occasion)),
    }
    if not occasion.is_stopping():
        with transaction(occasion.engine) as connection:
            enter(connection, occasion, JOB, period, counts)
    return counts


def _links_over(occasion: Occasion) -> ColumnElement[bool]:
    before = occasion.real_now - _KEPT
    return or_(SignInLink.expires_at < before, SignInLink.used_at < before)


def _sessions_over(occasion: Occasion) -> ColumnElement[bool]:
    before = occasion.real_now - _KEPT
    web = occasion.cfg.web
    return or_(
        Session.ended_at < before,
        Session.made_at < before - web.session_hours * HOUR,
        Session.seen_at < before - web.session_idle_min * MINUTE,
    )


def _tallies_over(occasion: Occasion) -> ColumnElement[bool]:
    now = occasion.real_now
    is_strange = or_(SignInTally.good_at.is_(None), SignInTally.good_at < now - _KNOWN_FOR)
    return and_(SignInTally.wrong_at < now - _KEPT, is_strange)


def _forget(occasion: Occasion, table: type[Base], over: ColumnElement[bool]) -> int:
    """In bites; returns how many went."""
    gone, key = 0, tuple_(*table.__table__.primary_key)
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            bite = connection.execute(select(*table.__table__.primary_key).where(over).limit(BITE)).all()
        if not bite:
            break
        with transaction(occasion.engine) as connection:
            connection.execute(delete(table).where(key.in_([tuple(row) for row in bite])))
        gone += len(bite)
        occasion.breathe()
    return gone
