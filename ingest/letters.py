"""Letters that are written go out: claimed by a conditional update, tried again with growing pauses, never twice."""

import base64
import hashlib
import json
import logging
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from sqlalchemy import Engine, select, update

from config import Config, secret_in
from ingest.channels.email import hand_in, is_open
from ingest.channels.message import NotKnown, NotTold, is_over
from ingest.channels.webhook import post_keyed, secret_of
from models.base import MINUTE, SECOND, Instant
from models.civil_day import to_datetime
from models.database import read_only, transaction
from models.letter import Letter, LetterState, Subscription, Way

log = logging.getLogger(__name__)

BITE = 20
CLAIM: Instant = 5 * MINUTE
"""Longer than any mail server takes; an older claim was left behind by a process that died."""


def send_letters(engine: Engine, cfg: Config, clock: Callable[[], Instant]) -> dict[str, int]:
    """Counts by outcome. `clock` is the real one."""
    counts = {"sent": 0, "again": 0, "failed": 0, "unknown": _give_up(engine, clock())}
    for way in Way:
        for number in _due(engine, way, clock()):
            letter = _claimed(engine, number, clock())
            outcome = _send(engine, cfg, letter, clock) if letter is not None else ""
            if outcome:
                counts[outcome] += 1
            if outcome in ("again", "failed", "unknown"):
                break  # a way that does not answer is left alone until the next run, and keeps the other waiting for nothing
    return {name: n for name, n in counts.items() if n}


def _due(engine: Engine, way: Way, real_at: Instant) -> list[int]:
    wanted = (
        select(Letter.id)
        .join(Subscription, Subscription.id == Letter.subscription_id)
        .where(Letter.state == LetterState.WRITTEN, Letter.next_at <= real_at, Subscription.way == way)
        .order_by(Letter.next_at, Letter.id)
        .limit(BITE)
    )
    with read_only(engine) as connection:
        return list(connection.execute(wanted).scalars())


def _claimed(engine: Engine, number: int, real_at: Instant) -> Any:
    """The letter, for the one process that may send it; None for all others."""
    with transaction(engine) as connection:
        taken = connection.execute(
            update(Letter)
            .where(Letter.id == number, Letter.state == LetterState.WRITTEN, Letter.next_at <= real_at)
            .values(state=LetterState.SENDING, tries=Letter.tries + 1, claimed_at=real_at, next_at=real_at + CLAIM)
        )
        if taken.rowcount != 1:
            return None
        wanted = (
            select(Letter.id, Letter.kind, Letter.day, Letter.subject, Letter.body, Letter.document, Letter.tries,
                   Subscription.way, Subscription.address, Subscription.sites)
            .join(Subscription, Subscription.id == Letter.subscription_id)
            .where(Letter.id == number)
        )  # fmt: skip
        return connection.execute(wanted).one()


def _give_up(engine: Engine, real_at: Instant) -> int:
    """Claims of the dead: whether it went out is not known, and a letter is rather lost than sent twice."""
    with transaction(engine) as connection:
        lost = connection.execute(
            update(Letter)
            .where(Letter.state == LetterState.SENDING, Letter.next_at <= real_at)
            .values(state=LetterState.UNKNOWN, next_at=None, detail="its sender stopped while it was sending")
        )
    return int(lost.rowcount)


def _send(engine: Engine, cfg: Config, letter: Any, clock: Callable[[], Instant]) -> str:
    send = {Way.EMAIL: _by_mail, Way.WEBHOOK: _by_webhook}[Way(letter.way)]
    try:
        answer = send(cfg, letter, clock())
    except NotTold as error:
        return _not_sent(engine, cfg, letter, error, clock())
    done = {"state": LetterState.SENT, "sent_at": clock(), "next_at": None, "detail": answer, "document": None}
    _end(engine, letter.id, done)
    log.info("letter sent", extra={"letter": letter.id, "day": letter.day, "tries": letter.tries})
    return "sent"


def _not_sent(engine: Engine, cfg: Config, letter: Any, error: NotTold, real_at: Instant) -> str:
    given_up, why = LetterState.UNKNOWN if isinstance(error, NotKnown) else LetterState.FAILED, str(error)
    over = is_over(error, letter.tries, cfg.notify.tries_max)
    pause_s = min(cfg.notify.retry_after_s * 2 ** (letter.tries - 1), cfg.notify.retry_after_s_max)
    state, next_at = (given_up, None) if over else (LetterState.WRITTEN, real_at + int(pause_s * SECOND))
    log.warning("letter not sent", extra={"letter": letter.id, "tries": letter.tries, "why": why, "given_up": over})
    _end(engine, letter.id, {"state": state, "next_at": next_at, "detail": why})
    return str(given_up) if over else "again"


def _end(engine: Engine, number: int, changed: dict[str, Any]) -> None:
    with transaction(engine) as connection:
        mine = update(Letter).where(Letter.id == number, Letter.state == LetterState.SENDING)
        connection.execute(mine.values(**changed))


def _by_mail(cfg: Config, letter: Any, real_at: Instant) -> str:
    if not is_open(cfg.notify):
        raise NotTold("no mail server: set notify.smtp_host")
    mail = EmailMessage()
    mail["Subject"] = letter.subject
    mail["From"] = cfg.notify.email_from
    mail["To"] = letter.address
    mail["Date"] = format_datetime(to_datetime(real_at))
    # The same at every try, so that a mail server that took it before it fell silent can tell.
    mail["Message-ID"] = f"<letter-{letter.id}@{cfg.notify.email_from.partition('@')[2]}>"
    mail.set_content(letter.body, cte="base64")
    if letter.document:
        name = f"{letter.day}.pdf"
        mail.add_attachment(letter.document, maintype="application", subtype="pdf", filename=name)
    hand_in(cfg.notify, mail)
    return "taken"


def _by_webhook(cfg: Config, letter: Any, real_at: Instant) -> str:
    if not cfg.notify.webhook_address_file:
        raise NotTold("no webhook: set notify.webhook_address_file")
    said = {"key": f"letter-{letter.id}", "kind": letter.kind, "day": letter.day, "sites": letter.sites.split(),
            "subject": letter.subject, "text": letter.body}  # fmt: skip
    if letter.document:
        said["pdf_base64"] = base64.b64encode(letter.document).decode()
        said["pdf_sha256"] = hashlib.sha256(letter.document).hexdigest()
    content = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    address = secret_in(cfg.notify.webhook_address_file)
    return post_keyed(address, secret_of(cfg.notify), f"letter-{letter.id}", real_at, content)
