"""Orders the letters of ended days when their time has come and the days are summed up; reminds whoever has not signed by the
hour, and says when a signed day has a new version.

What is ordered stands as a row that can be there only once, so any number of schedulers order each letter once.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, or_, select

from ingest.jobs.occasion import Counts, Occasion
from models.account import Account
from models.base import HOUR, MINUTE, Instant
from models.civil_day import day_of
from models.database import read_only, transaction
from models.day import Signature, SiteDay
from models.day_begin import start_of, turns_known
from models.letter import Letter, LetterKind, LetterState, Subscription, is_time
from models.permission import allows
from models.place import Site
from models.site_day import parsed

LATE_MOST = timedelta(days=7)
"""How far back the letters of missed days still go; older ones are no news."""
NEWLY: Instant = 48 * HOUR
"""So long after it was made a new version of a signed day is still told of."""

Due = list[tuple[int, LetterKind, date]]
"""Subscription, kind and day of letters whose time has come."""


def order_letters(occasion: Occasion) -> Counts:
    """Counts `ordered` by kind; waits for the night's work, but no longer than `letters.wait_min`."""
    counts = {str(kind): 0 for kind in (LetterKind.DAY, LetterKind.REMINDER, LetterKind.SUPERSEDED)}
    zone = occasion.cfg.time.zone
    with read_only(occasion.engine) as connection:
        wanted = [one for one in _wanted(connection) if is_time(occasion.today, one.clock, zone, occasion.now)]
        due = _due(connection, wanted, occasion)
    for subscription, kind, day in due:
        with transaction(occasion.engine) as connection:
            counts[kind] += order(connection, subscription, kind, day, occasion.real_now)
    return {name: n for name, n in counts.items() if n}


def _due(connection: Connection, wanted: list[Any], occasion: Occasion) -> Due:
    """Oldest day first."""
    yesterday = occasion.day or occasion.today - timedelta(days=1)
    standing = _standing(connection, yesterday - LATE_MOST)
    due: Due = []
    for one in wanted:
        days = [day for day in _days(one, yesterday, occasion) if (one.id, LetterKind.DAY, str(day)) not in standing]
        due += [(one.id, LetterKind.DAY, day) for day in days if _is_ready(connection, one, day, occasion)]
    late = is_time(occasion.today, occasion.cfg.letters.sign_by, occasion.cfg.time.zone, occasion.now)
    for one in wanted:
        superseded = _superseded(connection, one, occasion.now)
        due += [(one.id, LetterKind.SUPERSEDED, day) for day in superseded]
        if late and yesterday not in superseded and _is_unsigned(connection, one, yesterday):
            due.append((one.id, LetterKind.REMINDER, yesterday))
    new = {one for one in due if (one[0], one[1], str(one[2])) not in standing}
    return sorted(new, key=lambda one: (one[2], one[0], one[1]))


def _standing(connection: Connection, since: date) -> set[tuple[int, str, str]]:
    found = select(Letter.subscription_id, Letter.kind, Letter.day).where(Letter.day >= since.isoformat())
    return {(row.subscription_id, row.kind, row.day) for row in connection.execute(found)}


def _days(one: Any, yesterday: date, occasion: Occasion) -> list[date]:
    """Yesterday, and the days before it that nobody ordered since she asked for letters."""
    if occasion.day:
        return [occasion.day]
    asked = day_of(one.made_at + occasion.now - occasion.real_now, occasion.cfg.time.zone)
    first = min(max(asked, yesterday - LATE_MOST), yesterday)
    return [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]


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
            select(Subscription.id, Subscription.sites, Subscription.clock, Subscription.made_at, Account.role)
            .join(Account, Account.id == Subscription.account_id)
            .where(Subscription.ended_at.is_(None), Account.disabled == 0)
            .order_by(Subscription.id)
        )
    )


def _is_ready(connection: Connection, one: Any, day: date, occasion: Occasion) -> bool:
    """Summed up for all of its sites, or waited for long enough since its hour came and the last of them ended the day."""
    zone, turns = occasion.cfg.time.zone, turns_known(connection)
    start, end = (start_of(Site.id, of, zone, turns) for of in (day, day + timedelta(days=1)))
    mine = [Site.created_at < end, or_(Site.ended_from.is_(None), Site.ended_from > start)]
    mine += [Site.code.in_(one.sites.split())] if one.sites else []
    wait = timedelta(minutes=occasion.cfg.letters.wait_min)
    late = f"{_later(one.clock, wait)}"
    if late > one.clock and is_time(occasion.today, late, zone, occasion.now):
        ended = connection.execute(select(func.max(end)).where(*mine)).scalar() if turns else None
        if ended is None or occasion.now >= ended + occasion.cfg.letters.wait_min * MINUTE:
            return True
    summed = select(SiteDay.site_id).where(SiteDay.day == day.isoformat()).distinct().subquery()
    sites = select(func.count()).select_from(Site).where(*mine, Site.id.not_in(select(summed.c.site_id)))
    return connection.execute(sites).scalar_one() == 0


def _later(clock: str, wait: timedelta) -> str:
    minutes = int(clock[:2]) * 60 + int(clock[3:]) + wait // timedelta(minutes=1)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes < 24 * 60 else "23:59"


def _is_unsigned(connection: Connection, one: Any, day: date) -> bool:
    """Whether the newest version of any of its days bears no name but asks for one, and this person's could stand there."""
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
    same = (SiteDay.site_id == newest.c.site_id, SiteDay.day == day.isoformat(), SiteDay.version == newest.c.version)
    waiting = connection.execute(select(SiteDay.summary).join(newest, and_(*same)).where(~signed)).scalars()
    return any(parsed(summary).asks_for_name for summary in waiting)


def _superseded(connection: Connection, one: Any, now: Instant) -> set[date]:
    """Days of its sites whose newest version was made lately, while an older one is signed and it is not."""
    if not one.sites:
        return set()
    later = SiteDay.__table__.alias("later")
    signed = exists().where(
        Signature.site_id == SiteDay.site_id, Signature.day == SiteDay.day, Signature.version == SiteDay.version
    )
    older = exists().where(
        Signature.site_id == SiteDay.site_id, Signature.day == SiteDay.day, Signature.version < SiteDay.version
    )
    newer = exists().where(
        later.c.site_id == SiteDay.site_id, later.c.day == SiteDay.day, later.c.version > SiteDay.version
    )
    found = (
        select(SiteDay.day)
        .join(Site, Site.id == SiteDay.site_id)
        .where(Site.code.in_(one.sites.split()), SiteDay.version > 1, SiteDay.made_at >= now - NEWLY, older)
        .where(~signed, ~newer)
    )
    return {date.fromisoformat(day) for day in connection.execute(found).scalars()}
