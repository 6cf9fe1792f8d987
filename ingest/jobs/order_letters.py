"""Orders yesterday's letters when their time has come and the days are summed up; reminds whoever has not signed by the hour.

What is ordered stands as a row that can be there only once, so any number of schedulers order each letter once.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, exists, func, insert, or_, select

from ingest.jobs.occasion import Counts, Occasion
from models.account import Account
from models.civil_day import day_bounds
from models.database import read_only, transaction
from models.day import Signature, SiteDay
from models.letter import Letter, LetterKind, LetterState, Subscription, is_time
from models.permission import allows
from models.place import Site


def order_letters(occasion: Occasion) -> Counts:
    """Counts `ordered` by kind; waits for the night's work, but no longer than `letters.wait_min`."""
    counts = {str(kind): 0 for kind in (LetterKind.DAY, LetterKind.REMINDER)}
    zone, said = occasion.cfg.time.zone, occasion.cfg.letters
    yesterday = (occasion.day or occasion.today) - timedelta(days=0 if occasion.day else 1)
    with read_only(occasion.engine) as connection:
        wanted = [one for one in _wanted(connection) if is_time(occasion.today, one.clock, zone, occasion.now)]
        ready = [one for one in wanted if _is_ready(connection, one, yesterday, occasion)]
        reminded = []
        if is_time(occasion.today, said.sign_by, zone, occasion.now):
            reminded = [one for one in wanted if _is_unsigned(connection, one, yesterday)]
    for kind, found in ((LetterKind.DAY, ready), (LetterKind.REMINDER, reminded)):
        for one in found:
            with transaction(occasion.engine) as connection:
                counts[kind] += order(connection, one.id, kind, yesterday, occasion.real_now)
    return {name: n for name, n in counts.items() if n}


def order(connection: Connection, subscription: int, kind: LetterKind, day: date, real_now: int) -> bool:
    """False where this letter stands already."""
    mine = (Letter.subscription_id == subscription, Letter.kind == kind, Letter.day == day.isoformat())
    if connection.execute(select(Letter.id).where(*mine)).first() is not None:
        return False
    row = {"subscription_id": subscription, "kind": kind, "day": day.isoformat(), "state": LetterState.ORDERED}
    fresh = {"subject": "", "body": "", "tries": 0, "next_at": real_now, "ordered_at": real_now, "detail": ""}
    connection.execute(insert(Letter).values(**row, **fresh))
    return True


def _wanted(connection: Connection) -> list[Any]:
    return list(
        connection.execute(
            select(Subscription.id, Subscription.sites, Subscription.clock, Account.role)
            .join(Account, Account.id == Subscription.account_id)
            .where(Subscription.ended_at.is_(None), Account.disabled == 0)
            .order_by(Subscription.id)
        )
    )


def _is_ready(connection: Connection, one: Any, day: date, occasion: Occasion) -> bool:
    wait = timedelta(minutes=occasion.cfg.letters.wait_min)
    late = f"{_later(one.clock, wait)}"
    if late > one.clock and is_time(occasion.today, late, occasion.cfg.time.zone, occasion.now):
        return True
    summed = select(SiteDay.site_id).where(SiteDay.day == day.isoformat()).distinct().subquery()
    start, end = day_bounds(day, occasion.cfg.time.zone)
    stood = (Site.created_at < end, or_(Site.ended_from.is_(None), Site.ended_from > start))
    sites = select(func.count()).select_from(Site).where(*stood, Site.id.not_in(select(summed.c.site_id)))
    if one.sites:
        sites = sites.where(Site.code.in_(one.sites.split()))
    return connection.execute(sites).scalar_one() == 0


def _later(clock: str, wait: timedelta) -> str:
    minutes = int(clock[:2]) * 60 + int(clock[3:]) + wait // timedelta(minutes=1)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes < 24 * 60 else "23:59"


def _is_unsigned(connection: Connection, one: Any, day: date) -> bool:
    """Whether the newest version of any of its days bears no name, and this person's could stand there."""
    if not allows(one.role, "day.sign") or not one.sites:
        return False
    newest = (
        select(SiteDay.site_id, func.max(SiteDay.version).label("version"))
        .join(Site, Site.id == SiteDay.site_id)
        .where(SiteDay.day == day.isoformat(), Site.code.in_(one.sites.split()))
        .group_by(SiteDay.site_id)
        .subquery()
    )
    signed = exists().where(
        Signature.site_id == newest.c.site_id,
        Signature.day == day.isoformat(),
        Signature.version == newest.c.version,
    )
    return connection.execute(select(newest.c.site_id).where(~signed).limit(1)).first() is not None
