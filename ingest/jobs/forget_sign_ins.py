"""Once a day: what is over of links, sessions, half sign-ins and wrong passwords goes. By the real clock, as it was made."""

from sqlalchemy import ColumnElement, and_, or_

from ingest.jobs.bites import forget
from ingest.jobs.occasion import Counts, Occasion, once_a_day
from models.account import ProviderVisit, Session, SignInLink, SignInStep, SignInTally
from models.base import HOUR, MINUTE

JOB = "forget_sign_ins"
BITE = 1000
_KNOWN_FOR: int = 90 * 24 * HOUR
"""An address where somebody came in is hers so long."""
_KEPT: int = 24 * HOUR
"""A link or session that is over stays so long, so that who comes back hears *used* or *ended* and not *unknown*."""


def forget_sign_ins(occasion: Occasion) -> Counts:
    """Counts `links`, `sessions`, `steps`, `visits`, `tallies`."""
    return once_a_day(occasion, JOB, _forget)


def _forget(occasion: Occasion) -> Counts:
    return {
        "links": forget(occasion, SignInLink, _links_over(occasion), BITE),
        "sessions": forget(occasion, Session, _sessions_over(occasion), BITE),
        "steps": forget(occasion, SignInStep, SignInStep.expires_at < occasion.real_now - _KEPT, BITE),
        "visits": forget(occasion, ProviderVisit, ProviderVisit.expires_at < occasion.real_now - _KEPT, BITE),
        "tallies": forget(occasion, SignInTally, _tallies_over(occasion), BITE),
    }


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
