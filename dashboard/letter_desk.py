"""What a person does with her letters: she orders them, ends them, and has one sent as a test. Each is written with her name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from dashboard.access import Viewer
from dashboard.queries.places import places
from dashboard.words import FOLDERS
from models.account import Account
from models.audit import audit
from models.base import Instant
from models.database import transaction
from models.letter import SITES_MOST, Letter, LetterKind, LetterState, Subscription, Way

HERS_MOST = 10
ADDRESS = re.compile(r"[^\s,@<>\"]{1,64}@[A-Za-z0-9.-]{1,190}")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class LetterRefused(Exception):
    """Nothing was done; the message is a key of `letter.refused.`."""


@dataclass(frozen=True, slots=True)
class Wish:
    way: str
    address: str
    sites: tuple[str, ...]
    """None at all: everything that she sees, as a list."""
    clock: str
    language: str


def subscribe(
    engine: Engine, viewer: Viewer, wish: Wish, domains: Sequence[str], now: Instant, real_now: Instant
) -> int:
    """The subscription's number. Raises LetterRefused: `403`, `404` for a site that is not hers, `address`, `code`, `many`."""
    if not viewer.may("letter.order"):
        raise LetterRefused("403")
    _check(wish, domains)
    with transaction(engine) as connection:
        account = _account(connection, viewer)
        mine = select(func.count()).where(Subscription.account_id == account, Subscription.ended_at.is_(None))
        if connection.execute(mine).scalar_one() >= HERS_MOST:
            raise LetterRefused("many")
        seen = {place.site for place in places(connection, viewer, now)}
        if not set(wish.sites) <= seen:
            raise LetterRefused("404")
        row = {"account_id": account, "way": wish.way, "address": wish.address, "sites": " ".join(wish.sites)}
        made = insert(Subscription).values(**row, clock=wish.clock, language=wish.language, made_at=real_now)
        number = int(connection.execute(made.returning(Subscription.id)).scalar_one())
        # The address is her own affair; that there is one, and for which sites, is everybody's.
        said = {"way": wish.way, "sites": list(wish.sites), "clock": wish.clock, "language": wish.language}
        audit(connection, real_now, viewer.name, viewer.role, "letter.subscribe", str(number), said)
    return number


def _check(wish: Wish, domains: Sequence[str]) -> None:
    if wish.way not in list(Way) or wish.language not in FOLDERS or not CLOCK.fullmatch(wish.clock):
        raise LetterRefused("code")
    if len(wish.sites) > SITES_MOST:
        raise LetterRefused("many")
    if wish.way == Way.WEBHOOK:
        if wish.address:
            raise LetterRefused("address")
        return
    if not ADDRESS.fullmatch(wish.address):
        raise LetterRefused("address")
    if domains and wish.address.partition("@")[2].lower() not in domains:
        raise LetterRefused("domain")


def unsubscribe(engine: Engine, viewer: Viewer, number: int, real_now: Instant) -> None:
    """Ends one of her own. Raises LetterRefused `404` for any other."""
    with transaction(engine) as connection:
        ended = connection.execute(
            update(Subscription)
            .where(Subscription.id == number, Subscription.account_id == _account(connection, viewer))
            .where(Subscription.ended_at.is_(None))
            .values(ended_at=real_now)
        )
        if ended.rowcount != 1:
            raise LetterRefused("404")
        audit(connection, real_now, viewer.name, viewer.role, "letter.unsubscribe", str(number), {})


def send_test(engine: Engine, viewer: Viewer, number: int, day: date, real_now: Instant) -> None:
    """Orders one letter of `day` now. Raises LetterRefused: `404`, or `waits` while her last test is still on its way."""
    with transaction(engine) as connection:
        mine = select(Subscription.id).where(
            Subscription.id == number,
            Subscription.account_id == _account(connection, viewer),
            Subscription.ended_at.is_(None),
        )
        if connection.execute(mine).first() is None:
            raise LetterRefused("404")
        test = (Letter.subscription_id == number, Letter.kind == LetterKind.TEST)
        if connection.execute(select(Letter.id).where(*test, Letter.next_at.is_not(None))).first() is not None:
            raise LetterRefused("waits")
        connection.execute(delete(Letter).where(*test, Letter.day == day.isoformat()))
        connection.execute(insert(Letter).values(**_ordered(number, day, real_now)))
        audit(connection, real_now, viewer.name, viewer.role, "letter.test", str(number), {"day": day.isoformat()})


def _ordered(number: int, day: date, real_now: Instant) -> dict[str, Any]:
    row = {"subscription_id": number, "kind": LetterKind.TEST, "day": day.isoformat(), "state": LetterState.ORDERED}
    return row | {"subject": "", "body": "", "tries": 0, "next_at": real_now, "ordered_at": real_now, "detail": ""}


def _account(connection: Connection, viewer: Viewer) -> int:
    found = connection.execute(select(Account.id).where(Account.name == viewer.name)).scalar()
    if found is None:
        raise LetterRefused("403")
    return int(found)
