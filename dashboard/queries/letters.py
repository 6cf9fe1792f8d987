"""A person's own subscriptions and what became of their letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, select

from dashboard.access import Viewer
from dashboard.queries.places import places
from models.account import Account
from models.base import Instant
from models.letter import Letter, LetterState, Subscription

LOG_MOST = 40
_AGAIN = case((and_(Letter.state == LetterState.WRITTEN, Letter.tries > 0), Letter.next_at))


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    number: int
    way: str
    address: str
    sites: tuple[str, ...]
    clock: str
    language: str


@dataclass(frozen=True, slots=True)
class LetterRow:
    kind: str
    day: str
    state: str
    way: str
    address: str
    subject: str
    tries: int
    ordered_at: Instant
    sent_at: Instant | None
    again_at: Instant | None
    """When one that did not go is tried again; None: it is not."""
    detail: str


@dataclass(frozen=True, slots=True)
class LettersRows:
    subscriptions: tuple[SubscriptionRow, ...]
    letters: tuple[LetterRow, ...]
    """Newest first."""
    sites: tuple[tuple[str, str, str], ...]
    """Code and names of what she sees."""


def letters_page(connection: Connection, viewer: Viewer, now: Instant) -> LettersRows:
    subscriptions = connection.execute(
        select(Subscription)
        .where(Subscription.account_id == _account(viewer), Subscription.ended_at.is_(None))
        .order_by(Subscription.id)
    ).all()
    here = sorted(places(connection, viewer, now), key=lambda place: place.site)
    return LettersRows(
        tuple(
            SubscriptionRow(s.id, s.way, s.address, tuple(s.sites.split()), s.clock, s.language) for s in subscriptions
        ),
        tuple(letter_log(connection, viewer, LOG_MOST)),
        tuple((place.site, place.name_zh, place.name_en) for place in here),
    )


def letter_log(connection: Connection, viewer: Viewer, most: int) -> list[LetterRow]:
    """Her own, the newest first."""
    found: Sequence[Any] = connection.execute(
        select(Letter.kind, Letter.day, Letter.state, Subscription.way, Subscription.address, Letter.subject,
               Letter.tries, Letter.ordered_at, Letter.sent_at, _AGAIN, Letter.detail)
        .join(Subscription, Subscription.id == Letter.subscription_id)
        .where(Subscription.account_id == _account(viewer))
        .order_by(Letter.id.desc())
        .limit(most)
    ).all()  # fmt: skip
    return [LetterRow(*row) for row in found]


def _account(viewer: Viewer) -> Any:
    return select(Account.id).where(Account.name == viewer.name).scalar_subquery()
