"""Every few seconds: moves and names whose day has come, and the broker's files where somebody got or lost a password."""

from pathlib import Path

from ingest.broker_files import write_users
from ingest.jobs.occasion import Counts, Occasion
from models.database import read_only, transaction
from models.site_life import apply_terms, terms_due


def keep_registry(occasion: Occasion) -> Counts:
    """Counts `moved` sites and written `files`; nothing to do counts nothing."""
    moved = 0
    with read_only(occasion.engine) as connection:
        due = terms_due(connection, occasion.now)
    if due:
        with transaction(occasion.engine) as connection:
            moved = apply_terms(connection, occasion.now)
    files = 0
    if occasion.cfg.broker.files:
        with read_only(occasion.engine) as connection:
            files = write_users(connection, Path(occasion.cfg.broker.files))
    return {name: n for name, n in (("moved", moved), ("files", files)) if n}
