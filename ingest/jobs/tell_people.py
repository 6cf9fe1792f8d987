"""Every few seconds: what waits to be told goes to the channels, and from there to people."""

from sqlalchemy import select

from clock import real_now
from ingest.jobs.escalate_alarms import settings_of
from ingest.jobs.occasion import Counts, Occasion
from ingest.notify import hand_over, message_for_test, open_channels, send_due
from ingest.trials import send_trials
from models.alarm import Transition
from models.database import read_only, transaction


def tell_people(occasion: Occasion) -> Counts:
    """Counts `handed` steps, deliveries by outcome, and tests of recipients; nothing to tell counts nothing."""
    channels = open_channels(occasion.cfg)
    handed = 0
    with read_only(occasion.engine) as connection:
        waits = connection.execute(select(Transition.id).where(Transition.tell == 1).limit(1)).first() is not None
    if waits:
        settings = settings_of(occasion.cfg)
        with transaction(occasion.engine) as connection:
            handed = hand_over(connection, sorted(channels), occasion.now, occasion.real_now, settings)
    counts = send_due(occasion.engine, channels, occasion.cfg, occasion.now, real_now)
    counts |= send_trials(occasion.engine, occasion.cfg, lambda level: message_for_test(occasion.cfg, level), real_now)
    return {"handed": handed} | counts if handed or any(counts.values()) else {}
