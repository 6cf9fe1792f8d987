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
from dashboard.letter_text import body_of_days, body_of_list, body_of_new_version, body_of_reminder, subject_of
from dashboard.paper import NoPaper, pdf_of
from dashboard.parts.day_sheet import name_of
from dashboard.parts.report_district import district_sheets, scope_name
from dashboard.parts.report_words import period_name
from dashboard.parts.sheet_file import paper, sheet_file
from dashboard.queries.days import day_list, day_page
from dashboard.queries.live import Rules
from dashboard.queries.reports import scope_report
from dashboard.words import Speech
from models.account import Account
from models.base import Instant
from models.database import read_only, transaction
from models.letter import Letter, LetterKind, LetterState, Subscription
from models.period import holding

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


@dataclass(frozen=True)
class _Desk:
    """What a letter is written with."""

    engine: Engine
    cfg: Config
    rules: Rules
    now: Instant
    say: Speech
    viewer: Viewer

    @property
    def foot(self) -> list[str]:
        return [self.say("simulated")] if self.cfg.web.simulated else []


def _write(engine: Engine, cfg: Config, rules: Rules, row: Any, now: Instant) -> Written:
    desk = _Desk(engine, cfg, rules, now, Speech(row.language), Viewer(row.name, row.role, row.scope))
    return _of_sites(desk, row) if row.sites else _of_all(desk, row)


def _of_all(desk: _Desk, row: Any) -> Written:
    """A line for each site that she sees, and the report of them all."""
    say, day = desk.say, date.fromisoformat(row.day)
    with read_only(desk.engine) as connection:
        listed = day_list(connection, desk.viewer, day, desk.now, desk.rules)
        whole = scope_report(connection, desk.viewer, "", holding("day", day), desk.now, desk.rules)
    if whole is None:
        raise Nothing("the day has not begun")
    sheets = district_sheets(say, whole, desk.rules.zone, desk.cfg.web.simulated)
    document, missing = _printed(
        desk, paper(say, f"{scope_name(say, whole)} · {period_name(say, whole.period)}", sheets)
    )
    subject = subject_of(say, row.kind, row.day, [site.site for site in listed.sites])
    return Written(subject, body_of_list(say, listed, [*missing, *desk.foot]), document)


def _of_sites(desk: _Desk, row: Any) -> Written:
    say, day = desk.say, date.fromisoformat(row.day)
    with read_only(desk.engine) as connection:
        pages = [day_page(connection, desk.viewer, c, day, None, desk.now, desk.rules) for c in row.sites.split()]
    days = [rows for rows in pages if rows]
    if not days:
        raise Nothing("none of its sites is this account's any more")
    days = [rows for rows in days if _STILL.get(row.kind, bool)(rows)]
    if not days:
        raise Nothing("signed meanwhile")
    subject = subject_of(say, row.kind, row.day, [name_of(say, rows) for rows in days])
    if row.kind == LetterKind.REMINDER:
        return Written(subject, body_of_reminder(say, days, desk.cfg.letters.sign_by, desk.foot))
    if row.kind == LetterKind.SUPERSEDED:
        return Written(subject, body_of_new_version(say, days, desk.foot))
    document, missing = _printed(desk, sheet_file(say, days, desk.rules.zone, desk.cfg.web.simulated))
    return Written(subject, body_of_days(say, days, desk.rules.zone, [*missing, *desk.foot]), document)


def _waits(rows: DayPageRows) -> bool:
    return bool(rows.versions) and rows.versions[0].signed_by is None and rows.summary.asks_for_name


def _is_superseded(rows: DayPageRows) -> bool:
    return _waits(rows) and any(one.signed_by for one in rows.versions)


_STILL: dict[str, Callable[[DayPageRows], bool]] = {
    LetterKind.REMINDER: _waits,
    LetterKind.SUPERSEDED: _is_superseded,
}
"""Of which days a letter of this kind has anything to say."""


def _printed(desk: _Desk, document: str) -> tuple[bytes | None, list[str]]:
    """The PDF; or none, and the line that says so."""
    try:
        return pdf_of(document, desk.cfg.web.chromium), []
    except NoPaper as why:
        log.warning("a letter goes without its PDF", extra={"why": str(why)})
        return None, [desk.say("letter.no_pdf")]


async def keep_writing(engine: Engine, cfg: Config, rules: Rules, now: Callable[[], Instant]) -> None:
    """Look for ordered letters as long as the server lives; a database that is away is asked again."""
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            await asyncio.to_thread(write_letters, engine, cfg, rules, now)
        except Exception as error:
            log.warning("letters wait", extra={"why": str(error).splitlines()[0]})
