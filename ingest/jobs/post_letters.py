"""Every minute: letters that are written go out."""

from clock import real_now
from ingest.jobs.occasion import Counts, Occasion
from ingest.letters import send_letters


def post_letters(occasion: Occasion) -> Counts:
    """Counts by outcome; nothing to send counts nothing."""
    return send_letters(occasion.engine, occasion.cfg, real_now)
