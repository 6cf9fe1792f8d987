"""Test messages that people ask for on the page of recipients: each sent once, its answer written beside the recipient."""

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from config import Config
from ingest.channels.message import Message, NotKnown, NotTold
from ingest.recipients import reached
from models.base import MINUTE, Instant
from models.database import read_only, transaction
from models.recipient import Recipient

log = logging.getLogger(__name__)

WAITING, SENDING, SENT, FAILED, UNKNOWN = "waiting", "sending", "sent", "failed", "unknown"
GOOD_FOR: Instant = 2 * MINUTE
"""Nobody waits any longer for the answer, and no channel takes as long."""


def send_trials(
    engine: Engine, cfg: Config, message_for: Callable[[int], Message], clock: Callable[[], Instant]
) -> dict[str, int]:
    """Counts `tested`; `message_for` a level, `clock` the real one."""
    with read_only(engine) as connection:
        asked = connection.execute(_asked_for()).all()
    tested = 0
    for row in asked:
        with transaction(engine) as connection:
            mine = _claim(connection, row, clock())
        if mine:
            _try(engine, row, cfg, message_for(row.level), clock)
            tested += 1
    return {"tested": tested} if tested else {}


def _asked_for() -> Any:
    return select(Recipient.id, Recipient.level, Recipient.channel, Recipient.address, Recipient.test_state,
                  Recipient.test_at).where(Recipient.test_state.in_((WAITING, SENDING)))  # fmt: skip


def _claim(connection: Connection, row: Any, real_at: Instant) -> bool:
    """Whether this process sends it. One that is too old is not sent; of one that was left in between nobody can know."""
    is_old = row.test_at < real_at - GOOD_FOR
    if row.test_state == SENDING and not is_old:
        return False
    old = {"test_state": FAILED if row.test_state == WAITING else UNKNOWN, "test_detail": ""}
    taken = connection.execute(
        update(Recipient)
        .where(Recipient.id == row.id, Recipient.test_state == row.test_state, Recipient.test_at == row.test_at)
        .values(**(old if is_old else {"test_state": SENDING}), test_at=real_at)
    )
    return not is_old and taken.rowcount == 1


def _try(engine: Engine, row: Any, cfg: Config, message: Message, clock: Callable[[], Instant]) -> None:
    try:
        state, said = SENT, reached(row.channel, row.address, cfg)(message, clock())
    except NotTold as error:
        state, said = UNKNOWN if isinstance(error, NotKnown) else FAILED, str(error)
    log.info("tested", extra={"channel": f"{row.channel}#{row.id}", "outcome": state})
    with transaction(engine) as connection:
        answered = {"test_state": state, "test_detail": said, "test_at": clock()}
        mine = update(Recipient).where(Recipient.id == row.id, Recipient.test_state == SENDING)
        connection.execute(mine.values(**answered))
