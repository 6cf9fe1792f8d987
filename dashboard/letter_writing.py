"""Writes the letters that are ordered: as the person who gets them would see the days, and nothing that she may not see."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, select, update

from config import Config
from dashboard.access import Viewer
from dashboard.day_rows import DayPageRows
from dashboard.letter_text import body_of_days, body_of_list, body_of_reminder, subject_of
from dashboard.paper import NoPaper, pdf_of
from dashboard.parts.day_sheet import name_of
from dashboard.parts.sheet_file import sheet_file
from dashboard.queries.days import day_list, day_page
from dashboard.queries.live import Rules
from dashboard.words import Speech
from models.account import Account
from models.base import Instant
from models.database import read_only, transaction
from models.letter import Letter, LetterKind, LetterState, Subscription

log = logging.getLogger(__name__)

BITE = 10
LOOK_S = 5.0


@dataclass(frozen=True)
class Written:
    subject: str
    body: str
    document: bytes | None = None


class Nothing(Exception):
    """There is nothing to write of; the message says why."""


def write_letters(engine: Engine, cfg: Config, rules: Rules, now: Callable[[], Instant]) -> int:
    """How many were written or given up. `now` is the product's clock."""
    with read_only(engine) as connection:
        ordered = connection.execute(
            select(Letter.id, Letter.kind, Letter.day, Subscription.sites, Subscription.language, Account.name,
                   Account.role, Account.scope)
            .join(Subscription, Subscription.id == Letter.subscription_id)
            .join(Account, Account.id == Subscription.account_id)
            .where(Letter.state == LetterState.ORDERED, Letter.next_at.is_not(None))
            .order_by(Letter.id)
            .limit(BITE)
        ).all()  # fmt: skip
    for row in ordered:
        _settle(engine, row.id, _changes(engine, cfg, rules, row, now()))
    return len(ordered)


def _changes(engine: Engine, cfg: Config, rules: Rules, row: Any, now: Instant) -> dict[str, Any]:
    try:
        made = _write(engine, cfg, rules, row, now)
    except Nothing as why:
        return {"state": LetterState.FAILED, "next_at": None, "detail": str(why)}
    except Exception as error:
        # One letter that cannot be written must not keep the others back, nor be tried every few seconds for ever.
        log.exception("a letter cannot be written", extra={"letter": row.id})
        return {"state": LetterState.FAILED, "next_at": None, "detail": f"not written: {type(error).__name__}"}
    return {"state": LetterState.WRITTEN, "subject": made.subject, "body": made.body, "document": made.document}


def _settle(engine: Engine, number: int, changed: dict[str, Any]) -> None:
    """Of two web processes that wrote the same letter, the first one's stands."""
    with transaction(engine) as connection:
        mine = update(Letter).where(Letter.id == number, Letter.state == LetterState.ORDERED)
        connection.execute(mine.values(**changed))


def _write(engine: Engine, cfg: Config, rules: Rules, row: Any, now: Instant) -> Written:
    say, viewer, day = Speech(row.language), Viewer(row.name, row.role, row.scope), date.fromisoformat(row.day)
    foot = [say("simulated")] if cfg.web.simulated else []
    with read_only(engine) as connection:
        if not row.sites:
            listed = day_list(connection, viewer, day, now, rules)
            names = [site.site for site in listed.sites]
            return Written(subject_of(say, row.kind, row.day, names), body_of_list(say, listed, foot))
        codes = row.sites.split()
        days = [found for code in codes if (found := day_page(connection, viewer, code, day, None, now, rules))]
    if not days:
        raise Nothing("none of its sites is this account's any more")
    if row.kind == LetterKind.REMINDER:
        days = [rows for rows in days if _waits(rows)]
        if not days:
            raise Nothing("signed meanwhile")
    names = [name_of(say, rows) for rows in days]
    subject = subject_of(say, row.kind, row.day, names)
    if row.kind == LetterKind.REMINDER:
        return Written(subject, body_of_reminder(say, days, cfg.letters.sign_by, foot))
    document, missing = _printed(say, days, cfg)
    return Written(subject, body_of_days(say, days, rules.zone, [*missing, *foot]), document)


def _waits(rows: DayPageRows) -> bool:
    return bool(rows.versions) and rows.versions[0].signed_by is None


def _printed(say: Speech, days: list[DayPageRows], cfg: Config) -> tuple[bytes | None, list[str]]:
    """The PDF; or none, and the line that says so."""
    try:
        return pdf_of(sheet_file(say, days, cfg.time.zone, cfg.web.simulated), cfg.web.chromium), []
    except NoPaper as why:
        log.warning("a letter goes without its PDF", extra={"why": str(why)})
        return None, [say("letter.no_pdf")]


async def keep_writing(engine: Engine, cfg: Config, rules: Rules, now: Callable[[], Instant]) -> None:
    """Look for ordered letters as long as the server lives; a database that is away is asked again."""
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            await asyncio.to_thread(write_letters, engine, cfg, rules, now)
        except Exception as error:
            log.warning("letters wait", extra={"why": str(error).splitlines()[0]})
