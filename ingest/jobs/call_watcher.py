"""Each minute a watcher elsewhere hears that we hear: when its telephone stays silent, it calls for help in our place."""

import logging

from sqlalchemy import update

from config import Notify, secret_in
from ingest.channels.message import NotTold
from ingest.channels.posting import call
from ingest.jobs.occasion import Counts, Occasion
from models.change import ClockProcess, is_listening
from models.database import read_only, transaction

log = logging.getLogger(__name__)


def call_watcher(occasion: Occasion) -> Counts:
    """Counts nothing. No call goes out while events are not kept, for the silence is the message."""
    if not occasion.cfg.notify.watcher_address_file:
        return {}
    with read_only(occasion.engine) as connection:
        listening = is_listening(connection, occasion.now)
    if listening and _is_taken(occasion.cfg.notify):
        with transaction(occasion.engine) as connection:
            connection.execute(update(ClockProcess).values(watcher_at=occasion.now))
    return {}


def _is_taken(cfg: Notify) -> bool:
    try:
        call(secret_in(cfg.watcher_address_file))
    except NotTold as why:
        log.warning("the watcher elsewhere did not take our call", extra={"why": str(why)})
        return False
    return True
