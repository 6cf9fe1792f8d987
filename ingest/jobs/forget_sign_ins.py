"""Once a day: one-time links and sessions that are over go. By the real clock, as they were made."""

from sqlalchemy import ColumnElement, delete, or_, select

from ingest.jobs.occasion import Counts, Occasion, enter, is_done
from models.account import Session, SignInLink
from models.base import HOUR, MINUTE
from models.database import read_only, transaction

JOB = "forget_sign_ins"
BITE = 1000
_KEPT: int = 24 * HOUR
"""A link or session that is over stays so long, so that who comes back hears *used* or *ended* and not *unknown*."""


def forget_sign_ins(occasion: Occasion) -> Counts:
    """Counts `links`, `sessions`."""
    period = str(occasion.day or occasion.today)
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, period):
            return {}
    counts = {
        "links": _forget(occasion, SignInLink, _links_over(occasion)),
        "sessions": _forget(occasion, Session, _sessions_over(occasion)),
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


def _forget(occasion: Occasion, table: type[SignInLink] | type[Session], over: ColumnElement[bool]) -> int:
    """In bites; returns how many went."""
    gone = 0
    while not occasion.is_stopping():
        with read_only(occasion.engine) as connection:
            bite = connection.execute(select(table.token_hash).where(over).limit(BITE)).scalars().all()
        if not bite:
            break
        with transaction(occasion.engine) as connection:
            connection.execute(delete(table).where(table.token_hash.in_(bite)))
        gone += len(bite)
        occasion.breathe()
    return gone
